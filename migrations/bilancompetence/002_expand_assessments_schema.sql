-- What the course of a bilan adds to bilans: its phase, the legal 24 hours, financing, dates, consent.
ALTER TABLE public.bilans
    ADD COLUMN phase TEXT NOT NULL DEFAULT 'PRELIMINARY'
        CONSTRAINT bilans_phase_check CHECK (phase IN ('PRELIMINARY', 'INVESTIGATION', 'CONCLUSION')),
    ADD COLUMN objectives TEXT,
    ADD COLUMN planned_hours NUMERIC(4, 1)
        CONSTRAINT bilans_planned_hours_check CHECK (planned_hours > 0 AND planned_hours <= 24),
    ADD COLUMN financing TEXT
        CONSTRAINT bilans_financing_check CHECK (financing IN ('CPF', 'EMPLOYER', 'OPCO', 'FRANCE_TRAVAIL', 'PERSONAL')),
    ADD COLUMN consent_given_at TIMESTAMPTZ,
    ADD COLUMN started_at TIMESTAMPTZ,
    ADD COLUMN completed_at TIMESTAMPTZ,
    ADD COLUMN synthesis_delivered_at TIMESTAMPTZ,
    ADD COLUMN follow_up_on DATE,
    ADD CONSTRAINT bilans_completed_at_check CHECK (completed_at >= started_at),
    ADD CONSTRAINT bilans_completed_check CHECK (status <> 'COMPLETED' OR completed_at IS NOT NULL);

-- Follow-ups that are due, over all organizations.
CREATE INDEX idx_bilans_follow_up_on ON public.bilans (follow_up_on) WHERE follow_up_on IS NOT NULL;

COMMENT ON COLUMN public.bilans.phase IS 'The three phases of article R6313-4 of the Code du travail: PRELIMINARY, INVESTIGATION, CONCLUSION';
COMMENT ON COLUMN public.bilans.objectives IS 'What the beneficiary expects, settled in the preliminary phase';
COMMENT ON COLUMN public.bilans.planned_hours IS 'Hours; a bilan takes at most 24 (article R6313-7 of the Code du travail)';
COMMENT ON COLUMN public.bilans.financing IS 'Who pays: CPF, EMPLOYER, OPCO, FRANCE_TRAVAIL or PERSONAL';
COMMENT ON COLUMN public.bilans.consent_given_at IS 'When the beneficiary consented; NULL until then';
COMMENT ON COLUMN public.bilans.completed_at IS 'NULL until status is COMPLETED';
COMMENT ON COLUMN public.bilans.synthesis_delivered_at IS 'When the synthesis document was handed over; NULL until then';
COMMENT ON COLUMN public.bilans.follow_up_on IS 'Day of the follow-up interview, six months after the end as a rule; NULL when none is planned';
