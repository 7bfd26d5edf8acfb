-- Conformity of one organization, its evidence and trail, and the surveys of the bilan that ended. Written for the ADMIN of 01.
SELECT set_config('app.user_id', '00000001-0000-4000-8000-000000000001', true);

INSERT INTO public.organization_qualiopi_status
    (id, organization_id, indicator_number, level_code, status, score, reviewed_on, next_review_on)
SELECT
    ('00000020-0000-4000-8000-' || lpad(indicator.number::text, 12, '0'))::uuid,
    '00000002-0000-4000-8000-000000000001',
    indicator.number,
    CASE WHEN indicator.is_common THEN 'CERTIFIED' ELSE 'NOT_STARTED' END,
    CASE WHEN indicator.is_common THEN 'COMPLIANT' ELSE 'NOT_APPLICABLE' END,
    CASE WHEN indicator.is_common THEN 100 END,
    '2025-04-11',
    '2026-10-11'
FROM public.qualiopi_indicators AS indicator
ON CONFLICT DO NOTHING;

INSERT INTO public.qualiopi_evidence
    (id, organization_id, indicator_number, uploaded_by, title, kind, storage_key, collected_on, retain_until)
VALUES
    (
        '00000021-0000-4000-8000-000000000001', '00000002-0000-4000-8000-000000000001', 1, '00000001-0000-4000-8000-000000000002',
        'Programme publié sur le site', 'SCREENSHOT', 'qualiopi/1/programme.png', '2025-03-03', '2028-04-11'
    ),
    (
        '00000021-0000-4000-8000-000000000002', '00000002-0000-4000-8000-000000000001', 30, '00000001-0000-4000-8000-000000000002',
        'Enquêtes de satisfaction du premier trimestre', 'SURVEY', 'qualiopi/30/enquetes.pdf', '2025-04-01', '2028-04-11'
    )
ON CONFLICT DO NOTHING;

INSERT INTO public.qualiopi_audit_log (id, organization_id, indicator_number, user_id, action, old_value, new_value, created_at)
VALUES
    (
        '00000022-0000-4000-8000-000000000001', '00000002-0000-4000-8000-000000000001', 30, '00000001-0000-4000-8000-000000000002',
        'STATUS_CHANGED', '{"status": "IN_PROGRESS"}', '{"status": "COMPLIANT"}', '2025-04-11 14:00+00'
    )
ON CONFLICT DO NOTHING;

INSERT INTO public.satisfaction_surveys (id, bilan_id, kind, status, sent_at, expires_at)
VALUES
    (
        '00000023-0000-4000-8000-000000000001', '00000010-0000-4000-8000-000000000002', 'END', 'ANSWERED',
        '2025-03-31 08:00+00', '2025-04-30 08:00+00'
    )
ON CONFLICT DO NOTHING;

INSERT INTO public.survey_responses
    (id, survey_id, respondent_id, overall_score, consultant_score, usefulness_score, recommendation_score, comment)
VALUES
    (
        '00000024-0000-4000-8000-000000000001', '00000023-0000-4000-8000-000000000001', '00000001-0000-4000-8000-000000000005',
        5, 5, 4, 9, 'Un accompagnement attentif, et un projet clair à la sortie'
    )
ON CONFLICT DO NOTHING;
