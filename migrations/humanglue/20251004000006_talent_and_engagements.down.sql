-- Removes the marketplace and the consultations with all their data.
ALTER TABLE public.revenue_transactions DROP COLUMN consultation_id;
DROP TABLE public.consultations;
DROP TABLE public.engagement_requests;
DROP TABLE public.talent_profiles;
