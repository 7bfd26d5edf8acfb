//! Advice on a live database.

use anyhow::Result;
use postgres::Client;

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// The rule's name.
    pub rule: &'static str,
    /// What it is about, each part of the name quoted where PostgreSQL would.
    pub object: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// The names of all rules.
pub fn rules() -> impl Iterator<Item = &'static str> {
    std::iter::empty()
}

/// Looks at the connected database.
///
/// # Errors
/// The connection is lost.
pub fn advise(_client: &mut Client) -> Result<Vec<Advice>> {
    Ok(Vec::new())
}
