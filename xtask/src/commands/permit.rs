//! Asking the guard, on the connection that is to be used.

use anyhow::{Context as _, Result};
use postgres::Client;

use super::context::{Context, Located, Origin};
use crate::cli::Consent;
use crate::guard::facts::identity;
use crate::guard::{Action, Facts, Permit, Server, decide, production_environment};
use crate::pg::url::Target;
use crate::workspace::Database;

/// The permit for `action` on the database that `client` is connected to.
///
/// # Errors
/// [`crate::guard::Refusal`]; whatever the server says.
pub fn ask(
    context: &Context,
    database: &Database,
    located: &Located,
    client: &mut Client,
    action: Action,
    consent: &Consent,
) -> Result<Permit> {
    let identity = identity(client).context("failed to find out what database this is")?;
    let settings = &database.settings;
    let facts = Facts {
        database: identity.database,
        server: match located.origin {
            Origin::DevelopmentServer => Server::Development,
            Origin::Given(_) => Server::Other(format!(
                "{} (as the server says: {})",
                hosts(&located.target),
                identity.address
            )),
        },
        mark: identity.mark,
        production_environment: production_environment(
            |name| context.variable(name).map(str::to_owned),
            &settings.production_environments,
        ),
        protected_host: protected_host(&located.target, &settings.protected_hosts),
    };
    Ok(decide(action, &facts, consent.erase.as_deref())?)
}

fn hosts(target: &Target) -> String {
    let hosts: Vec<String> = target.endpoints().iter().map(ToString::to_string).collect();
    hosts.join(",")
}

/// The first host of the target that a pattern, exact or `*.example.com`, names.
fn protected_host(target: &Target, patterns: &[String]) -> Option<String> {
    let is_protected = |host: &str| {
        let host = host.trim_end_matches('.').to_lowercase();
        patterns.iter().any(|pattern| {
            let pattern = pattern.trim().trim_end_matches('.').to_lowercase();
            match pattern.strip_prefix('*') {
                Some(end) => host.ends_with(end),
                None => host == pattern,
            }
        })
    };
    target.endpoints().iter().find_map(|endpoint| {
        let address = endpoint.address.map(|address| address.to_string());
        [Some(endpoint.host.clone()), address]
            .into_iter()
            .flatten()
            .find(|host| is_protected(host))
    })
}
