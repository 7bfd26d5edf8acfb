-- Two bilans with what belongs to them: one of them ended, one under way. Written under the policies, for the ADMIN of 01.
-- What is there stays as it is (DO NOTHING): from here on the rows are the application's.
SELECT set_config('app.user_id', '00000001-0000-4000-8000-000000000001', true);

INSERT INTO public.bilans
    (
        id, beneficiary_id, consultant_id, organization_id, status, progress_percentage, phase, objectives, planned_hours, financing,
        consent_given_at, started_at, completed_at, synthesis_delivered_at, follow_up_on
    )
VALUES
    (
        '00000010-0000-4000-8000-000000000001', '00000001-0000-4000-8000-000000000004', '00000001-0000-4000-8000-000000000003',
        '00000002-0000-4000-8000-000000000001', 'IN_PROGRESS', 45, 'INVESTIGATION', 'Passer de la technique à l’encadrement', 24, 'CPF',
        '2025-09-01 08:00+00', '2025-09-08 08:00+00', NULL, NULL, NULL
    ),
    (
        '00000010-0000-4000-8000-000000000002', '00000001-0000-4000-8000-000000000005', '00000001-0000-4000-8000-000000000003',
        '00000002-0000-4000-8000-000000000001', 'COMPLETED', 100, 'CONCLUSION', 'Valider un projet de reconversion', 20, 'EMPLOYER',
        '2025-01-13 08:00+00', '2025-01-20 08:00+00', '2025-03-28 15:00+00', '2025-03-28 15:00+00', '2025-09-29'
    )
ON CONFLICT DO NOTHING;

INSERT INTO public.competencies (id, bilan_id, name, category, description, level)
VALUES
    ('00000011-0000-4000-8000-000000000001', '00000010-0000-4000-8000-000000000001', 'Conduite de projet', 'MANAGERIAL', 'Trois projets menés de bout en bout', 4),
    ('00000011-0000-4000-8000-000000000002', '00000010-0000-4000-8000-000000000001', 'Anglais professionnel', 'LANGUAGE', NULL, 3),
    ('00000011-0000-4000-8000-000000000003', '00000010-0000-4000-8000-000000000002', 'Écoute active', 'BEHAVIOURAL', NULL, 5)
ON CONFLICT DO NOTHING;

INSERT INTO public.assessment_competencies (id, assessment_id, competency_id, self_level, consultant_level, interest, evidence)
VALUES
    (
        '00000012-0000-4000-8000-000000000001', '00000010-0000-4000-8000-000000000001', '00000011-0000-4000-8000-000000000001',
        3, 4, 5, 'Migration de l’outil de paie, équipe de six personnes'
    ),
    (
        '00000012-0000-4000-8000-000000000002', '00000010-0000-4000-8000-000000000002', '00000011-0000-4000-8000-000000000003',
        5, 5, 4, NULL
    )
ON CONFLICT DO NOTHING;

INSERT INTO public.assessment_questions (id, assessment_id, type, position, question)
VALUES
    (
        '00000013-0000-4000-8000-000000000001', '00000010-0000-4000-8000-000000000001', 'investigation', 8,
        'Comment décririez-vous le responsable que vous aimeriez être ?'
    )
ON CONFLICT DO NOTHING;

INSERT INTO public.assessment_answers (id, assessment_id, question_id, answer, score)
VALUES
    (
        '00000014-0000-4000-8000-000000000001', '00000010-0000-4000-8000-000000000001', '00000003-0000-4000-8000-000000000002',
        '"Je souhaite encadrer une équipe."', NULL
    ),
    (
        '00000014-0000-4000-8000-000000000002', '00000010-0000-4000-8000-000000000001', '00000003-0000-4000-8000-000000000004',
        '6', 6
    ),
    (
        '00000014-0000-4000-8000-000000000003', '00000010-0000-4000-8000-000000000002', '00000003-0000-4000-8000-000000000016',
        '9', 9
    )
ON CONFLICT DO NOTHING;

INSERT INTO public.assessment_drafts (id, assessment_id, user_id, step, content)
VALUES
    (
        '00000015-0000-4000-8000-000000000001', '00000010-0000-4000-8000-000000000001', '00000001-0000-4000-8000-000000000004',
        'investigation', '{"00000003-0000-4000-8000-000000000007": "En 2023, j’ai"}'
    )
ON CONFLICT DO NOTHING;

INSERT INTO public.recommendations (id, bilan_id, created_by, kind, title, description, priority, status)
VALUES
    (
        '00000016-0000-4000-8000-000000000001', '00000010-0000-4000-8000-000000000002', '00000001-0000-4000-8000-000000000003',
        'TRAINING', 'Titre professionnel de formateur d’adultes', 'Six mois, finançable par le CPF', 1, 'ACCEPTED'
    )
ON CONFLICT DO NOTHING;

INSERT INTO public.documents (id, bilan_id, uploaded_by, kind, file_name, mime_type, size_bytes, storage_key)
VALUES
    (
        '00000017-0000-4000-8000-000000000001', '00000010-0000-4000-8000-000000000002', '00000001-0000-4000-8000-000000000003',
        'SYNTHESIS', 'synthese.pdf', 'application/pdf', 184320, 'bilans/2/synthese.pdf'
    ),
    (
        '00000017-0000-4000-8000-000000000002', '00000010-0000-4000-8000-000000000001', '00000001-0000-4000-8000-000000000004',
        'CV', 'cv.pdf', 'application/pdf', 90112, 'bilans/1/cv.pdf'
    )
ON CONFLICT DO NOTHING;

INSERT INTO public.messages (id, bilan_id, sender_id, recipient_id, content, read_at)
VALUES
    (
        '00000018-0000-4000-8000-000000000001', '00000010-0000-4000-8000-000000000001', '00000001-0000-4000-8000-000000000003',
        '00000001-0000-4000-8000-000000000004', 'Bonjour, pouvez-vous compléter le questionnaire d’ici mardi ?', NULL
    )
ON CONFLICT DO NOTHING;

INSERT INTO public.document_archive
    (id, organization_id, bilan_id, document_id, archived_by, file_name, storage_key, sha256, archived_on, retain_until)
VALUES
    (
        '00000019-0000-4000-8000-000000000001', '00000002-0000-4000-8000-000000000001', '00000010-0000-4000-8000-000000000002',
        '00000017-0000-4000-8000-000000000001', '00000001-0000-4000-8000-000000000002', 'synthese.pdf', 'archive/2025/synthese.pdf',
        'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', '2025-03-28', '2028-03-28'
    )
ON CONFLICT DO NOTHING;

INSERT INTO public.audit_logs (id, organization_id, user_id, action, entity_type, entity_id, created_at)
VALUES
    (
        '0000001a-0000-4000-8000-000000000001', '00000002-0000-4000-8000-000000000001', '00000001-0000-4000-8000-000000000003',
        'bilan.completed', 'bilans', '00000010-0000-4000-8000-000000000002', '2025-03-28 15:00+00'
    )
ON CONFLICT DO NOTHING;
