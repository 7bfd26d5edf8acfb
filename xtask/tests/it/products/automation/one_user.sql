-- One row of a user in each table that has rows of users. {u} is the user's letter, which ends the ids of their rows; {x} is that of the
-- library's automation and step that they have taken up.
INSERT INTO auth.users (id, email) VALUES ('{user}', '{u}@example.com');
INSERT INTO public.user_profiles (id, user_id) VALUES ('{row 1 u}', '{user}');
INSERT INTO public.questionnaire_sessions (id, user_id) VALUES ('{row 2 u}', '{user}');
INSERT INTO public.questionnaire_responses (id, session_id, question_key, answer)
    VALUES ('{row 3 u}', '{row 2 u}', 'question of {u}', '1');
INSERT INTO public.weekly_discoveries (id, user_id, week_of) VALUES ('{row 8 u}', '{user}', '2025-08-18');
INSERT INTO public.discovered_automations (id, discovery_id, automation_id, rank, score)
    VALUES ('{row 9 u}', '{row 8 u}', '{row 4 x}', CASE '{u}' WHEN 'a' THEN 1 ELSE 2 END, 0.5);
INSERT INTO public.user_automations (id, user_id, automation_id) VALUES ('{row 10 u}', '{user}', '{row 4 x}');
INSERT INTO public.automation_progress (id, user_automation_id, step_id) VALUES ('{row 11 u}', '{row 10 u}', '{row 6 x}');
INSERT INTO public.subscriptions (id, user_id, stripe_customer_id, status) VALUES ('{row 12 u}', '{user}', 'cus_{u}', 'active');
INSERT INTO public.usage_metrics (id, user_id, metric, period) VALUES ('{row 13 u}', '{user}', 'metric of {u}', '2025-08-01');
