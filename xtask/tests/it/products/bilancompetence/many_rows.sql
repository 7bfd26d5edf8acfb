-- Enough rows that reading a whole table is dearer than an index: 3,000 people, of whom every hundredth is a consultant with bilans.
INSERT INTO organizations (id, name)
SELECT ('e0000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'n' FROM generate_series(1, 30) AS n;
INSERT INTO users (id, email, password_hash, full_name)
SELECT ('f0000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'User' || n || '@example.org', 'h', 'n' FROM generate_series(0, 3000) AS n;
INSERT INTO bilans (id, beneficiary_id, consultant_id, organization_id, status, follow_up_on)
SELECT
    ('f0000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
    ('f0000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
    ('f0000000-0000-4000-8000-' || lpad((n % 30)::text, 12, '0'))::uuid,
    ('e0000000-0000-4000-8000-' || lpad((n % 30 + 1)::text, 12, '0'))::uuid,
    (ARRAY['DRAFT', 'IN_PROGRESS', 'ARCHIVED', 'CANCELLED'])[n / 30 % 4 + 1],
    CASE WHEN n % 10 = 0 THEN DATE '2026-01-01' + n END
FROM generate_series(100, 3000) AS n;
INSERT INTO documents (bilan_id, file_name, mime_type, size_bytes, storage_key)
SELECT id, 'f', 'm', 1, id::text FROM bilans;
INSERT INTO messages (bilan_id, sender_id, recipient_id, content, read_at)
SELECT id, consultant_id, beneficiary_id, 'c', CASE WHEN random() < 0.9 THEN now() END FROM bilans;
INSERT INTO audit_logs (organization_id, user_id, action, entity_type, entity_id, created_at)
SELECT organization_id, consultant_id, 'a', 'bilans', id, TIMESTAMPTZ '2026-01-01' + random() * INTERVAL '1 year' FROM bilans;
INSERT INTO availability_slots (consultant_id, starts_at, ends_at)
SELECT
    ('f0000000-0000-4000-8000-' || lpad((n % 30)::text, 12, '0'))::uuid,
    TIMESTAMPTZ '2026-01-01 08:00+00' + n * INTERVAL '1 hour',
    TIMESTAMPTZ '2026-01-01 09:00+00' + n * INTERVAL '1 hour'
FROM generate_series(1, 3000) AS n;
INSERT INTO session_bookings (bilan_id, beneficiary_id, consultant_id, starts_at, ends_at)
SELECT id, beneficiary_id, consultant_id, at, at + INTERVAL '1 hour'
FROM (SELECT *, TIMESTAMPTZ '2026-01-01 08:00+00' + row_number() OVER () * INTERVAL '1 hour' AS at FROM bilans) AS bilan;
INSERT INTO session_reminders (booking_id, channel, send_at, status, sent_at)
SELECT
    id, 'EMAIL', starts_at - INTERVAL '1 day',
    CASE WHEN extract(hour FROM starts_at) = 8 THEN 'PENDING' ELSE 'SENT' END,
    CASE WHEN extract(hour FROM starts_at) = 8 THEN NULL ELSE now() END
FROM session_bookings;
INSERT INTO document_archive (organization_id, file_name, storage_key, sha256, archived_on, retain_until)
SELECT
    ('e0000000-0000-4000-8000-' || lpad((n % 30 + 1)::text, 12, '0'))::uuid,
    'f', n::text, repeat('0', 64), '2020-01-01', DATE '2020-01-02' + n
FROM generate_series(1, 3000) AS n;
ANALYZE;
