-- Assessments in every status with answers, requests to talents, consultations. Days are counted from the day of seeding; rows that are
-- there stay, as in 13.
INSERT INTO public.assessments (id, user_id, title, pillar, status, score, results, started_at, completed_at)
SELECT
    ('00000010-0000-4000-8000-0000000000' || seed.id)::uuid,
    ('00000001-0000-4000-8000-0000000000' || seed.person)::uuid,
    'AI readiness',
    seed.pillar::public.ai_pillar,
    seed.status::public.assessment_status,
    seed.score,
    seed.results::jsonb,
    CURRENT_DATE - seed.started,
    CURRENT_DATE - seed.completed
FROM (VALUES
    ('11', '15', 'adaptability', 'completed', 82.5, '{"level": "advanced"}', 30, 29),
    ('12', '16', 'adaptability', 'in_progress', NULL, '{}', 2, NULL),
    ('13', '17', 'coaching', 'not_started', NULL, '{}', NULL, NULL),
    ('21', '25', 'adaptability', 'completed', 64, '{"level": "intermediate"}', 25, 24),
    ('22', '26', 'coaching', 'in_progress', NULL, '{}', 1, NULL),
    ('23', '27', 'marketplace', 'archived', 41, '{"level": "beginner"}', 200, 199)
) AS seed (id, person, pillar, status, score, results, started, completed)
ON CONFLICT DO NOTHING;

INSERT INTO public.assessment_responses (id, assessment_id, question_key, answer)
SELECT
    ('00000011-0000-4000-8000-0000000000' || seed.id)::uuid,
    ('00000010-0000-4000-8000-0000000000' || seed.assessment)::uuid,
    seed.question,
    seed.answer::jsonb
FROM (VALUES
    ('11', '11', 'adaptability.learning', '5'),
    ('12', '11', 'adaptability.tools', '["chat", "code"]'),
    ('13', '12', 'adaptability.learning', '3'),
    ('21', '21', 'adaptability.learning', '4'),
    ('22', '21', 'adaptability.tools', '["chat"]'),
    ('23', '22', 'coaching.listening', '"I ask first"')
) AS seed (id, assessment, question, answer)
ON CONFLICT DO NOTHING;

INSERT INTO public.engagement_requests (id, client_id, talent_id, title, description, budget, status, created_at)
SELECT
    ('00000012-0000-4000-8000-0000000000' || seed.id)::uuid,
    ('00000001-0000-4000-8000-0000000000' || seed.client)::uuid,
    ('00000001-0000-4000-8000-0000000000' || seed.talent)::uuid,
    seed.title,
    '',
    seed.budget,
    seed.status,
    CURRENT_DATE - seed.days
FROM (VALUES
    ('11', '17', '15', 'A dashboard for the roadmap', 1200, 'accepted', 6),
    ('12', '17', '18', 'Icons for the app', NULL, 'pending', 1),
    ('21', '22', '26', 'Shorter routes', 800, 'declined', 12)
) AS seed (id, client, talent, title, budget, status, days)
ON CONFLICT DO NOTHING;

INSERT INTO public.consultations (id, user_id, instructor_id, topic, pillar, status, scheduled_at)
SELECT
    ('00000013-0000-4000-8000-0000000000' || seed.id)::uuid,
    ('00000001-0000-4000-8000-0000000000' || seed.person)::uuid,
    ('00000001-0000-4000-8000-0000000000' || seed.instructor)::uuid,
    seed.topic,
    seed.pillar::public.ai_pillar,
    seed.status::public.consultation_status,
    (CURRENT_DATE + seed.days) + TIME '10:00' AT TIME ZONE 'UTC'
FROM (VALUES
    ('11', '15', '13', 'Where to begin', 'adaptability', 'scheduled', 4),
    ('12', '16', '14', 'Which chart', 'coaching', 'requested', NULL),
    ('21', '25', '24', 'A hard talk', 'coaching', 'completed', -6),
    ('22', '27', '23', 'New software', 'adaptability', 'cancelled', NULL)
) AS seed (id, person, instructor, topic, pillar, status, days)
ON CONFLICT DO NOTHING;
