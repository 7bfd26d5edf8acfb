-- Workshops that were, are soon and are not yet announced, with registrations in every status. Days are counted from the day of seeding;
-- rows that are there stay, as in 13.
INSERT INTO public.workshops
    (id, organization_id, instructor_id, title, pillar, type, status, starts_at, ends_at, location, capacity, price)
SELECT
    ('0000000d-0000-4000-8000-0000000000' || seed.id)::uuid,
    ('00000002-0000-4000-8000-0000000000' || seed.organization)::uuid,
    ('00000001-0000-4000-8000-0000000000' || seed.instructor)::uuid,
    seed.title,
    seed.pillar::public.ai_pillar,
    seed.type::public.workshop_type,
    seed.status::public.workshop_status,
    (CURRENT_DATE + seed.days) + TIME '14:00' AT TIME ZONE 'UTC',
    (CURRENT_DATE + seed.days) + TIME '17:00' AT TIME ZONE 'UTC',
    seed.location,
    seed.capacity,
    seed.price
FROM (VALUES
    ('11', '01', '13', 'Prompting together', 'adaptability', 'online', 'published', 7, NULL, 20, 0),
    ('12', '01', '14', 'A day with your data', 'coaching', 'in_person', 'completed', -14, 'Room 4', 12, 120),
    ('13', '01', '13', 'What comes next', 'adaptability', 'hybrid', 'draft', 30, 'Auditorium', NULL, 0),
    ('21', '02', '23', 'Change on the yard', 'adaptability', 'in_person', 'published', 10, 'Pier 3', 15, 0),
    ('22', '02', '24', 'Difficult conversations', 'coaching', 'online', 'completed', -10, NULL, 8, 90),
    ('23', '02', '24', 'Feedback in a minute', 'coaching', 'online', 'cancelled', 3, NULL, 8, 0)
) AS seed (id, organization, instructor, title, pillar, type, status, days, location, capacity, price)
ON CONFLICT DO NOTHING;

INSERT INTO public.workshop_registrations (id, workshop_id, user_id, status, registered_at)
SELECT
    ('0000000e-0000-4000-8000-0000000000' || seed.id)::uuid,
    ('0000000d-0000-4000-8000-0000000000' || seed.workshop)::uuid,
    ('00000001-0000-4000-8000-0000000000' || seed.person)::uuid,
    seed.status::public.registration_status,
    CURRENT_DATE - seed.days
FROM (VALUES
    ('11', '11', '15', 'registered', 3),
    ('12', '11', '16', 'waitlisted', 1),
    ('13', '11', '17', 'cancelled', 5),
    ('14', '12', '15', 'attended', 20),
    ('15', '12', '18', 'no_show', 21),
    ('21', '21', '26', 'registered', 2),
    ('22', '21', '27', 'waitlisted', 1),
    ('23', '22', '25', 'attended', 16),
    ('24', '22', '28', 'no_show', 16),
    ('25', '23', '25', 'cancelled', 9)
) AS seed (id, workshop, person, status, days)
ON CONFLICT DO NOTHING;

INSERT INTO public.workshop_feedback (id, workshop_id, user_id, rating, comment, created_at)
VALUES
    (
        '0000000f-0000-4000-8000-000000000011', '0000000d-0000-4000-8000-000000000012', '00000001-0000-4000-8000-000000000015',
        5, 'More of the exercises', CURRENT_DATE - 13
    ),
    (
        '0000000f-0000-4000-8000-000000000021', '0000000d-0000-4000-8000-000000000022', '00000001-0000-4000-8000-000000000025',
        4, NULL, CURRENT_DATE - 9
    )
ON CONFLICT DO NOTHING;
