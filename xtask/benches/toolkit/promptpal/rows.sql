-- 100 users with 20 folders and 1,000 prompts each, every tenth of them in the bin; two modules a prompt. A user's prompts are written in
-- turn with those of the others, as they would be in life, so that they lie far apart on disk.
INSERT INTO auth.users (id, email)
SELECT format('0000000c-0000-4000-8000-%s', lpad(u::text, 12, '0'))::uuid, format('u%s@example.com', u)
FROM generate_series(1, 100) AS u;
INSERT INTO folders (user_id, name)
SELECT id, format('folder %s', n) FROM generate_series(1, 20) AS n, auth.users;
INSERT INTO prompts (user_id, folder_id, title, description, created_at, deleted_at)
SELECT
    folder.user_id, folder.id, format('prompt %s of %s', n, folder.name), repeat('what it is for ', 8),
    now() - n * interval '1 hour' - right(folder.name, 2)::int * interval '1 minute', CASE WHEN n % 10 = 0 THEN now() END
FROM generate_series(1, 50) AS n, folders AS folder
ORDER BY n, folder.name, folder.user_id;
INSERT INTO modules (prompt_id, title, content, order_index)
SELECT id, 'module', repeat('text of the module ', 10), n FROM generate_series(0, 1) AS n, prompts;
-- With the visibility map set, for else autovacuum would come to set it while the clock runs.
VACUUM (ANALYZE);
CHECKPOINT;
