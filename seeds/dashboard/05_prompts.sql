-- Prompts of the library. SQL and not CSV because a prompt is text of many lines, which dollar quotes keep readable.
-- usage_count and average_rating are the application's: seeding again must not set them back.
INSERT INTO public.prompts AS prompt (id, title, description, content, category_id, complexity_level, is_featured)
VALUES
    (
        '00000009-0000-4000-8000-000000000001',
        'Product launch e-mail',
        'A short launch e-mail in three variants to test against each other',
        $prompt$You are a copywriter for [COMPANY], which sells to [AUDIENCE].

Write a launch e-mail for [PRODUCT]. Its main benefit: [BENEFIT].

Give me three variants: one that opens with a question, one with a figure, one with a customer's sentence.
For each: a subject line of at most 50 characters, a preview text of at most 90, a body of at most 120 words and one call to action.
Use plain words, no superlatives, and invent no facts: mark what you would need to know as [MISSING].$prompt$,
        '00000004-0000-4000-8000-000000000001',
        'beginner',
        true
    ),
    (
        '00000009-0000-4000-8000-000000000002',
        'Customer persona from interviews',
        'Condenses interview notes into a persona that the notes bear out',
        $prompt$Here are notes from interviews with customers:

[NOTES]

Describe the one persona that most of them share: goals, obstacles, what triggers a purchase, what stops it, words they use themselves.
Support every statement with a quotation from the notes and say in how many interviews it occurs.
End with what the notes leave open and the five questions to ask in the next interviews.$prompt$,
        '00000004-0000-4000-8000-000000000001',
        'intermediate',
        false
    ),
    (
        '00000009-0000-4000-8000-000000000003',
        'Content plan for a quarter',
        'A content calendar that follows from one business goal',
        $prompt$Our goal for the coming quarter: [GOAL]. Our audience: [AUDIENCE]. Our channels: [CHANNELS]. We can publish [NUMBER] pieces a week.

Propose a plan as a table with the columns week, channel, topic, format, question of the audience that it answers, measure of success.
Start with the three topics that serve the goal best and say why. Reuse every long piece in at least two short ones.$prompt$,
        '00000004-0000-4000-8000-000000000001',
        'intermediate',
        false
    ),
    (
        '00000009-0000-4000-8000-000000000004',
        'Code review',
        'A review that puts defects first and taste last',
        $prompt$Review this change to a [LANGUAGE] project as an experienced colleague would:

[DIFF]

List your findings in this order: wrong results, security, lost or corrupted data, missing tests, readability.
For each: the line, an input or a situation in which it goes wrong, and the smallest change that mends it.
Leave out what a formatter or a linter would find. If you are not sure, say what you would check. If there is nothing to find, say so.$prompt$,
        '00000004-0000-4000-8000-000000000002',
        'intermediate',
        true
    ),
    (
        '00000009-0000-4000-8000-000000000005',
        'Unit tests for a function',
        'Finds the cases that matter before it writes the tests',
        $prompt$Here is a function in [LANGUAGE]:

[CODE]

First list the cases worth a test: usual input, borders, empty and missing values, errors, and what the types do not rule out. Name what the function should do where the code leaves it open.
Then write the tests with [TEST FRAMEWORK], one behaviour a test, each named as a sentence. Do not change the function.$prompt$,
        '00000004-0000-4000-8000-000000000002',
        'beginner',
        false
    ),
    (
        '00000009-0000-4000-8000-000000000006',
        'Incident report',
        'Turns a log and a chat into a report that blames nobody',
        $prompt$Write an incident report from these sources:

Log: [LOG]
Chat: [CHAT]

Sections: summary in three sentences, effect on customers, timeline (UTC, one line an event, with its source), root cause, what went well, what did not, actions with an owner and a date.
Keep to what the sources say, mark guesses as such, and write about systems and decisions, not about persons.$prompt$,
        '00000004-0000-4000-8000-000000000002',
        'advanced',
        false
    ),
    (
        '00000009-0000-4000-8000-000000000007',
        'Compare sources on a question',
        'Shows where sources agree, where they do not, and why',
        $prompt$Question: [QUESTION]

Sources:
[SOURCES]

Make a table with one row a source: its answer, its evidence, its date, its possible interest in the answer.
Then say what all agree on, where they differ and what could explain it, and how sure one can be of the answer (low, medium, high) and why.
Use the sources only; quote the passage for every claim.$prompt$,
        '00000004-0000-4000-8000-000000000003',
        'intermediate',
        true
    ),
    (
        '00000009-0000-4000-8000-000000000008',
        'Decision paper on one page',
        'Prepares a decision for people who have five minutes',
        $prompt$Prepare a decision on: [DECISION]. Who decides: [ROLE]. Options: [OPTIONS]. What matters: [CRITERIA].

One page: the question in one sentence; the recommendation and its main reason; a table of options by criteria; the costs and risks of the recommendation and of doing nothing; what would change the recommendation; the next step.
Ask me for what is missing before you write.$prompt$,
        '00000004-0000-4000-8000-000000000003',
        'advanced',
        false
    )
ON CONFLICT (id) DO UPDATE
SET
    title = EXCLUDED.title,
    description = EXCLUDED.description,
    content = EXCLUDED.content,
    category_id = EXCLUDED.category_id,
    complexity_level = EXCLUDED.complexity_level,
    is_featured = EXCLUDED.is_featured,
    updated_at = NOW()
WHERE (
    prompt.title, prompt.description, prompt.content, prompt.category_id, prompt.complexity_level, prompt.is_featured
) IS DISTINCT FROM (
    EXCLUDED.title, EXCLUDED.description, EXCLUDED.content, EXCLUDED.category_id, EXCLUDED.complexity_level,
    EXCLUDED.is_featured
);
