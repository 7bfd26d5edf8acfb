//! What is changed by hand in a database, class by class: it is found, and nothing besides.

use xtask::guard::Mark;

use super::Case;
use crate::harness::{Sandbox, TestDatabase};

/// One of everything that the changes below touch.
const SHOP: &str = r"
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN email AS text CHECK (value LIKE '%@%');
CREATE SEQUENCE numbers;
CREATE TABLE log (at timestamptz, what text);
CREATE TABLE people (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    address email NOT NULL UNIQUE,
    mood mood DEFAULT 'ok',
    note varchar(20),
    born date
);
CREATE TABLE orders (
    id integer PRIMARY KEY,
    person integer NOT NULL CONSTRAINT orders_person REFERENCES people ON DELETE CASCADE,
    total numeric(10, 2) CONSTRAINT total_positive CHECK (total > 0)
);
CREATE INDEX orders_person_idx ON orders (person);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$BEGIN RETURN new; END$$;
CREATE TRIGGER touch BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE people ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON people USING (address = current_user);
CREATE VIEW adults WITH (security_barrier = true) AS SELECT id, address FROM people WHERE born < '2000-01-01';
CREATE MATERIALIZED VIEW totals AS SELECT person, sum(total) AS total FROM orders GROUP BY person;
GRANT SELECT, INSERT ON orders TO public;
GRANT EXECUTE ON FUNCTION touch() TO public;
COMMENT ON TABLE orders IS 'What was bought';
CREATE PUBLICATION changes FOR TABLE orders;
";

/// What is done by hand, and what has to be found.
#[rustfmt::skip]
const CHANGES: &[(&str, &[&str])] = &[
    ("DROP INDEX orders_person_idx", &["drift-missing: table public.orders, index orders_person_idx"]),
    ("CREATE INDEX more ON people (born)", &["drift-extra: table public.people, index more"]),
    ("DROP INDEX orders_person_idx; CREATE INDEX orders_person_idx ON orders (person DESC)", &["drift-changed: table public.orders, index orders_person_idx"]),
    ("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'orders_person_idx'::regclass", &["drift-changed: table public.orders, index orders_person_idx"]),
    ("ALTER TABLE people ALTER mood SET DEFAULT 'sad'", &["drift-changed: table public.people, column mood"]),
    ("ALTER TABLE people ALTER mood DROP DEFAULT", &["drift-changed: table public.people, column mood"]),
    ("ALTER TABLE people ALTER note TYPE varchar(30)", &["drift-changed: table public.people, column note"]),
    ("ALTER TABLE people ALTER note SET NOT NULL", &["drift-changed: table public.people, column note"]),
    ("ALTER TABLE people ADD extra integer", &["drift-extra: table public.people, column extra"]),
    ("ALTER TABLE people DROP note", &["drift-missing: table public.people, column note"]),
    ("ALTER TABLE people DROP note; ALTER TABLE people ADD note varchar(20)", &["drift-changed: table public.people, order of columns"]),
    ("ALTER TABLE people RENAME note TO remark", &["drift-missing: table public.people, column note", "drift-extra: table public.people, column remark"]),
    ("ALTER TABLE people DISABLE TRIGGER touch", &["drift-changed: table public.people, trigger touch"]),
    ("DROP TRIGGER touch ON people", &["drift-missing: table public.people, trigger touch"]),
    ("REVOKE INSERT ON orders FROM public", &["drift-changed: table public.orders, grant to public"]),
    ("REVOKE ALL ON orders FROM public", &["drift-missing: table public.orders, grant to public"]),
    ("GRANT SELECT (address) ON people TO public", &["drift-extra: table public.people, grant (address) to public"]),
    ("REVOKE EXECUTE ON FUNCTION touch() FROM public", &["drift-extra: function public.touch(), revoke from public"]),
    ("ALTER POLICY own ON people USING (true)", &["drift-changed: table public.people, policy own"]),
    ("DROP POLICY own ON people", &["drift-missing: table public.people, policy own"]),
    ("CREATE POLICY all_of_it ON people USING (true)", &["drift-extra: table public.people, policy all_of_it"]),
    ("ALTER TABLE people DISABLE ROW LEVEL SECURITY", &["drift-missing: table public.people, row level security"]),
    ("ALTER TABLE people FORCE ROW LEVEL SECURITY", &["drift-changed: table public.people, row level security"]),
    ("CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$BEGIN RETURN old; END$$", &["drift-changed: function public.touch()"]),
    ("ALTER FUNCTION touch() RESET search_path", &["drift-changed: function public.touch()"]),
    ("ALTER FUNCTION touch() SECURITY DEFINER", &["drift-changed: function public.touch()"]),
    ("CREATE FUNCTION touch(a integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'", &["drift-extra: function public.touch(integer)"]),
    ("CREATE TABLE more (id serial PRIMARY KEY, a text); CREATE INDEX ON more (a)", &["drift-extra: table public.more"]),
    ("DROP VIEW adults", &["drift-missing: view public.adults"]),
    ("ALTER VIEW adults RESET (security_barrier)", &["drift-missing: view public.adults, options"]),
    ("CREATE OR REPLACE VIEW adults WITH (security_barrier = true) AS SELECT id, address FROM people", &["drift-changed: view public.adults"]),
    ("CREATE UNIQUE INDEX totals_person ON totals (person)", &["drift-extra: materialized view public.totals, index totals_person"]),
    ("ALTER TABLE orders DROP CONSTRAINT total_positive", &["drift-missing: table public.orders, check total_positive"]),
    ("ALTER TABLE orders DROP CONSTRAINT total_positive, ADD CONSTRAINT total_positive CHECK (total > 0) NOT VALID", &["drift-changed: table public.orders, check total_positive"]),
    ("ALTER TABLE orders DROP CONSTRAINT orders_person, ADD CONSTRAINT orders_person FOREIGN KEY (person) REFERENCES people", &["drift-changed: table public.orders, foreign key orders_person"]),
    ("ALTER TYPE mood ADD VALUE 'angry'", &["drift-changed: enum public.mood"]),
    ("ALTER TABLE people ALTER mood DROP DEFAULT, ALTER mood TYPE text; DROP TYPE mood; CREATE TYPE mood AS ENUM ('ok', 'sad', 'happy');
      ALTER TABLE people ALTER mood TYPE mood USING mood::mood, ALTER mood SET DEFAULT 'ok'", &["drift-changed: enum public.mood"]),
    ("ALTER DOMAIN email DROP CONSTRAINT email_check", &["drift-missing: domain public.email, check email_check"]),
    ("ALTER SEQUENCE numbers INCREMENT 5", &["drift-changed: sequence public.numbers"]),
    ("DROP SEQUENCE numbers", &["drift-missing: sequence public.numbers"]),
    ("COMMENT ON TABLE orders IS 'Other'", &["drift-changed: table public.orders, comment"]),
    ("COMMENT ON TABLE orders IS NULL", &["drift-missing: table public.orders, comment"]),
    ("ALTER TABLE log SET UNLOGGED", &["drift-changed: table public.log"]),
    ("ALTER TABLE orders SET (fillfactor = 50)", &["drift-extra: table public.orders, options"]),
    ("CREATE SCHEMA \"public.x\"", &["drift-extra: schema \"public.x\""]),
    ("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO public", &["drift-extra: default privileges on tables: grant to public"]),
    ("ALTER PUBLICATION changes ADD TABLE people", &["drift-changed: publication changes"]),
    ("CREATE EXTENSION hstore", &["drift-extra: extension hstore"]),
];

#[test]
fn each_change_by_hand_is_found_and_nothing_else() {
    let original = Case::new(&[("001_shop.sql", SHOP)]);
    assert_eq!(original.findings(), [""; 0]);
    assert!(CHANGES.len() > 40);
    // Under one name, so that it is built afresh only once.
    let case = Case {
        database: TestDatabase::clone_of(&original.database),
        sandbox: Sandbox::new(&[("001_shop.sql", SHOP)]),
    };
    let mut failures = Vec::new();
    for (sql, wanted) in CHANGES {
        case.database.replace_by_clone_of(&original.database);
        case.mark(Mark::Test);
        case.by_hand(sql);
        let found = case.findings();
        if found != *wanted {
            failures.push(format!("{sql}\n  wanted {wanted:?}\n  found {found:?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
