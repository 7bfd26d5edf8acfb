-- Payments in every status, what instructors earn and pay back, certificates, an announcement. Days are counted from the day of seeding;
-- rows that are there stay, as in 13.
INSERT INTO public.payments
    (id, organization_id, user_id, course_id, workshop_id, consultation_id, amount, status, provider_payment_id, failure_reason,
     paid_at, refunded_at, created_at)
SELECT
    ('00000014-0000-4000-8000-0000000000' || seed.id)::uuid,
    ('00000002-0000-4000-8000-0000000000' || seed.organization)::uuid,
    ('00000001-0000-4000-8000-0000000000' || seed.person)::uuid,
    ('00000005-0000-4000-8000-0000000000' || seed.course)::uuid,
    ('0000000d-0000-4000-8000-0000000000' || seed.workshop)::uuid,
    ('00000013-0000-4000-8000-0000000000' || seed.consultation)::uuid,
    seed.amount,
    seed.status::public.payment_status,
    'pi_' || seed.id,
    seed.reason,
    CURRENT_DATE - seed.paid,
    CURRENT_DATE - seed.refunded,
    CURRENT_DATE - seed.days
FROM (VALUES
    ('11', '01', '15', '12', NULL, NULL, 49, 'completed', NULL, 10, NULL, 10),
    ('12', '01', '15', NULL, '12', NULL, 120, 'completed', NULL, 20, NULL, 20),
    ('13', '01', '16', '12', NULL, NULL, 49, 'failed', 'card_declined', NULL, NULL, 3),
    ('14', '01', '18', NULL, '12', NULL, 120, 'refunded', NULL, 21, 13, 21),
    ('21', '02', '25', '22', NULL, NULL, 79, 'completed', NULL, 4, NULL, 4),
    ('22', '02', '25', NULL, NULL, '21', 60, 'completed', NULL, 7, NULL, 7),
    ('23', '02', '28', NULL, '22', NULL, 90, 'pending', NULL, NULL, NULL, 1)
) AS seed (id, organization, person, course, workshop, consultation, amount, status, reason, paid, refunded, days)
ON CONFLICT DO NOTHING;

INSERT INTO public.revenue_transactions
    (id, instructor_id, student_id, course_id, workshop_id, consultation_id, payment_id, type, amount, platform_fee, status, transacted_at)
SELECT
    ('00000015-0000-4000-8000-0000000000' || seed.id)::uuid,
    ('00000001-0000-4000-8000-0000000000' || seed.instructor)::uuid,
    payment.user_id,
    payment.course_id,
    payment.workshop_id,
    payment.consultation_id,
    payment.id,
    seed.type::public.transaction_type,
    seed.amount,
    seed.fee,
    seed.status::public.payment_status,
    CURRENT_DATE - seed.days
FROM (VALUES
    ('11', '14', '11', 'course_enrollment', 49, 4.9, 'completed', 10),
    ('12', '14', '12', 'workshop_registration', 120, 12, 'completed', 20),
    ('13', '14', '14', 'workshop_registration', 120, 12, 'completed', 21),
    ('14', '14', '14', 'refund', -120, -12, 'completed', 13),
    ('21', '24', '21', 'course_enrollment', 79, 7.9, 'pending', 4),
    ('22', '24', '22', 'consultation', 60, 6, 'completed', 7)
) AS seed (id, instructor, payment, type, amount, fee, status, days)
LEFT JOIN public.payments AS payment ON payment.id = ('00000014-0000-4000-8000-0000000000' || seed.payment)::uuid
ON CONFLICT DO NOTHING;

INSERT INTO public.certificates (id, user_id, course_id, workshop_id, certificate_number, issued_at)
SELECT
    ('00000016-0000-4000-8000-0000000000' || seed.id)::uuid,
    ('00000001-0000-4000-8000-0000000000' || seed.person)::uuid,
    ('00000005-0000-4000-8000-0000000000' || seed.course)::uuid,
    ('0000000d-0000-4000-8000-0000000000' || seed.workshop)::uuid,
    'HG-2025-00' || seed.id,
    CURRENT_DATE - seed.days
FROM (VALUES
    ('11', '15', '11', NULL, 5),
    ('12', '15', NULL, '12', 13),
    ('21', '25', '21', NULL, 6)
) AS seed (id, person, course, workshop, days)
ON CONFLICT DO NOTHING;

-- Those of instructors come from the triggers.
INSERT INTO public.notifications (id, user_id, type, title, message, read_at, created_at)
SELECT
    ('00000017-0000-4000-8000-0000000000' || seed.id)::uuid,
    ('00000001-0000-4000-8000-0000000000' || seed.person)::uuid,
    seed.type,
    seed.title,
    '',
    CURRENT_DATE - seed.read,
    CURRENT_DATE - seed.days
FROM (VALUES
    ('11', '15', 'certificate_issued', 'Your certificate is ready', 4, 5),
    ('12', '16', 'announcement', 'Prompting together: a place may become free', NULL, 1),
    ('21', '25', 'certificate_issued', 'Your certificate is ready', NULL, 6)
) AS seed (id, person, type, title, read, days)
ON CONFLICT DO NOTHING;
