-- The consultant's calendar. "Upcoming" needs days after the day of seeding; rows that are there stay (DO NOTHING), so that seeding again,
-- on another day as well, changes nothing. Written for the ADMIN of 01.
SELECT set_config('app.user_id', '00000001-0000-4000-8000-000000000001', true);

INSERT INTO public.availability_slots (id, consultant_id, organization_id, starts_at, ends_at, mode, location)
SELECT
    ('00000030-0000-4000-8000-' || lpad(slot.number::text, 12, '0'))::uuid,
    '00000001-0000-4000-8000-000000000003',
    '00000002-0000-4000-8000-000000000001',
    slot.starts_at,
    slot.starts_at + INTERVAL '2 hours',
    'ON_SITE',
    '12 rue de la République, Lyon'
FROM (
    SELECT number, (CURRENT_DATE + 3 + 2 * number) + TIME '09:00' AT TIME ZONE 'UTC' AS starts_at
    FROM generate_series(1, 3) AS number
) AS slot
ON CONFLICT DO NOTHING;

-- In the first of them, unless an earlier seeding booked another day.
INSERT INTO public.session_bookings (id, bilan_id, slot_id, beneficiary_id, consultant_id, starts_at, ends_at, status)
SELECT
    '00000031-0000-4000-8000-000000000001',
    '00000010-0000-4000-8000-000000000001',
    slot.id,
    '00000001-0000-4000-8000-000000000004',
    slot.consultant_id,
    slot.starts_at,
    slot.ends_at,
    'CONFIRMED'
FROM public.availability_slots AS slot
WHERE slot.id = '00000030-0000-4000-8000-000000000001'
ON CONFLICT DO NOTHING;

INSERT INTO public.session_reminders (id, booking_id, channel, send_at)
SELECT '00000032-0000-4000-8000-000000000001', booking.id, 'EMAIL', booking.starts_at - INTERVAL '1 day'
FROM public.session_bookings AS booking
WHERE booking.id = '00000031-0000-4000-8000-000000000001'
ON CONFLICT DO NOTHING;

INSERT INTO public.session_analytics
    (id, organization_id, consultant_id, month, booked_count, completed_count, cancelled_count, no_show_count, minutes_held, average_score)
VALUES
    (
        '00000033-0000-4000-8000-000000000001', '00000002-0000-4000-8000-000000000001', '00000001-0000-4000-8000-000000000003',
        '2025-03-01', 9, 7, 1, 1, 840, 5.00
    )
ON CONFLICT DO NOTHING;
