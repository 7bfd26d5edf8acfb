//! Who may do what to which rows, tried as the roles themselves; and the proof that these tries notice every policy.
//!
//! A [`Case`] is one statement by one [`Actor`]. It proves something only where policies hold for whom it runs as: a superuser, a role
//! with BYPASSRLS and an owner of a table that does not force its policies are exempt from them, so the server is asked
//! (`row_security_active`) before each case, and a case that would prove nothing is a violation itself. All runs in one transaction that
//! is rolled back.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use postgres::error::SqlState;
use postgres::{Client, SimpleQueryMessage, Transaction};
use postgres_protocol::escape::{escape_identifier, escape_literal};

/// Somebody who sends statements.
#[derive(Debug, Clone)]
pub struct Actor {
    name: String,
    role: String,
    /// Settings that say who is signed in, such as `request.jwt.claims`.
    settings: Vec<(String, String)>,
    /// What a superuser runs before the role is taken.
    before: String,
    policies: Policies,
}

/// Whether policies hold for an [`Actor`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Policies {
    Hold,
    AreBypassed,
}

impl Actor {
    /// A role for which policies hold, with settings that say who is signed in.
    pub fn new(name: &str, role: &str, settings: &[(&str, &str)]) -> Self {
        Self {
            name: name.to_owned(),
            role: role.to_owned(),
            settings: settings
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            before: String::new(),
            policies: Policies::Hold,
        }
    }

    /// Nobody: Supabase's role `anon`.
    pub fn anon() -> Self {
        Self::new("anon", "anon", &[("request.jwt.claims", r#"{"role": "anon"}"#)])
    }

    /// Supabase's role `authenticated`, with claims that name no user.
    pub fn without_subject() -> Self {
        let claims = r#"{"role": "authenticated"}"#;
        Self::new(
            "a session without a user",
            "authenticated",
            &[("request.jwt.claims", claims)],
        )
    }

    /// A signed-in user: Supabase's role `authenticated` with their claims.
    pub fn user(name: &str, id: &str) -> Self {
        let claims = format!(r#"{{"sub": "{id}", "role": "authenticated"}}"#);
        Self::new(name, "authenticated", &[("request.jwt.claims", &claims)])
    }

    /// Supabase's role `service_role`, for which no policy holds.
    pub fn service() -> Self {
        Self {
            policies: Policies::AreBypassed,
            ..Self::new(
                "service_role",
                "service_role",
                &[("request.jwt.claims", r#"{"role": "service_role"}"#)],
            )
        }
    }

    /// Whoever owns `table` and is nobody special otherwise: a role made for the case, which may use `schemas`, as its triggers need.
    /// Policies hold for it only where they are forced.
    pub fn owner_of(table: &str, schemas: &[&str]) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let role = format!(
            "owner_{}_{}",
            std::process::id(),
            NUMBER.fetch_add(1, Ordering::Relaxed)
        );
        Self {
            before: schemas.iter().fold(
                format!("CREATE ROLE {role} NOLOGIN; ALTER TABLE {table} OWNER TO {role};"),
                |sql, schema| format!("{sql} GRANT USAGE ON SCHEMA {schema} TO {role};"),
            ),
            ..Self::new("the table's owner", &role, &[])
        }
    }

    /// Makes what follows in the transaction theirs.
    #[track_caller]
    pub fn sign_in(&self, transaction: &mut Transaction<'_>) {
        transaction.batch_execute(&self.entrance()).unwrap();
    }

    /// The statements that take the role and the settings, to the end of the transaction.
    fn entrance(&self) -> String {
        let Self {
            role, settings, before, ..
        } = self;
        let settings: Vec<String> = settings
            .iter()
            .map(|(name, value)| [escape_literal(name), escape_literal(value)])
            .map(|[name, value]| format!("SELECT set_config({name}, {value}, true);"))
            .collect();
        format!(
            "{before} {} SET LOCAL ROLE {};",
            settings.concat(),
            escape_identifier(role)
        )
    }
}

/// How a statement ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expect {
    /// It returns or changes so many rows.
    Rows(u64),
    /// A policy refuses the new row.
    RefusedByPolicy,
    /// The role has not been granted what the statement needs.
    NotGranted,
    /// Another error.
    Fails(SqlState),
}

/// One statement by one actor.
#[derive(Debug, Clone)]
pub struct Case {
    /// Who sends it.
    pub actor: Actor,
    /// The table whose policies it tries, with its schema.
    pub table: &'static str,
    /// The statement.
    pub sql: String,
    /// How it ends.
    pub expect: Expect,
}

/// The cases of a product.
#[derive(Debug, Clone)]
pub struct Suite {
    /// The rows that the cases are about, written as superuser.
    pub fixture: String,
    /// The tables whose policies are mutated, with their schemas.
    pub tables: Vec<&'static str>,
    /// What is tried.
    pub cases: Vec<Case>,
    /// What is asked of the catalogue besides.
    pub catalogue: Catalogue,
}

/// What the catalogue has to say. A policy that denies (`USING (false)`) has no effect that another case could see, for without any
/// policy PostgreSQL denies too; where a product promises such policies, only the catalogue can tell whether they are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Catalogue {
    /// Nothing.
    IsNotAsked,
    /// Each table has a policy for each of SELECT, INSERT, UPDATE and DELETE.
    HasAPolicyForEachCommand,
}

/// How many mutants there were, and which were not noticed.
#[derive(Debug, Default)]
pub struct Mutation {
    /// How many by what was done: `dropped`, `using true` …
    pub mutants: BTreeMap<&'static str, usize>,
    /// Those that only the catalogue told of.
    pub by_catalogue: Vec<String>,
    /// Those that nothing noticed.
    pub survivors: Vec<String>,
}

/// A change of something that policies stand on: a function that they call, a view's options.
#[derive(Debug, Clone)]
pub struct Change {
    /// What a survivor is called.
    pub name: String,
    /// The table whose cases are tried first.
    pub table: String,
    /// Makes it, as superuser.
    pub sql: String,
}

struct Mutant {
    kind: &'static str,
    table: String,
    name: String,
    sql: String,
}

impl Suite {
    /// Every case that does not end as expected.
    pub fn violations(&self, client: &mut Client) -> Vec<String> {
        let mut transaction = self.begin(client);
        let mut violations: Vec<String> = self
            .cases
            .iter()
            .filter_map(|case| case.violation(&mut transaction))
            .collect();
        violations.extend(self.catalogue_violation(&mut transaction));
        transaction.rollback().unwrap();
        violations
    }

    /// Changes one policy or table at a time and tries all again; every change must be noticed.
    ///
    /// # Panics
    /// A case that notices a change must hold without it: one that never holds would seem to notice everything.
    #[track_caller]
    pub fn mutate(&self, client: &mut Client) -> Mutation {
        let mut transaction = self.begin(client);
        let mutants = self.mutants(&mut transaction);
        self.try_mutants(transaction, mutants)
    }

    /// The same with other changes than those of policies and tables.
    #[track_caller]
    pub fn mutate_by(&self, client: &mut Client, changes: &[Change]) -> Mutation {
        let mutants = changes.iter().map(|change| Mutant {
            kind: "changed",
            table: change.table.clone(),
            name: change.name.clone(),
            sql: change.sql.clone(),
        });
        self.try_mutants(self.begin(client), mutants.collect())
    }

    #[track_caller]
    fn try_mutants(&self, mut transaction: Transaction<'_>, mutants: Vec<Mutant>) -> Mutation {
        let mut mutation = Mutation::default();
        for mutant in mutants {
            *mutation.mutants.entry(mutant.kind).or_default() += 1;
            transaction
                .batch_execute(&format!("SAVEPOINT mutant; {}", mutant.sql))
                .unwrap();
            let noticed = self.first_violation(&mut transaction, &mutant.table);
            if noticed.is_none() {
                match self.catalogue_violation(&mut transaction) {
                    Some(_) => mutation.by_catalogue.push(mutant.name),
                    None => mutation.survivors.push(mutant.name),
                }
            }
            transaction
                .batch_execute("ROLLBACK TO SAVEPOINT mutant; RELEASE SAVEPOINT mutant")
                .unwrap();
            let otherwise = noticed.and_then(|case| case.violation(&mut transaction));
            assert_eq!(otherwise, None, "found without any change");
        }
        transaction.rollback().unwrap();
        mutation
    }

    fn begin<'c>(&self, client: &'c mut Client) -> Transaction<'c> {
        let mut transaction = client.transaction().unwrap();
        transaction.batch_execute(&self.fixture).unwrap();
        transaction
    }

    /// The first case that does not hold, looked for among those of `table` first: that is where it mostly is.
    fn first_violation(&self, transaction: &mut Transaction<'_>, table: &str) -> Option<&Case> {
        let (near, far): (Vec<&Case>, Vec<&Case>) = self.cases.iter().partition(|case| case.table == table);
        near.into_iter()
            .chain(far)
            .find(|case| case.violation(transaction).is_some())
    }

    fn catalogue_violation(&self, transaction: &mut Transaction<'_>) -> Option<String> {
        match self.catalogue {
            Catalogue::IsNotAsked => return None,
            Catalogue::HasAPolicyForEachCommand => {}
        }
        let query = "SELECT string_agg(format('%s has no policy for %s', t.name, c.name), ', ')
            FROM unnest($1::text[]) AS t (name), unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) AS c (name)
            WHERE NOT EXISTS (SELECT FROM pg_policies
                WHERE schemaname || '.' || tablename = t.name AND cmd IN (c.name, 'ALL'))";
        transaction.query_one(query, &[&self.tables]).unwrap().get(0)
    }

    /// What is `true` already can't be made so: that would be no change.
    fn mutants(&self, transaction: &mut Transaction<'_>) -> Vec<Mutant> {
        let policies = transaction
            .query(
                "SELECT schemaname || '.' || tablename, policyname::text, coalesce(qual <> 'true', false), coalesce(with_check <> 'true', false)
                 FROM pg_policies
                 WHERE schemaname || '.' || tablename = ANY ($1) ORDER BY 1, 2",
                &[&self.tables],
            )
            .unwrap();
        let mut mutants = Vec::new();
        for row in policies {
            let (table, policy): (String, String) = (row.get(0), row.get(1));
            let (using, check): (bool, bool) = (row.get(2), row.get(3));
            let quoted = escape_identifier(&policy);
            let mut add = |kind: &'static str, sql: String| {
                mutants.push(Mutant {
                    kind,
                    table: table.clone(),
                    name: format!("{table}: {policy} {kind}"),
                    sql,
                });
            };
            add("dropped", format!("DROP POLICY {quoted} ON {table}"));
            if using {
                add("using true", format!("ALTER POLICY {quoted} ON {table} USING (true)"));
            }
            if check {
                add(
                    "with check true",
                    format!("ALTER POLICY {quoted} ON {table} WITH CHECK (true)"),
                );
            }
        }
        for table in &self.tables {
            for (kind, change) in [("not forced", "NO FORCE"), ("disabled", "DISABLE")] {
                mutants.push(Mutant {
                    kind,
                    table: (*table).to_owned(),
                    name: format!("{table}: row level security {kind}"),
                    sql: format!("ALTER TABLE {table} {change} ROW LEVEL SECURITY"),
                });
            }
        }
        mutants
    }
}

impl Mutation {
    /// How many mutants there were.
    pub fn count(&self) -> usize {
        self.mutants.values().sum()
    }

    /// Fails the test where a mutant survived or there was none; else says how many there were.
    #[track_caller]
    pub fn assert_no_survivors(&self, product: &str) {
        eprintln!(
            "{product}: {} mutants of policies {:?}, {} told by the catalogue only, {} survivors",
            self.count(),
            self.mutants,
            self.by_catalogue.len(),
            self.survivors.len()
        );
        assert!(self.count() > 0, "{product} has no policy to mutate");
        assert_eq!(self.survivors, Vec::<String>::new(), "no case notices these changes");
    }
}

impl Case {
    /// What is wrong, if anything is. The transaction is left as it was.
    pub fn violation(&self, transaction: &mut Transaction<'_>) -> Option<String> {
        let found = self.outcome(transaction);
        transaction
            .batch_execute("ROLLBACK TO SAVEPOINT one_case; RELEASE SAVEPOINT one_case")
            .unwrap();
        let wrong = match found {
            Ok(found) if found == self.expect => return None,
            Ok(found) => format!("expected {:?}, found {found:?}", self.expect),
            Err(reason) => reason,
        };
        Some(format!("{}: {}: {wrong}", self.actor.name, self.sql))
    }

    fn outcome(&self, transaction: &mut Transaction<'_>) -> Result<Expect, String> {
        self.become_actor(transaction)?;
        let error = match transaction.simple_query(&self.sql) {
            Ok(messages) => {
                let rows = messages.iter().rev().find_map(|message| match message {
                    SimpleQueryMessage::CommandComplete(rows) => Some(*rows),
                    _ => None,
                });
                return Ok(Expect::Rows(rows.unwrap_or(0)));
            }
            Err(error) => error,
        };
        let Some(server) = error.as_db_error() else {
            return Err(error.to_string());
        };
        match (server.code(), server.message()) {
            (&SqlState::INSUFFICIENT_PRIVILEGE, message) if message.contains("violates row-level security policy") => {
                Ok(Expect::RefusedByPolicy)
            }
            (&SqlState::INSUFFICIENT_PRIVILEGE, message) if message.starts_with("permission denied for table") => {
                Ok(Expect::NotGranted)
            }
            (&SqlState::INSUFFICIENT_PRIVILEGE, message) => Err(message.to_owned()),
            (code, message) if self.expect != Expect::Fails(code.clone()) => {
                Err(format!("{message} ({})", code.code()))
            }
            (code, _) => Ok(Expect::Fails(code.clone())),
        }
    }

    /// Takes the role and the settings, up to the savepoint; an error where the case would then prove nothing.
    fn become_actor(&self, transaction: &mut Transaction<'_>) -> Result<(), String> {
        let message = format!(
            "SAVEPOINT one_case; {} SELECT row_security_active({})",
            self.actor.entrance(),
            escape_literal(self.table)
        );
        let active = transaction
            .simple_query(&message)
            .unwrap()
            .iter()
            .rev()
            .find_map(|message| match message {
                SimpleQueryMessage::Row(row) => row.get(0).map(|active| active == "t"),
                _ => None,
            })
            .unwrap();
        let wanted = self.actor.policies == Policies::Hold;
        if active == wanted {
            return Ok(());
        }
        Err(format!(
            "row level security {} for this role on {}, so this proves nothing",
            if active { "holds" } else { "does not hold" },
            self.table
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::harness::TestDatabase;

    const TABLE: &str = "CREATE TABLE public.t (id integer); ALTER TABLE public.t ENABLE ROW LEVEL SECURITY;
        INSERT INTO public.t VALUES (1);";

    /// The violations of one case on the table `t`, made as `fixture` says, where the policies let nobody see a row.
    fn violations(actor: Actor, fixture: &str, rows: u64) -> Vec<String> {
        let suite = Suite {
            fixture: format!("{TABLE} {fixture}"),
            tables: vec!["public.t"],
            cases: vec![Case {
                actor,
                table: "public.t",
                sql: "SELECT FROM public.t".to_owned(),
                expect: Expect::Rows(rows),
            }],
            catalogue: Catalogue::IsNotAsked,
        };
        let database = TestDatabase::empty();
        suite.violations(&mut database.connect())
    }

    #[track_caller]
    fn assert_proves_nothing(actor: &Actor, fixture: &str) {
        for rows in [0, 1] {
            let found = violations(actor.clone(), fixture, rows);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].ends_with("so this proves nothing"), "{found:?}");
        }
    }

    #[test]
    fn a_case_as_superuser_owner_or_bypassing_role_proves_nothing_and_fails() {
        let role = format!("access_{}", std::process::id());
        assert_proves_nothing(
            &Actor::new("superuser", &role, &[]),
            &format!("CREATE ROLE {role} SUPERUSER;"),
        );
        let fixture = format!("CREATE ROLE {role} BYPASSRLS; GRANT SELECT ON public.t TO {role};");
        assert_proves_nothing(&Actor::new("bypassing", &role, &[]), &fixture);
        assert_proves_nothing(&Actor::owner_of("public.t", &[]), "");
        let fixture = format!(
            "CREATE ROLE {role}; GRANT SELECT ON public.t TO {role}; ALTER TABLE public.t DISABLE ROW LEVEL SECURITY;"
        );
        assert_proves_nothing(&Actor::new("anybody, without policies", &role, &[]), &fixture);
    }

    #[test]
    fn a_case_as_a_role_that_policies_hold_for_is_judged_by_its_rows() {
        let role = format!("access_plain_{}", std::process::id());
        let fixture = format!("CREATE ROLE {role}; GRANT SELECT ON public.t TO {role};");
        let actor = || Actor::new("anybody", &role, &[]);
        assert_eq!(violations(actor(), &fixture, 0), Vec::<String>::new());
        assert_eq!(violations(actor(), &fixture, 1).len(), 1);
        let forced = "ALTER TABLE public.t FORCE ROW LEVEL SECURITY;";
        assert_eq!(
            violations(Actor::owner_of("public.t", &[]), forced, 0),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_change_that_no_case_notices_is_a_survivor() {
        let role = format!("access_mutant_{}", std::process::id());
        let actor = Actor::new("anybody", &role, &[]);
        let suite = |sql: &str, rows: u64| {
            Suite {
            fixture: format!(
                "{TABLE} CREATE ROLE {role}; GRANT SELECT, DELETE ON public.t TO {role};
                 CREATE POLICY p ON public.t FOR DELETE TO {role} USING (id = 2); CREATE POLICY s ON public.t FOR SELECT USING (true)"
            ),
            tables: vec!["public.t"],
            cases: vec![Case {
                actor: actor.clone(),
                table: "public.t",
                sql: sql.to_owned(),
                expect: Expect::Rows(rows),
            }],
            catalogue: Catalogue::IsNotAsked,
        }
        };
        let database = TestDatabase::empty();
        let mut client = database.connect();
        let mutation = suite("SELECT FROM public.t", 1).mutate(&mut client);
        let of_p = ["public.t: p dropped", "public.t: p using true"];
        assert_eq!(mutation.survivors[..2], of_p, "it only reads, and p is about deleting");
        let mutation = suite("DELETE FROM public.t", 0).mutate(&mut client);
        assert!(!mutation.survivors.iter().any(|name| name == of_p[1]), "{mutation:?}");
        assert!(mutation.survivors.iter().any(|name| name == of_p[0]), "{mutation:?}");
        let broken = suite("DELETE FROM public.t", 1);
        let mutation = catch_unwind(AssertUnwindSafe(|| broken.mutate(&mut client)));
        assert!(
            mutation.is_err(),
            "a suite that does not hold notices everything: {mutation:?}"
        );
    }
}
