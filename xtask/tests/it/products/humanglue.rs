//! What only `humanglue` promises: organizations that are kept apart, counts and notifications by triggers, figures of the dashboards,
//! an API whose names came later, and indexes that are used.
//!
//! [`access`] (who may see and change what), [`constraints`] and deletions, [`triggers`], [`functions`], [`compatibility`] of the last
//! migration, [`plans`] of queries and [`seeds`] with the figures that they have to meet are files of their own.

mod access;
mod compatibility;
mod constraints;
mod functions;
mod plans;
mod seeds;
mod triggers;

use crate::harness::TestDatabase;

const PRODUCT: &str = "humanglue";

/// One organization with a row at least in each table; see there.
const ROWS: &str = include_str!("humanglue/rows.sql");

/// The admin of the platform, who belongs to neither organization.
const PLATFORM_ADMIN: &str = "00000003-0000-4000-8000-000000000001";

/// The names of `rows.sql`; a row's id is made of its organization and its place here.
const NAMES: [&str; 26] = [
    "org",
    "M",
    "S",
    "L",
    "I",
    "J",
    "A",
    "N",
    "team",
    "course",
    "paid",
    "draft",
    "old",
    "section",
    "hidden",
    "lesson",
    "preview",
    "late",
    "ws",
    "wdraft",
    "wpaid",
    "assessment",
    "adone",
    "consultation",
    "payment",
    "spare",
];

/// The id of a row of the first or second organization.
fn id(organization: u8, name: &str) -> String {
    let place = NAMES.iter().position(|known| *known == name).unwrap();
    let organization = if name == "spare" { 3 } else { organization };
    format!("0000000{organization}-0000-4000-8000-{:012}", place + 100)
}

/// Puts ids in the place of `{name}`, a row of the organization `own`, and `{name'}`, the same row of the other one.
fn spelled_out(sql: &str, own: u8) -> String {
    NAMES.iter().fold(sql.to_owned(), |sql, name| {
        sql.replace(&format!("{{{name}}}"), &format!("'{}'", id(own, name)))
            .replace(&format!("{{{name}'}}"), &format!("'{}'", id(3 - own, name)))
    })
}

/// Both organizations, a third one without anybody, and the admin of the platform.
fn rows() -> String {
    let platform = format!(
        "INSERT INTO public.organizations (id, name, slug) VALUES ({{spare}}, 'Spare', 'spare');
         INSERT INTO auth.users (id, email) VALUES ('{PLATFORM_ADMIN}', 'p@example.org');
         INSERT INTO public.users (id, email, name) VALUES ('{PLATFORM_ADMIN}', 'p@example.org', 'P');
         INSERT INTO public.user_roles (user_id, role) VALUES ('{PLATFORM_ADMIN}', 'admin');"
    );
    [spelled_out(ROWS, 1), spelled_out(ROWS, 2), spelled_out(&platform, 1)].concat()
}

/// A migrated database, with [`rows`].
fn with_rows() -> TestDatabase {
    let database = TestDatabase::of(PRODUCT);
    database.connect().batch_execute(&rows()).unwrap();
    database
}
