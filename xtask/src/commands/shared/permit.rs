//! Asking the guard, on the connection that is to be used.

use anyhow::{Context as _, Result};
use postgres::Client;

use super::context::{Context, Located};
use crate::cli::Consent;
use crate::guard::facts::{Identity, identity, losses};
use crate::guard::{Action, Facts, Obstacle, Permit, Server, decide, production_environment};
use crate::pg::url::Target;
use crate::server;
use crate::ui;
use crate::workspace::Database;

/// The permit for `action` on the database that `client` is connected to. On a terminal, what would be lost is shown and the name of the
/// database asked for where the guard wants it repeated; elsewhere the flag is the only way.
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
    let facts = facts(context, database, located, client)?;
    let refusal = match decide(action, &facts, consent.erase.as_deref()) {
        Ok(permit) => return Ok(permit),
        Err(refusal) => refusal,
    };
    let Some(name) = refusal.wanted_name().filter(|_| ui::is_interactive()) else {
        return Err(refusal.into());
    };
    ui::warn(format!("about to {action} `{name}`: {}", refusal.reason()));
    for line in losses(client).context("failed to find out what would be lost")? {
        ui::note(line);
    }
    let typed = ui::ask(format!("type `{name}` to go on, anything else to leave it as it is"))?;
    // The guard decides again, so that what is typed is held to the same rule as the flag.
    let typed = (!typed.is_empty()).then_some(typed);
    Ok(decide(action, &facts, typed.as_deref())?)
}

/// What the guard decides on: where the connection really arrived, and what is said there.
fn facts(context: &Context, database: &Database, located: &Located, client: &mut Client) -> Result<Facts> {
    let identity = identity(client).context("failed to find out what database this is")?;
    let settings = &database.settings;
    let endpoints = hosts(&located.target);
    Ok(Facts {
        server: if is_development_server(context, located, &identity)? {
            Server::Development
        } else {
            Server::Other(format!("{endpoints} (as the server says: {})", identity.address))
        },
        obstacle: match &identity {
            Identity { is_standby: true, .. } => Some(Obstacle::Standby),
            Identity { is_template: true, .. } => Some(Obstacle::Template),
            _ => None,
        },
        mark: identity.mark,
        production_environment: production_environment(
            |name| context.variable(name).map(str::to_owned),
            &settings.production_environments,
        ),
        protected_host: protected_host(&located.target, &identity.host, &settings.protected_hosts),
        key: identity.key,
        database: identity.database,
    })
}

/// Whether the connection arrived at the workspace's own server: by its port of this machine, at the data that was made for it. One of the
/// two alone does not say so: a tunnel may end at that port, and a physical copy elsewhere has the same identifier.
fn is_development_server(context: &Context, located: &Located, identity: &Identity) -> Result<bool> {
    let Some(own) = server::recorded(context.workspace.root())? else {
        return Ok(false);
    };
    let arrived = own.system_identifier == Some(identity.key.system_identifier);
    Ok(arrived && leads_here(&located.target, own.port))
}

/// Whether all the places that a connection may go to are this port of this machine.
fn leads_here(target: &Target, port: u16) -> bool {
    target.endpoints().iter().all(|endpoint| {
        let address = endpoint.address.or_else(|| endpoint.host.parse().ok());
        let is_here = address.map_or(endpoint.host == "localhost", |address| address.is_loopback());
        is_here && endpoint.port == port
    })
}

fn hosts(target: &Target) -> String {
    let hosts: Vec<String> = target.endpoints().iter().map(ToString::to_string).collect();
    hosts.join(",")
}

/// The first host of the target, or the address that the server has, that a pattern, exact or `*.example.com`, names.
fn protected_host(target: &Target, arrived: &str, patterns: &[String]) -> Option<String> {
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
    let named = target.endpoints().iter().flat_map(|endpoint| {
        let address = endpoint.address.map(|address| address.to_string());
        std::iter::once(endpoint.host.clone()).chain(address)
    });
    named
        .chain(std::iter::once(arrived.to_owned()))
        .find(|host| is_protected(host))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pg::url::Environment;

    #[test]
    fn only_the_port_of_this_machine_leads_here() {
        for (url, expected) in [
            ("postgres://u@127.0.0.1:7000/d", true),
            ("postgres://u@localhost:7000/d", true),
            ("postgres://u@[::1]:7000/d", true),
            ("host=db.example.com hostaddr=127.0.0.1 port=7000 dbname=d user=u", true),
            ("postgres://u@127.0.0.1:7001/d", false),
            ("postgres://u@db.example.com:7000/d", false),
            ("host=localhost hostaddr=203.0.113.7 port=7000 dbname=d user=u", false),
            ("postgres://u@localhost.example.com:7000/d", false),
            ("postgres://u@127.0.0.1:7000,db.example.com:7000/d", false),
            ("postgres://u@%2Fvar%2Frun%2Fpostgresql:7000/d", false),
        ] {
            let target = Target::parse(url, &Environment::default()).unwrap();
            assert_eq!(leads_here(&target, 7000), expected, "{url}");
        }
    }
}
