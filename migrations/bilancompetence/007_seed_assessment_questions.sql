-- The 16 template questions: 5 initial, 7 of the investigation, 4 of the conclusion. Reference data, present in production too.
-- Literal ids: a template has the same id in every database. The owner is bound by FORCE, so it is lifted for this one statement; the lock
-- that ALTER TABLE takes keeps others out of the table until the file is committed, with FORCE on again.
ALTER TABLE public.assessment_questions NO FORCE ROW LEVEL SECURITY;

INSERT INTO public.assessment_questions (id, type, position, question, answer_type, choices)
VALUES
    ('00000003-0000-4000-8000-000000000001', 'initial', 1, 'Quel est votre parcours professionnel, et quelles en ont été les étapes marquantes ?', 'TEXT', NULL),
    ('00000003-0000-4000-8000-000000000002', 'initial', 2, 'Quelles raisons vous amènent à entreprendre un bilan de compétences aujourd’hui ?', 'TEXT', NULL),
    ('00000003-0000-4000-8000-000000000003', 'initial', 3, 'Qu’attendez-vous concrètement de ce bilan ?', 'TEXT', NULL),
    ('00000003-0000-4000-8000-000000000004', 'initial', 4, 'Quelle est votre satisfaction dans votre situation professionnelle actuelle ?', 'SCALE', NULL),
    ('00000003-0000-4000-8000-000000000005', 'initial', 5, 'Quelle est votre situation au regard de l’emploi ?', 'SINGLE_CHOICE', '["Salarié", "Demandeur d’emploi", "Indépendant", "Agent public", "Autre"]'::jsonb),
    ('00000003-0000-4000-8000-000000000006', 'investigation', 1, 'Quelles tâches réalisez-vous avec le plus d’aisance ?', 'TEXT', NULL),
    ('00000003-0000-4000-8000-000000000007', 'investigation', 2, 'Décrivez une réussite professionnelle : situation, actions menées, résultat obtenu.', 'TEXT', NULL),
    ('00000003-0000-4000-8000-000000000008', 'investigation', 3, 'Quelles compétences techniques maîtrisez-vous, et à quel niveau ?', 'TEXT', NULL),
    ('00000003-0000-4000-8000-000000000009', 'investigation', 4, 'Quelles qualités personnelles vos collègues vous reconnaissent-ils ?', 'TEXT', NULL),
    ('00000003-0000-4000-8000-000000000010', 'investigation', 5, 'Quelles valeurs comptent le plus pour vous au travail ?', 'MULTIPLE_CHOICE', '["Autonomie", "Sécurité", "Utilité sociale", "Créativité", "Rémunération", "Esprit d’équipe", "Équilibre de vie"]'::jsonb),
    ('00000003-0000-4000-8000-000000000011', 'investigation', 6, 'Quels métiers ou secteurs souhaitez-vous explorer ?', 'TEXT', NULL),
    ('00000003-0000-4000-8000-000000000012', 'investigation', 7, 'Quelles contraintes (mobilité, santé, famille, finances) votre projet doit-il respecter ?', 'TEXT', NULL),
    ('00000003-0000-4000-8000-000000000013', 'conclusion', 1, 'Quel projet professionnel retenez-vous à l’issue du bilan ?', 'TEXT', NULL),
    ('00000003-0000-4000-8000-000000000014', 'conclusion', 2, 'Quelles compétences vous reste-t-il à acquérir, et par quels moyens ?', 'TEXT', NULL),
    ('00000003-0000-4000-8000-000000000015', 'conclusion', 3, 'Quelles sont les premières étapes de votre plan d’action, et à quelles dates ?', 'TEXT', NULL),
    ('00000003-0000-4000-8000-000000000016', 'conclusion', 4, 'Quelle confiance avez-vous dans la réalisation de votre projet ?', 'SCALE', NULL);

ALTER TABLE public.assessment_questions FORCE ROW LEVEL SECURITY;
