-- Two organizations and seven people, of whom each role has one at least. Nobody can sign in with '!': it is no hash. The application sets
-- a password as it does for one that was forgotten.
-- The first ADMIN can't be made under the policies, so the owner, bound by FORCE, lifts it for this file; the transaction of the seeds
-- puts it on again before anybody else sees the tables.
ALTER TABLE public.organizations NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public.users NO FORCE ROW LEVEL SECURITY;

INSERT INTO public.organizations AS organization
    (id, name, siret, description, subscription_plan, qualiopi_certified, qualiopi_certificate_number, qualiopi_valid_until)
VALUES
    (
        '00000002-0000-4000-8000-000000000001', 'Cap Horizon', '12345678900012', 'Centre de bilans de compétences à Lyon',
        'PROFESSIONAL', true, 'QUA-2025-0412', '2028-04-11'
    ),
    (
        '00000002-0000-4000-8000-000000000002', 'Trajectoires', '98765432100021', 'Cabinet d’accompagnement à Nantes',
        'FREE', false, NULL, NULL
    )
ON CONFLICT (id) DO UPDATE
SET name = excluded.name, siret = excluded.siret, description = excluded.description
WHERE (organization.name, organization.siret, organization.description)
    IS DISTINCT FROM (excluded.name, excluded.siret, excluded.description);

INSERT INTO public.users AS account (id, email, password_hash, full_name, role, organization_id, bio, email_verified)
VALUES
    ('00000001-0000-4000-8000-000000000001', 'admin@example.org', '!', 'Alix Administration', 'ADMIN', NULL, NULL, true),
    (
        '00000001-0000-4000-8000-000000000002', 'direction@cap-horizon.example.org', '!', 'Odile Direction', 'ORG_ADMIN',
        '00000002-0000-4000-8000-000000000001', NULL, true
    ),
    (
        '00000001-0000-4000-8000-000000000003', 'claire.conseil@cap-horizon.example.org', '!', 'Claire Conseil', 'CONSULTANT',
        '00000002-0000-4000-8000-000000000001', 'Psychologue du travail, dix ans de bilans de compétences', true
    ),
    (
        '00000001-0000-4000-8000-000000000004', 'Benoit.Martin@example.org', '!', 'Benoît Martin', 'BENEFICIARY',
        '00000002-0000-4000-8000-000000000001', NULL, true
    ),
    (
        '00000001-0000-4000-8000-000000000005', 'sophie.durand@example.org', '!', 'Sophie Durand', 'BENEFICIARY',
        NULL, NULL, false
    ),
    (
        '00000001-0000-4000-8000-000000000006', 'contact@trajectoires.example.org', '!', 'Thomas Direction', 'ORG_ADMIN',
        '00000002-0000-4000-8000-000000000002', NULL, true
    ),
    (
        '00000001-0000-4000-8000-000000000007', 'nadia.conseil@trajectoires.example.org', '!', 'Nadia Conseil', 'CONSULTANT',
        '00000002-0000-4000-8000-000000000002', 'Consultante en évolution professionnelle', true
    )
ON CONFLICT (id) DO UPDATE
SET email = excluded.email, full_name = excluded.full_name, role = excluded.role, organization_id = excluded.organization_id
WHERE (account.email, account.full_name, account.role, account.organization_id)
    IS DISTINCT FROM (excluded.email, excluded.full_name, excluded.role, excluded.organization_id);

ALTER TABLE public.users FORCE ROW LEVEL SECURITY;
ALTER TABLE public.organizations FORCE ROW LEVEL SECURITY;
