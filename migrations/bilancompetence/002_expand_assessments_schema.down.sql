-- Removes the columns with their data, checks, index and comments.
ALTER TABLE public.bilans
    DROP CONSTRAINT bilans_completed_check,
    DROP CONSTRAINT bilans_completed_at_check,
    DROP COLUMN follow_up_on,
    DROP COLUMN synthesis_delivered_at,
    DROP COLUMN completed_at,
    DROP COLUMN started_at,
    DROP COLUMN consent_given_at,
    DROP COLUMN financing,
    DROP COLUMN planned_hours,
    DROP COLUMN objectives,
    DROP COLUMN phase;
