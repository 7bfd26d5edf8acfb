-- Removes payments and certificates with all their data: export payments first, they can't be had again from here.
ALTER TABLE public.revenue_transactions DROP COLUMN payment_id;
DROP TABLE public.certificates;
DROP TABLE public.payments;
