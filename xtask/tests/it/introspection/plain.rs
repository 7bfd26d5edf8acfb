//! Definitions of indexes and keys that the toolkit puts together itself, held to what the server writes.
//!
//! [`assert_written_as_the_server_does`] also runs on every schema of the other tests here: on all facets, pairs and hostile names.

use postgres::Transaction;
use xtask::schema::{Schema, introspect_within};

use crate::harness::TestDatabase;
use crate::products::products;

/// Every index and key of the schema's relations as the server writes it, with its table and its name.
const WRITTEN_BY_THE_SERVER: &str = "
    SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname), quote_ident(o.name), o.definition
      FROM (SELECT i.indrelid, ic.relname, pg_get_indexdef(ic.oid)
              FROM pg_index AS i JOIN pg_class AS ic ON ic.oid = i.indexrelid
            UNION ALL
            SELECT conrelid, conname, pg_get_constraintdef(oid) FROM pg_constraint) AS o (relation, name, definition)
      JOIN pg_class AS c ON c.oid = o.relation
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.oid >= 16384";

/// What the toolkit says of every index and key, the server says too, letter by letter. Says how many there are.
pub fn assert_written_as_the_server_does(transaction: &mut Transaction<'_>, schema: &Schema) -> usize {
    let mut savepoint = transaction.transaction().unwrap();
    savepoint
        .batch_execute("SET LOCAL search_path = ''; SET LOCAL quote_all_identifiers = off; SET LOCAL standard_conforming_strings = on;
            SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL TimeZone = 'UTC'; SET LOCAL IntervalStyle = 'postgres'")
        .unwrap();
    let rows = savepoint.query(WRITTEN_BY_THE_SERVER, &[]).unwrap();
    let written: Vec<[String; 3]> = rows.iter().map(|row| [0, 1, 2].map(|at| row.get(at))).collect();
    savepoint.rollback().unwrap();
    let mut count = 0;
    for relation in &schema.relations {
        let table = format!("{}.{}", relation.schema, relation.name);
        let indexes = relation.indexes.iter().map(|it| (&it.name, &it.definition));
        let keys = relation.constraints.iter().map(|it| (&it.name, &it.definition));
        for (name, definition) in indexes.chain(keys) {
            let told = [table.clone(), name.clone(), definition.clone()];
            assert!(written.contains(&told), "the server does not write {told:#?}");
            count += 1;
        }
        assert!(relation.indexes.iter().all(|it| it.table == table));
        assert!(relation.triggers.iter().all(|it| it.table == table));
    }
    count
}

/// One of each shape that an index or a key can have, plain or just not.
const SHAPES: &str = "
    CREATE DOMAIN word AS text; CREATE DOMAIN short AS varchar(9); CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE TYPE pair AS (a int, b int);
    CREATE TABLE a (x int, y bigint, z uuid, t text, v varchar(9), c char(9), n name, b bool, at timestamptz, net inet, range cidr, o oid, w word, s short,
                    m mood, l int[], p pair, r int4range, j jsonb, de text COLLATE \"C\", d text COLLATE \"default\", vc varchar COLLATE \"C\",
                    q numeric, ch \"char\", mac macaddr, i interval, PRIMARY KEY (x, y), UNIQUE (z));
    ALTER TABLE a DROP b; ALTER TABLE a ADD b bool;
    CREATE TABLE b (k int, l bigint, x int REFERENCES b, y bigint, PRIMARY KEY (k) INCLUDE (l), UNIQUE (x) INCLUDE (y), UNIQUE (x, y) DEFERRABLE, UNIQUE (y));
    CREATE TABLE part (a int, b int, PRIMARY KEY (a, b)) PARTITION BY LIST (a); CREATE TABLE part_1 PARTITION OF part FOR VALUES IN (1);
    CREATE INDEX ON part (b); CREATE INDEX ON ONLY part (b DESC); CREATE INDEX ON part_1 (b, a); ALTER TABLE part ADD FOREIGN KEY (a, b) REFERENCES part;
    CREATE MATERIALIZED VIEW mv AS SELECT 1 AS one; CREATE UNIQUE INDEX ON mv (one);
    CREATE INDEX ON a (x); CREATE UNIQUE INDEX ON a (y, x); CREATE INDEX ON a (z DESC, t ASC); CREATE INDEX ON a (v NULLS FIRST, c DESC NULLS LAST);
    CREATE INDEX ON a (n); CREATE INDEX ON a (net); CREATE INDEX ON a (range); CREATE INDEX ON a (o); CREATE INDEX ON a (w); CREATE INDEX ON a (s);
    CREATE INDEX ON a (m); CREATE INDEX ON a (l); CREATE INDEX ON a (p); CREATE INDEX ON a (r); CREATE INDEX ON a (j); CREATE INDEX ON a (de);
    CREATE INDEX ON a (d); CREATE INDEX ON a (vc); CREATE INDEX ON a (q, ch, mac, i); CREATE INDEX ON a (b, at DESC);
    CREATE INDEX ON a (x oid_ops); CREATE INDEX ON a (v bpchar_ops); CREATE INDEX ON a (v varchar_ops); CREATE INDEX ON a (t varchar_ops);
    CREATE INDEX ON a (t text_pattern_ops); CREATE INDEX ON a (net cidr_ops); CREATE INDEX ON a (t COLLATE \"C\"); CREATE INDEX ON a (de COLLATE \"default\");
    CREATE INDEX ON a (n COLLATE \"default\"); CREATE INDEX ON a (vc COLLATE \"default\"); CREATE INDEX ON a (v COLLATE \"C\");
    CREATE INDEX ON a USING hash (x); CREATE INDEX ON a USING gin (j); CREATE INDEX ON a USING gin (j jsonb_path_ops); CREATE INDEX ON a USING brin (at);
    CREATE INDEX ON a USING gist (r); CREATE INDEX ON a USING spgist (t);
    CREATE INDEX ON a (x) INCLUDE (t, j); CREATE UNIQUE INDEX ON a (x) INCLUDE (de) WHERE y > 0; CREATE INDEX ON a (x) WITH (fillfactor = 70);
    CREATE INDEX ON a (lower(t)); CREATE INDEX ON a ((x + 1), y); CREATE INDEX ON a (x) WHERE t = 'it''s' AND at > '2020-01-01 09:00+09' OR v IS NULL;
    CREATE INDEX ON a (x) WHERE m = 'good' AND n <> 'x' COLLATE \"C\"; CREATE INDEX ON a (x) WHERE b; CREATE INDEX ON a (x) WHERE NOT b;
    CREATE TABLE c (x int, y bigint, z uuid,
        CONSTRAINT f1 FOREIGN KEY (x, y) REFERENCES a, CONSTRAINT f2 FOREIGN KEY (z) REFERENCES a (z) ON DELETE CASCADE,
        CONSTRAINT f3 FOREIGN KEY (y, x) REFERENCES a (y, x) ON UPDATE CASCADE ON DELETE SET NULL, CONSTRAINT f4 FOREIGN KEY (x, y) REFERENCES a MATCH FULL,
        CONSTRAINT f5 FOREIGN KEY (x, y) REFERENCES a ON DELETE SET DEFAULT, CONSTRAINT f6 FOREIGN KEY (x, y) REFERENCES a ON UPDATE RESTRICT ON DELETE RESTRICT,
        CONSTRAINT f7 FOREIGN KEY (x, y) REFERENCES a DEFERRABLE, CONSTRAINT f8 FOREIGN KEY (x, y) REFERENCES a DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT k1 PRIMARY KEY (z) DEFERRABLE);
    ALTER TABLE c ADD CONSTRAINT f9 FOREIGN KEY (x, y) REFERENCES a NOT VALID;";

/// The parts of [`SHAPES`] that PostgreSQL 14 does not know.
const SHAPES_15: &str = "
    CREATE UNIQUE INDEX ON a (x) NULLS NOT DISTINCT; CREATE UNIQUE INDEX ON a (x) INCLUDE (y) NULLS NOT DISTINCT WHERE x > 0;
    ALTER TABLE c ADD UNIQUE NULLS NOT DISTINCT (x, y);
    ALTER TABLE c ADD FOREIGN KEY (x, y) REFERENCES a ON DELETE SET NULL (y); ALTER TABLE c ADD FOREIGN KEY (x, y) REFERENCES a ON DELETE SET DEFAULT (x);";

/// The part of [`SHAPES`] that PostgreSQL 17 does not know.
const SHAPES_18: &str = "
    CREATE TABLE times (id int4range, during tstzrange, CONSTRAINT k PRIMARY KEY (id, during WITHOUT OVERLAPS));
    CREATE TABLE within (id int4range, during tstzrange, FOREIGN KEY (id, PERIOD during) REFERENCES times (id, PERIOD during));
    ALTER TABLE c ADD FOREIGN KEY (x, y) REFERENCES a NOT ENFORCED;";

#[test]
fn every_shape_of_an_index_or_a_key_is_written_as_the_server_does() {
    let database = TestDatabase::empty();
    let mut client = database.connect();
    let version: String = client.query_one("SHOW server_version_num", &[]).unwrap().get(0);
    let version = version.parse::<u32>().unwrap() / 10_000;
    let mut transaction = client.transaction().unwrap();
    for (_, shapes) in [(14, SHAPES), (15, SHAPES_15), (18, SHAPES_18)]
        .iter()
        .filter(|(since, _)| *since <= version)
    {
        transaction.batch_execute(shapes).unwrap();
    }
    let schema = introspect_within(&mut transaction).unwrap();
    assert!(assert_written_as_the_server_does(&mut transaction, &schema) > 70);
}

/// A class of its own makes that of `text` one that has to be written.
#[test]
fn a_default_class_that_someone_made_for_character_varying_counts() {
    let database = TestDatabase::empty();
    let mut client = database.connect();
    let mut transaction = client.transaction().unwrap();
    transaction
        .batch_execute(
            "CREATE TABLE t (a varchar(9)); CREATE INDEX before ON t (a);
             CREATE OPERATOR CLASS own DEFAULT FOR TYPE varchar USING btree AS OPERATOR 1 <(text, text), OPERATOR 2 <=(text, text),
                 OPERATOR 3 =(text, text), OPERATOR 4 >=(text, text), OPERATOR 5 >(text, text), FUNCTION 1 (varchar, varchar) bttextcmp(text, text);
             CREATE INDEX after ON t (a)",
        )
        .unwrap();
    let schema = introspect_within(&mut transaction).unwrap();
    let definitions = schema.relations[0].indexes.iter().map(|it| it.definition.as_str());
    let written = [
        "CREATE INDEX after ON public.t USING btree (a)",
        "CREATE INDEX before ON public.t USING btree (a text_ops)",
    ];
    assert_eq!(definitions.collect::<Vec<_>>(), written);
    assert_eq!(assert_written_as_the_server_does(&mut transaction, &schema), 2);
}

#[test]
fn the_indexes_and_keys_of_every_product_are_written_as_the_server_does() {
    for product in products() {
        let database = TestDatabase::of(&product.name);
        let mut client = database.connect();
        let mut transaction = client.transaction().unwrap();
        let schema = introspect_within(&mut transaction).unwrap();
        assert!(assert_written_as_the_server_does(&mut transaction, &schema) > 0);
    }
}
