-- Sample automations: six that are published and one that is not.
--
-- An embedding has a direction for each tag, the same wherever the tag stands, and a weaker one for the slug: automations that share tags
-- are near each other, and no two are the same. The directions are drawn from MD5, which is the same on every server.
WITH sample (id, title, slug, description, difficulty, tags, published, ai_context) AS (
    VALUES
        (
            '00000003-0000-4000-8000-000000000001'::uuid, 'Sort incoming e-mail', 'sort-incoming-email',
            'Labels each message by what it asks for and puts what is urgent on top.', 'easy',
            '{ai,email}'::text[], true, '{"industries": ["retail", "consulting"], "hours_saved_a_week": 2}'::jsonb
        ),
        (
            '00000003-0000-4000-8000-000000000002', 'Draft replies to customers', 'draft-replies-to-customers',
            'Writes a first answer to frequent questions; a person reads it before it is sent.', 'medium',
            '{ai,email,support}', true, '{"industries": ["retail", "logistics"], "hours_saved_a_week": 4}'
        ),
        (
            '00000003-0000-4000-8000-000000000003', 'Send invoices when a job is done', 'send-invoices-when-a-job-is-done',
            'Makes an invoice of a finished job and sends it the same day.', 'easy',
            '{finance,invoicing}', true, '{"industries": ["consulting"], "hours_saved_a_week": 3}'
        ),
        (
            '00000003-0000-4000-8000-000000000004', 'Remind of unpaid invoices', 'remind-of-unpaid-invoices',
            'Writes to customers a week after an invoice was due, and tells you after the second time.', 'medium',
            '{email,finance,invoicing}', true, '{"industries": ["consulting", "logistics"], "hours_saved_a_week": 1}'
        ),
        (
            '00000003-0000-4000-8000-000000000005', 'Plan posts for social media', 'plan-posts-for-social-media',
            'Makes a month of posts of what is new in the shop.', 'medium',
            '{ai,marketing,social-media}', true, '{"industries": ["retail"], "hours_saved_a_week": 2}'
        ),
        (
            '00000003-0000-4000-8000-000000000006', 'Score new leads', 'score-new-leads',
            'Looks up who has written, and says whom to call first.', 'hard',
            '{ai,crm,sales}', true, '{"industries": ["logistics"], "hours_saved_a_week": 5}'
        ),
        (
            '00000003-0000-4000-8000-000000000007', 'Forecast next month''s sales', 'forecast-next-months-sales',
            'Not finished: waits for its steps.', 'hard',
            '{ai,finance,sales}', false, '{}'
        )
),
direction (id, name, weight) AS (
    SELECT sample.id, tag, 1.0 FROM sample, unnest(sample.tags) AS tag
    UNION ALL
    SELECT sample.id, sample.slug, 0.3 FROM sample
),
component (id, number, value) AS (
    SELECT
        direction.id,
        number,
        sum(direction.weight * (('x' || left(md5(direction.name || ' ' || number), 6))::bit(24)::integer / 8388608.0 - 1))
    FROM direction, generate_series(1, 1536) AS number
    GROUP BY direction.id, number
),
embedding (id, value) AS (
    SELECT id, array_agg(component.value::real ORDER BY number)::public.vector(1536) FROM component GROUP BY id
)
INSERT INTO public.automations AS present (id, title, slug, description, difficulty, tags, published, ai_context, embedding)
SELECT sample.*, embedding.value
FROM sample
LEFT JOIN embedding ON embedding.id = sample.id
ORDER BY sample.id
ON CONFLICT (id) DO UPDATE SET
    title = excluded.title,
    slug = excluded.slug,
    description = excluded.description,
    difficulty = excluded.difficulty,
    tags = excluded.tags,
    published = excluded.published,
    ai_context = excluded.ai_context,
    embedding = excluded.embedding
WHERE (
    present.title, present.slug, present.description, present.difficulty, present.tags, present.published, present.ai_context,
    present.embedding
) IS DISTINCT FROM (
    excluded.title, excluded.slug, excluded.description, excluded.difficulty, excluded.tags, excluded.published, excluded.ai_context,
    excluded.embedding
);
