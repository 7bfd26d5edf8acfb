-- Four automations, each with a tool, a step and a picture, the last one not published; that of letter d has a second step, 9. Two users:
-- c, who has no rows, and d, who is an admin.
INSERT INTO public.automations (id, title, slug, difficulty, published) VALUES
    ('{row 4 c}', 'automation c', 'automation-c', 'easy', true),
    ('{row 4 d}', 'automation d', 'automation-d', 'easy', true),
    ('{row 4 e}', 'automation e', 'automation-e', 'easy', true),
    ('{row 4 f}', 'automation f', 'automation-f', 'easy', false);
INSERT INTO public.automation_tools (id, automation_id, tool_name) VALUES
    ('{row 5 c}', '{row 4 c}', 'tool c'),
    ('{row 5 d}', '{row 4 d}', 'tool d'),
    ('{row 5 e}', '{row 4 e}', 'tool e'),
    ('{row 5 f}', '{row 4 f}', 'tool f');
INSERT INTO public.implementation_steps (id, automation_id, position, title) VALUES
    ('{row 6 c}', '{row 4 c}', 1, 'step'),
    ('{row 6 d}', '{row 4 d}', 2, 'step'),
    ('{row 6 e}', '{row 4 e}', 3, 'step'),
    ('{row 6 f}', '{row 4 f}', 4, 'step'),
    ('{row 6 9}', '{row 4 d}', 9, 'second step');
INSERT INTO public.step_media (id, step_id, media_type, url) VALUES
    ('{row 7 c}', '{row 6 c}', 'image', 'https://example.com/c.png'),
    ('{row 7 d}', '{row 6 d}', 'image', 'https://example.com/d.png'),
    ('{row 7 e}', '{row 6 e}', 'image', 'https://example.com/e.png'),
    ('{row 7 f}', '{row 6 f}', 'image', 'https://example.com/f.png');

INSERT INTO auth.users (id, email) VALUES ('{row 0 c}', 'c@example.com'), ('{row 0 d}', 'd@example.com');
INSERT INTO public.user_profiles (id, user_id, role) VALUES ('{row 1 d}', '{row 0 d}', 'admin');
