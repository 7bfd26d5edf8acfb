-- The Qualiopi reference (référentiel national qualité, annex to article R6316-1 of the Code du travail): 32 indicators in 7 criteria, with
-- their subjects in French, and the levels that an organization passes through. Reference data, present in production too.
-- Everybody reads them, an ADMIN writes them. The rows go in before row level security is on, so that the owner can write them.
CREATE TABLE public.qualiopi_indicators (
    number SMALLINT CONSTRAINT qualiopi_indicators_pkey PRIMARY KEY
        CONSTRAINT qualiopi_indicators_number_check CHECK (number BETWEEN 1 AND 32),
    criterion SMALLINT NOT NULL
        CONSTRAINT qualiopi_indicators_criterion_check CHECK (criterion BETWEEN 1 AND 7),
    criterion_title TEXT NOT NULL,
    title TEXT NOT NULL,
    is_common BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

COMMENT ON TABLE public.qualiopi_indicators IS 'The 32 indicators of the Qualiopi reference';
COMMENT ON COLUMN public.qualiopi_indicators.number IS '1 to 32, as in the reference';
COMMENT ON COLUMN public.qualiopi_indicators.criterion IS '1 to 7, as in the reference';
COMMENT ON COLUMN public.qualiopi_indicators.title IS 'Subject of the indicator, in French';
COMMENT ON COLUMN public.qualiopi_indicators.is_common IS 'True for the 22 that every provider meets, bilans de compétences among them; false for the 10 of other kinds of action';

CREATE INDEX idx_qualiopi_indicators_criterion ON public.qualiopi_indicators (criterion);

CREATE TABLE public.qualiopi_certification_levels (
    code TEXT CONSTRAINT qualiopi_certification_levels_pkey PRIMARY KEY
        CONSTRAINT qualiopi_certification_levels_code_check CHECK (code ~ '^[A-Z_]+$'),
    rank SMALLINT NOT NULL CONSTRAINT qualiopi_certification_levels_rank_key UNIQUE
        CONSTRAINT qualiopi_certification_levels_rank_check CHECK (rank > 0),
    minimum_percentage SMALLINT NOT NULL
        CONSTRAINT qualiopi_certification_levels_minimum_percentage_check CHECK (minimum_percentage BETWEEN 0 AND 100),
    label TEXT NOT NULL,
    description TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

COMMENT ON TABLE public.qualiopi_certification_levels IS 'Levels on the way to the certificate and after it';
COMMENT ON COLUMN public.qualiopi_certification_levels.rank IS 'Order of the levels, 1 lowest';
COMMENT ON COLUMN public.qualiopi_certification_levels.minimum_percentage IS 'Share of the applicable indicators that are covered at least, 0 to 100';
COMMENT ON COLUMN public.qualiopi_certification_levels.label IS 'Shown to the users, in French';
COMMENT ON COLUMN public.qualiopi_certification_levels.description IS 'In French';

INSERT INTO public.qualiopi_indicators (number, criterion, criterion_title, title, is_common)
VALUES
    (1, 1, 'Les conditions d’information du public sur les prestations proposées, les délais pour y accéder et les résultats obtenus', 'Information du public sur les prestations : prérequis, objectifs, durée, modalités et délais d’accès, tarifs, contacts, méthodes mobilisées, modalités d’évaluation, accessibilité aux personnes handicapées', true),
    (2, 1, 'Les conditions d’information du public sur les prestations proposées, les délais pour y accéder et les résultats obtenus', 'Diffusion d’indicateurs de résultats adaptés à la nature des prestations mises en œuvre et des publics accueillis', true),
    (3, 1, 'Les conditions d’information du public sur les prestations proposées, les délais pour y accéder et les résultats obtenus', 'Information sur les taux d’obtention des certifications préparées, les possibilités de valider un ou des blocs de compétences, les équivalences, passerelles, suites de parcours et débouchés', false),
    (4, 2, 'L’identification précise des objectifs des prestations proposées et l’adaptation de ces prestations aux publics bénéficiaires lors de la conception des prestations', 'Analyse du besoin du bénéficiaire en lien avec l’entreprise et/ou le financeur concerné', true),
    (5, 2, 'L’identification précise des objectifs des prestations proposées et l’adaptation de ces prestations aux publics bénéficiaires lors de la conception des prestations', 'Définition des objectifs opérationnels et évaluables de la prestation', true),
    (6, 2, 'L’identification précise des objectifs des prestations proposées et l’adaptation de ces prestations aux publics bénéficiaires lors de la conception des prestations', 'Établissement des contenus et des modalités de mise en œuvre de la prestation, adaptés aux objectifs définis et aux publics bénéficiaires', true),
    (7, 2, 'L’identification précise des objectifs des prestations proposées et l’adaptation de ces prestations aux publics bénéficiaires lors de la conception des prestations', 'Adéquation des contenus de la prestation aux exigences de la certification visée', false),
    (8, 2, 'L’identification précise des objectifs des prestations proposées et l’adaptation de ces prestations aux publics bénéficiaires lors de la conception des prestations', 'Détermination des procédures de positionnement et d’évaluation des acquis à l’entrée de la prestation', false),
    (9, 3, 'L’adaptation aux publics bénéficiaires des prestations et des modalités d’accueil, d’accompagnement, de suivi et d’évaluation mises en œuvre', 'Information des publics bénéficiaires sur les conditions de déroulement de la prestation', true),
    (10, 3, 'L’adaptation aux publics bénéficiaires des prestations et des modalités d’accueil, d’accompagnement, de suivi et d’évaluation mises en œuvre', 'Mise en œuvre et adaptation de la prestation, de l’accompagnement et du suivi aux publics bénéficiaires', true),
    (11, 3, 'L’adaptation aux publics bénéficiaires des prestations et des modalités d’accueil, d’accompagnement, de suivi et d’évaluation mises en œuvre', 'Évaluation de l’atteinte par les publics bénéficiaires des objectifs de la prestation', true),
    (12, 3, 'L’adaptation aux publics bénéficiaires des prestations et des modalités d’accueil, d’accompagnement, de suivi et d’évaluation mises en œuvre', 'Mesures pour favoriser l’engagement des bénéficiaires et prévenir les ruptures de parcours', true),
    (13, 3, 'L’adaptation aux publics bénéficiaires des prestations et des modalités d’accueil, d’accompagnement, de suivi et d’évaluation mises en œuvre', 'Formations en alternance : anticipation avec l’apprenant des missions confiées, coordination et progressivité des apprentissages en centre de formation et en entreprise', false),
    (14, 3, 'L’adaptation aux publics bénéficiaires des prestations et des modalités d’accueil, d’accompagnement, de suivi et d’évaluation mises en œuvre', 'Accompagnement socio-professionnel, éducatif et relatif à l’exercice de la citoyenneté (CFA)', false),
    (15, 3, 'L’adaptation aux publics bénéficiaires des prestations et des modalités d’accueil, d’accompagnement, de suivi et d’évaluation mises en œuvre', 'Information des apprentis sur leurs droits et devoirs et sur les règles de santé et de sécurité en milieu professionnel (CFA)', false),
    (16, 3, 'L’adaptation aux publics bénéficiaires des prestations et des modalités d’accueil, d’accompagnement, de suivi et d’évaluation mises en œuvre', 'Formations certifiantes : présentation des bénéficiaires à la certification dans le respect des exigences formelles de l’autorité de certification', false),
    (17, 4, 'L’adéquation des moyens pédagogiques, techniques et d’encadrement aux prestations mises en œuvre', 'Mise à disposition des moyens humains et techniques adaptés et d’un environnement approprié', true),
    (18, 4, 'L’adéquation des moyens pédagogiques, techniques et d’encadrement aux prestations mises en œuvre', 'Mobilisation et coordination des différents intervenants internes et/ou externes', true),
    (19, 4, 'L’adéquation des moyens pédagogiques, techniques et d’encadrement aux prestations mises en œuvre', 'Mise à disposition de ressources pédagogiques et mesures permettant aux bénéficiaires de se les approprier', true),
    (20, 4, 'L’adéquation des moyens pédagogiques, techniques et d’encadrement aux prestations mises en œuvre', 'Personnel dédié d’appui à la mobilité nationale et internationale, référent handicap et conseil de perfectionnement (CFA)', false),
    (21, 5, 'La qualification et le développement des connaissances et compétences des personnels chargés de mettre en œuvre les prestations', 'Détermination, mobilisation et évaluation des compétences des différents intervenants internes et/ou externes', true),
    (22, 5, 'La qualification et le développement des connaissances et compétences des personnels chargés de mettre en œuvre les prestations', 'Entretien et développement des compétences des salariés, adaptés aux prestations délivrées', true),
    (23, 6, 'L’inscription et l’investissement du prestataire dans son environnement professionnel', 'Veille légale et réglementaire sur le champ de la formation professionnelle et exploitation de ses enseignements', true),
    (24, 6, 'L’inscription et l’investissement du prestataire dans son environnement professionnel', 'Veille sur les évolutions des compétences, des métiers et des emplois dans les secteurs d’intervention et exploitation de ses enseignements', true),
    (25, 6, 'L’inscription et l’investissement du prestataire dans son environnement professionnel', 'Veille sur les innovations pédagogiques et technologiques et exploitation de ses enseignements', true),
    (26, 6, 'L’inscription et l’investissement du prestataire dans son environnement professionnel', 'Mobilisation des expertises, outils et réseaux nécessaires pour accueillir, accompagner, former ou orienter les publics en situation de handicap', true),
    (27, 6, 'L’inscription et l’investissement du prestataire dans son environnement professionnel', 'Sous-traitance ou portage salarial : respect de la conformité au présent référentiel', true),
    (28, 6, 'L’inscription et l’investissement du prestataire dans son environnement professionnel', 'Périodes de formation en situation de travail : mobilisation des partenaires socio-économiques pour co-construire l’ingénierie de formation et favoriser l’accueil en entreprise', false),
    (29, 6, 'L’inscription et l’investissement du prestataire dans son environnement professionnel', 'Actions concourant à l’insertion professionnelle ou à la poursuite d’études par la voie de l’apprentissage ou toute autre voie (CFA)', false),
    (30, 7, 'Le recueil et la prise en compte des appréciations et des réclamations formulées par les parties prenantes aux prestations délivrées', 'Recueil des appréciations des parties prenantes : bénéficiaires, financeurs, équipes pédagogiques et entreprises', true),
    (31, 7, 'Le recueil et la prise en compte des appréciations et des réclamations formulées par les parties prenantes aux prestations délivrées', 'Modalités de traitement des difficultés rencontrées par les parties prenantes, des réclamations et des aléas survenus en cours de prestation', true),
    (32, 7, 'Le recueil et la prise en compte des appréciations et des réclamations formulées par les parties prenantes aux prestations délivrées', 'Mesures d’amélioration à partir de l’analyse des appréciations et des réclamations', true);

INSERT INTO public.qualiopi_certification_levels (code, rank, minimum_percentage, label, description)
VALUES
    ('NOT_STARTED', 1, 0, 'Non engagé', 'Aucune preuve n’a été déposée'),
    ('PREPARING', 2, 1, 'En préparation', 'La démarche est engagée ; des indicateurs restent à couvrir'),
    ('READY', 3, 100, 'Prêt pour l’audit initial', 'Chaque indicateur applicable est couvert par une preuve'),
    ('CERTIFIED', 4, 100, 'Certifié', 'Le certificat, valable trois ans, a été délivré'),
    ('SURVEILLED', 5, 100, 'Certifié, audit de surveillance réussi', 'L’audit de surveillance, entre le 14e et le 22e mois, a été réussi');

CREATE TRIGGER qualiopi_indicators_set_updated_at BEFORE UPDATE ON public.qualiopi_indicators
    FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
CREATE TRIGGER qualiopi_certification_levels_set_updated_at BEFORE UPDATE ON public.qualiopi_certification_levels
    FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

ALTER TABLE public.qualiopi_indicators ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.qualiopi_indicators FORCE ROW LEVEL SECURITY;
ALTER TABLE public.qualiopi_certification_levels ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.qualiopi_certification_levels FORCE ROW LEVEL SECURITY;

CREATE POLICY qualiopi_indicators_select ON public.qualiopi_indicators FOR SELECT
    USING (
        true
    );

CREATE POLICY qualiopi_indicators_insert ON public.qualiopi_indicators FOR INSERT
    WITH CHECK (
        (SELECT public.app_is_admin())
    );

CREATE POLICY qualiopi_indicators_update ON public.qualiopi_indicators FOR UPDATE
    USING (
        (SELECT public.app_is_admin())
    );

CREATE POLICY qualiopi_indicators_delete ON public.qualiopi_indicators FOR DELETE
    USING (
        (SELECT public.app_is_admin())
    );

CREATE POLICY qualiopi_certification_levels_select ON public.qualiopi_certification_levels FOR SELECT
    USING (
        true
    );

CREATE POLICY qualiopi_certification_levels_insert ON public.qualiopi_certification_levels FOR INSERT
    WITH CHECK (
        (SELECT public.app_is_admin())
    );

CREATE POLICY qualiopi_certification_levels_update ON public.qualiopi_certification_levels FOR UPDATE
    USING (
        (SELECT public.app_is_admin())
    );

CREATE POLICY qualiopi_certification_levels_delete ON public.qualiopi_certification_levels FOR DELETE
    USING (
        (SELECT public.app_is_admin())
    );
