-- What the application runs. A query is prepared on the live schema as the application sends it, hence without `public.`:
-- it must be found by the connection's search_path. A check returns one boolean and holds from the last migration on,
-- on a seeded database and on one without a row of a user. Each request is one transaction that begins with one of the two
-- set_config queries; the policies give the rest its bounds, so few queries name the user.
-- The operator names the application's role (see 001): to prove its rights, verify with its connection string.
-- role: connection

-- query: act for a user (apps/backend)
SELECT set_config('app.user_id', $1::text, true);

-- query: name an e-mail while signed out (apps/backend)
SELECT set_config('app.login_email', $1::text, true);

-- query: register (POST /api/auth/register)
-- After `name an e-mail while signed out`, which is what lets RETURNING show the new row. The password hash stays where it is.
INSERT INTO users (email, password_hash, full_name, role)
VALUES ($1::text, $2::text, $3::text, 'BENEFICIARY')
RETURNING id, email, full_name, role;

-- query: user by e-mail (POST /api/auth/register)
-- Whatever the letter case; lower(email) is the unique index.
SELECT id, email, full_name, role, organization_id, email_verified, created_at
FROM users
WHERE lower(email) = lower($1::text);

-- query: password hash for a login (apps/backend)
SELECT id, password_hash, role
FROM users
WHERE lower(email) = lower($1::text);

-- query: note a login (apps/backend)
UPDATE users
SET last_login = now()
WHERE id = $1::uuid
RETURNING last_login;

-- query: start a session (apps/backend)
INSERT INTO sessions (user_id, refresh_token_hash, user_agent, ip_address, expires_at)
VALUES ($1::uuid, $2::text, $3::text, $4::inet, $5::timestamptz)
RETURNING id;

-- query: session of a refresh token (apps/backend)
-- After `act for a user`, whom the expired access token names.
SELECT id, user_id
FROM sessions
WHERE refresh_token_hash = $1::text
  AND revoked_at IS NULL
  AND expires_at > now();

-- query: own profile (apps/backend/migrations/001_create_schema.sql)
SELECT id, email, full_name, role, organization_id, avatar_url, bio, email_verified, last_login, created_at, updated_at
FROM users
WHERE id = $1::uuid;

-- query: organization (apps/backend/migrations/001_create_schema.sql)
SELECT id, name, siret, description, subscription_plan, qualiopi_certified, qualiopi_valid_until
FROM organizations
WHERE id = $1::uuid;

-- query: bilans of a consultant (apps/backend/migrations/001_create_schema.sql)
SELECT
    bilan.id,
    bilan.title,
    bilan.status,
    bilan.phase,
    bilan.progress_percentage,
    beneficiary.full_name AS beneficiary_name,
    bilan.updated_at
FROM bilans AS bilan
JOIN users AS beneficiary ON beneficiary.id = bilan.beneficiary_id
WHERE bilan.consultant_id = $1::uuid
  AND bilan.status IN ('DRAFT', 'IN_PROGRESS')
ORDER BY bilan.updated_at DESC;

-- query: bilans of a beneficiary (apps/backend/migrations/001_create_schema.sql)
-- The consultant may not be named yet, hence the LEFT JOIN.
SELECT
    bilan.id,
    bilan.title,
    bilan.status,
    bilan.phase,
    bilan.progress_percentage,
    consultant.full_name AS consultant_name,
    bilan.follow_up_on
FROM bilans AS bilan
LEFT JOIN users AS consultant ON consultant.id = bilan.consultant_id
WHERE bilan.beneficiary_id = $1::uuid
ORDER BY bilan.created_at DESC;

-- query: questions of an assessment with their answers (apps/backend/migrations/003_expand_assessment_questions.sql)
-- The templates and the assessment's own, answered or not.
SELECT
    question.id,
    question.type,
    question.position,
    question.question,
    question.help_text,
    question.answer_type,
    question.choices,
    question.is_required,
    answer.answer,
    answer.score
FROM assessment_questions AS question
LEFT JOIN assessment_answers AS answer
    ON answer.question_id = question.id
    AND answer.assessment_id = $1::uuid
WHERE question.assessment_id IS NULL
   OR question.assessment_id = $1::uuid
ORDER BY array_position(ARRAY['initial', 'investigation', 'conclusion'], question.type), question.position;

-- query: save an answer (apps/backend/migrations/004_expand_assessment_answers.sql)
INSERT INTO assessment_answers (assessment_id, question_id, answer, score)
VALUES ($1::uuid, $2::uuid, $3::jsonb, $4::smallint)
ON CONFLICT (assessment_id, question_id) DO UPDATE
SET answer = excluded.answer, score = excluded.score
RETURNING id, updated_at;

-- query: save a draft (apps/backend/migrations/006_create_assessment_drafts.sql)
INSERT INTO assessment_drafts (assessment_id, user_id, step, content)
VALUES ($1::uuid, $2::uuid, $3::text, $4::jsonb)
ON CONFLICT (assessment_id, user_id, step) DO UPDATE
SET content = excluded.content
RETURNING updated_at;

-- query: competencies of an assessment (apps/backend/migrations/005_create_assessment_competencies.sql)
SELECT
    competency.name,
    competency.category,
    judgement.self_level,
    judgement.consultant_level,
    judgement.interest
FROM assessment_competencies AS judgement
JOIN competencies AS competency ON competency.id = judgement.competency_id
WHERE judgement.assessment_id = $1::uuid
ORDER BY competency.category, competency.name;

-- query: recommendations of a bilan (apps/backend/migrations/001_create_schema.sql)
SELECT id, kind, title, description, priority, status
FROM recommendations
WHERE bilan_id = $1::uuid
ORDER BY priority, created_at;

-- query: documents of a bilan (apps/backend/migrations/001_create_schema.sql)
SELECT id, kind, file_name, mime_type, size_bytes, storage_key, created_at
FROM documents
WHERE bilan_id = $1::uuid
ORDER BY created_at DESC;

-- query: unread messages (apps/backend/migrations/001_create_schema.sql)
SELECT message.id, message.bilan_id, sender.full_name AS sender_name, message.content, message.created_at
FROM messages AS message
JOIN users AS sender ON sender.id = message.sender_id
WHERE message.recipient_id = $1::uuid
  AND message.read_at IS NULL
ORDER BY message.created_at DESC;

-- query: slots of a week with their bookings (apps/backend/migrations/014_create_availability_slots.sql)
-- $2 is the Monday at midnight; cancelled bookings leave the slot free.
SELECT
    slot.id,
    slot.starts_at,
    slot.ends_at,
    slot.mode,
    slot.location,
    booking.id AS booking_id,
    booking.status AS booking_status
FROM availability_slots AS slot
LEFT JOIN session_bookings AS booking
    ON booking.slot_id = slot.id
    AND booking.status <> 'CANCELLED'
WHERE slot.consultant_id = $1::uuid
  AND slot.starts_at >= $2::timestamptz
  AND slot.starts_at < $2::timestamptz + INTERVAL '7 days'
ORDER BY slot.starts_at;

-- query: book a slot (apps/backend/migrations/015_create_session_bookings.sql)
-- Two who book at once: the exclusion constraint lets the first one through.
INSERT INTO session_bookings (bilan_id, slot_id, beneficiary_id, consultant_id, starts_at, ends_at)
SELECT bilan.id, slot.id, bilan.beneficiary_id, slot.consultant_id, slot.starts_at, slot.ends_at
FROM availability_slots AS slot
JOIN bilans AS bilan ON bilan.consultant_id = slot.consultant_id
WHERE slot.id = $1::uuid
  AND bilan.id = $2::uuid
RETURNING id, starts_at, ends_at;

-- query: bookings of a week (apps/backend/migrations/015_create_session_bookings.sql)
SELECT booking.id, booking.starts_at, booking.ends_at, booking.status, beneficiary.full_name AS beneficiary_name
FROM session_bookings AS booking
JOIN users AS beneficiary ON beneficiary.id = booking.beneficiary_id
WHERE booking.consultant_id = $1::uuid
  AND booking.starts_at >= $2::timestamptz
  AND booking.starts_at < $2::timestamptz + INTERVAL '7 days'
ORDER BY booking.starts_at;

-- query: reminders that are due (apps/backend/migrations/016_create_session_reminders.sql)
SELECT reminder.id, reminder.channel, booking.beneficiary_id, booking.starts_at
FROM session_reminders AS reminder
JOIN session_bookings AS booking ON booking.id = reminder.booking_id
WHERE reminder.status = 'PENDING'
  AND reminder.send_at <= now()
  AND booking.status IN ('SCHEDULED', 'CONFIRMED')
ORDER BY reminder.send_at
LIMIT 100;

-- query: figures of a consultant (apps/backend/migrations/017_create_session_analytics.sql)
SELECT month, booked_count, completed_count, cancelled_count, no_show_count, minutes_held, average_score
FROM session_analytics
WHERE consultant_id = $1::uuid
ORDER BY month DESC
LIMIT 12;

-- query: note what was done (apps/backend/migrations/001_create_schema.sql)
INSERT INTO audit_logs (organization_id, user_id, action, entity_type, entity_id, details)
VALUES ($1::uuid, $2::uuid, $3::text, $4::text, $5::uuid, $6::jsonb);

-- query: audit trail of an organization (apps/backend/migrations/001_create_schema.sql)
-- The account may be gone, hence the LEFT JOIN.
SELECT entry.created_at, entry.action, entry.entity_type, entry.entity_id, actor.full_name AS actor_name
FROM audit_logs AS entry
LEFT JOIN users AS actor ON actor.id = entry.user_id
WHERE entry.organization_id = $1::uuid
ORDER BY entry.created_at DESC
LIMIT 100;

-- query: Qualiopi dashboard (apps/backend/migrations/009_create_organization_qualiopi_status.sql)
-- Each criterion, with how many of its applicable indicators are met.
SELECT
    indicator.criterion,
    indicator.criterion_title,
    count(*) FILTER (WHERE coalesce(conformity.status, 'TO_DO') <> 'NOT_APPLICABLE') AS applicable,
    count(*) FILTER (WHERE conformity.status = 'COMPLIANT') AS compliant,
    count(*) FILTER (WHERE conformity.status LIKE '%NON_CONFORMITY') AS non_conformities
FROM qualiopi_indicators AS indicator
LEFT JOIN organization_qualiopi_status AS conformity
    ON conformity.indicator_number = indicator.number
    AND conformity.organization_id = $1::uuid
GROUP BY indicator.criterion, indicator.criterion_title
ORDER BY indicator.criterion;

-- query: evidence of an indicator (apps/backend/migrations/010_create_qualiopi_evidence.sql)
SELECT id, title, kind, storage_key, collected_on, retain_until
FROM qualiopi_evidence
WHERE organization_id = $1::uuid
  AND indicator_number = $2::smallint
ORDER BY collected_on DESC;

-- query: conformity trail (apps/backend/migrations/013_create_qualiopi_audit_log.sql)
SELECT created_at, indicator_number, user_id, action, old_value, new_value
FROM qualiopi_audit_log
WHERE organization_id = $1::uuid
ORDER BY created_at DESC
LIMIT 100;

-- query: satisfaction report (apps/backend/migrations/011_create_satisfaction_surveys.sql)
-- The net promoter score: share of 9 and 10 less share of 0 to 6, from -100 to 100.
SELECT
    survey.kind,
    count(response.id) AS responses,
    round(avg(response.overall_score), 2) AS overall,
    round(avg(response.consultant_score), 2) AS consultant,
    round(avg(response.usefulness_score), 2) AS usefulness,
    round(100.0 * avg(
        CASE
            WHEN response.recommendation_score >= 9 THEN 1
            WHEN response.recommendation_score <= 6 THEN -1
            WHEN response.recommendation_score IS NOT NULL THEN 0
        END
    )) AS net_promoter_score
FROM satisfaction_surveys AS survey
JOIN bilans AS bilan ON bilan.id = survey.bilan_id
LEFT JOIN survey_responses AS response ON response.survey_id = survey.id
WHERE bilan.organization_id = $1::uuid
GROUP BY survey.kind
ORDER BY survey.kind;

-- query: archive that may be erased (apps/backend/migrations/012_create_document_archive.sql)
SELECT id, storage_key, retain_until
FROM document_archive
WHERE organization_id = $1::uuid
  AND retain_until < CURRENT_DATE
ORDER BY retain_until;

-- check: the twenty-five tables exist
SELECT count(*) = 25
FROM unnest(ARRAY[
    'users', 'organizations', 'bilans', 'competencies', 'recommendations',
    'documents', 'messages', 'sessions', 'audit_logs', 'assessment_questions',
    'assessment_answers', 'assessment_competencies', 'assessment_drafts', 'qualiopi_indicators', 'qualiopi_certification_levels',
    'organization_qualiopi_status', 'qualiopi_evidence', 'satisfaction_surveys', 'survey_responses', 'document_archive',
    'qualiopi_audit_log', 'availability_slots', 'session_bookings', 'session_reminders', 'session_analytics'
]) AS expected (name)
WHERE to_regclass('public.' || expected.name) IS NOT NULL;

-- check: there are 16 template questions over the three types
SELECT count(*) = 16 AND count(DISTINCT type) = 3
FROM public.assessment_questions
WHERE assessment_id IS NULL;

-- check: the Qualiopi reference has 32 indicators in 7 criteria, 22 of them common
SELECT count(*) = 32 AND count(DISTINCT criterion) = 7 AND count(DISTINCT criterion_title) = 7 AND count(*) FILTER (WHERE is_common) = 22
FROM public.qualiopi_indicators;

-- check: row level security is on and forced for every table of the product
-- The ledger and the mark of the toolkit are no tables of the product.
SELECT bool_and(class.relrowsecurity AND class.relforcerowsecurity)
FROM pg_class AS class
WHERE class.relnamespace = 'public'::regnamespace
  AND class.relkind = 'r'
  AND class.relname NOT IN ('schema_migrations', 'schema_mark');

-- check: every table has a policy
SELECT bool_and(EXISTS (SELECT FROM pg_policy AS policy WHERE policy.polrelid = class.oid))
FROM pg_class AS class
WHERE class.relnamespace = 'public'::regnamespace
  AND class.relkind = 'r'
  AND class.relrowsecurity;

-- check: nobody updates, deletes or truncates the two audit logs
-- tgtype: 8 delete, 16 update, 32 truncate, 2 before.
SELECT count(*) = 2
FROM pg_trigger
WHERE tgname IN ('audit_logs_append_only', 'qualiopi_audit_log_append_only')
  AND tgenabled = 'O'
  AND tgtype & 58 = 58;

-- check: an e-mail is unique whatever its letter case
SELECT count(*) = 1
FROM pg_index
WHERE indexrelid = to_regclass('public.idx_users_lower_email')
  AND indisunique
  AND indisvalid;

-- check: bookings and slots of one consultant can't overlap
SELECT count(*) = 2
FROM pg_constraint
WHERE contype = 'x'
  AND conrelid IN (to_regclass('public.session_bookings'), to_regclass('public.availability_slots'));
