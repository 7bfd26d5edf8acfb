//! What a hosting platform brings to every database, and no migration makes: it is left out of the schema, so that the snapshot is the
//! same on the real platform, on its stand-in and where neither is.
//!
//! All names are in this file. What a product adds to the platform's objects (a trigger on `auth.users`, a policy on `storage.objects`,
//! tables in a publication) is the product's, and stays.

use super::model::{Action, Grant, Relation, Schema};

/// The platform's schemas.
const SCHEMAS: &[&str] = &[
    "_realtime",
    "auth",
    "extensions",
    "graphql",
    "graphql_public",
    "pgbouncer",
    "pgsodium",
    "pgsodium_masks",
    "realtime",
    "storage",
    "supabase_functions",
    "supabase_migrations",
    "vault",
];

/// Extensions that the platform installs in its own schemas.
const EXTENSIONS: &[&str] = &[
    "\"uuid-ossp\"",
    "pg_graphql",
    "pg_net",
    "pg_stat_statements",
    "pgcrypto",
    "pgjwt",
    "pgsodium",
    "supabase_vault",
];

/// The roles that the platform grants schema public and its future objects to.
const ROLES: &[&str] = &["anon", "authenticated", "dashboard_user", "postgres", "service_role"];

/// Publications that the platform makes, without a table in them.
const PUBLICATIONS: &[&str] = &["supabase_realtime", "supabase_realtime_messages_publication"];

/// A statement that gives a row where the platform is, by the mark that [`leave_out`] looks for, and none elsewhere. It asks the catalogues,
/// since not everybody may use the schema.
pub(super) const IS_PRESENT: &str = "SELECT '', '', '', '' FROM pg_catalog.pg_namespace AS n WHERE n.nspname = 'auth'
    AND EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.relnamespace = n.oid AND c.relname = 'users')
    AND EXISTS (SELECT FROM pg_catalog.pg_proc AS f WHERE f.pronamespace = n.oid AND f.proname = 'uid');\n";

/// Removes what the platform brought, if it is there: its mark is `auth.users` together with `auth.uid()`. A database that merely has a
/// schema of one of these names keeps it.
pub(super) fn leave_out(schema: &mut Schema) {
    let has_users = schema
        .relations
        .iter()
        .any(|it| (it.schema.as_str(), it.name.as_str()) == ("auth", "users"));
    let has_uid = schema
        .routines
        .iter()
        .any(|it| (it.schema.as_str(), it.name.as_str()) == ("auth", "uid"));
    if !(has_users && has_uid) {
        return;
    }
    schema.namespaces.retain(|it| !is_platform(&it.name));
    schema.types.retain(|it| !is_platform(&it.schema));
    schema.sequences.retain(|it| !is_platform(&it.schema));
    schema.routines.retain(|it| !is_platform(&it.schema));
    schema
        .relations
        .retain_mut(|it| !is_platform(&it.schema) || keep_additions(it));
    schema
        .others
        .retain(|it| !it.schema.as_deref().is_some_and(is_platform));
    schema
        .extensions
        .retain(|it| !(is_platform(&it.schema) && EXTENSIONS.contains(&it.name.as_str())));
    schema
        .event_triggers
        .retain(|it| !is_qualified_by_platform(&it.function));
    schema
        .publications
        .retain(|it| !(PUBLICATIONS.contains(&it.name.as_str()) && it.members.is_empty() && it.comment.is_none()));
    schema.default_privileges.retain(|it| {
        let place = it.schema.as_deref().unwrap_or("public");
        !(is_platform(place) || (place == "public" && is_platforms_grant(&it.grant)))
    });
    for namespace in schema.namespaces.iter_mut().filter(|it| it.name == "public") {
        namespace
            .grants
            .retain(|it| !(is_platforms_grant(it) && it.privileges == ["usage"]));
    }
}

/// Whether the platform, where it is, has a schema of this name.
pub(super) fn is_platform(schema: &str) -> bool {
    SCHEMAS.contains(&schema)
}

fn is_platforms_grant(grant: &Grant) -> bool {
    grant.action == Action::Grant && ROLES.contains(&grant.role.as_str())
}

/// Whether `name` begins with the name of a schema of the platform, as in `extensions.grant_pg_net_access()`.
fn is_qualified_by_platform(name: &str) -> bool {
    name.split_once('.').is_some_and(|(schema, _)| is_platform(schema))
}

/// Strips a table of the platform down to the triggers and policies that a product has added to it; whether there are any.
fn keep_additions(table: &mut Relation) -> bool {
    table.triggers.retain(|it| {
        let function = it
            .definition
            .rsplit_once(" EXECUTE FUNCTION ")
            .map_or("", |(_, function)| function);
        !is_qualified_by_platform(function)
    });
    if table.triggers.is_empty() && table.policies.is_empty() {
        return false;
    }
    table.columns.clear();
    table.constraints.clear();
    table.indexes.clear();
    table.statistics.clear();
    table.rules.clear();
    table.grants.clear();
    table.options.clear();
    table.parents.clear();
    table.details.clear();
    (table.row_security, table.replica_identity) = (None, None);
    (table.partition_key, table.partition_bound, table.comment) = (None, None, None);
    true
}
