//! The contract: the queries that an application runs, and facts that its data must hold, checked against a live database.
//!
//! A `contract.sql` is SQL that `psql` understands too. Each statement stands directly under a block of comment lines, the first
//! of which is its header:
//!
//! ```sql
//! -- role: authenticated
//!
//! -- query: tool usage statistics (app/actions/dashboard-actions.ts:375-387)
//! -- anything else, for people
//! SELECT tool_id, count(*) FROM public.user_tool_usage WHERE user_id = $1 GROUP BY tool_id;
//!
//! -- check: there are 16 template questions
//! SELECT count(*) = 16 FROM public.template_questions;
//! ```
//!
//! A query is planned, as the role that runs it, and never run; a check is run, as the role that connects. Both happen in a transaction that
//! may not write and is rolled back.
//!
//! The role stands in a line `-- role: <name>`: at the top of the file for all queries, in the comment of a query for that one. Every
//! query has one, since as a superuser every query may be planned. Two names mean no fixed role: `owner`, who owns the database, and
//! `connection`, who connects, for an application whose role is only known to its operator. A role that is really called so is quoted.

mod check;
mod parse;
mod role;

use std::fmt;

use postgres::error::SqlState;

pub use self::check::{check, check_within};
pub use self::parse::parse;
pub use self::role::Role;

/// The statements of one `contract.sql`, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// Queries and checks.
    pub clauses: Vec<Clause>,
}

/// What a [`Clause`] asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The application runs it: the server must be able to plan it.
    Query,
    /// A fact: it must return one row of one boolean, true.
    Check,
}

/// One statement and what its header says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Query or check.
    pub kind: Kind,
    /// A query's name, or a check's sentence.
    pub name: String,
    /// Where the application runs the query: a file, with or without lines, or an endpoint.
    pub origin: Option<String>,
    /// Who runs it; a check is run by whoever connects.
    pub role: Role,
    /// The line of the contract that the statement begins in, from 1.
    pub line: usize,
    /// The statement, without its semicolon.
    pub sql: String,
}

/// Why a text is no contract; lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContractError {
    /// A statement has no header directly above it.
    #[error(
        "line {line}: this statement has no header; write `-- query: <name> (<file>:<line>)` or `-- check: <sentence>` as the first line of the comment directly above it"
    )]
    NoHeader {
        /// The line that the statement begins in.
        line: usize,
    },
    /// The text is not SQL that can be cut into statements.
    #[error("line {line}: {reason}")]
    Unreadable {
        /// Where the trouble begins.
        line: usize,
        /// Such as an open quote.
        reason: String,
    },
    /// A header has no statement directly below it.
    #[error("line {line}: there is no statement directly below `{header}`")]
    NoStatement {
        /// The header's line.
        line: usize,
        /// The header as written.
        header: String,
    },
    /// A query has no role, and neither has the file.
    #[error(
        "line {line}: nothing says which role runs the query `{name}`; write `-- role: <name>` at the top of the file, an empty line below it \
         (`owner`: who owns the database; `connection`: who connects), or in the comment of this query"
    )]
    NoRole {
        /// The line that the statement begins in.
        line: usize,
        /// The query's name.
        name: String,
    },
    /// What stands behind `role:` is no role, or it stands where it says nothing.
    #[error("line {line}: {reason}")]
    BadRole {
        /// Its line.
        line: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A header has no name.
    #[error("line {line}: this header has no name; write `-- query: <name> (<file>:<line>)` or `-- check: <sentence>`")]
    NoName {
        /// The header's line.
        line: usize,
    },
    /// Two headers have the same name, which would make reports ambiguous.
    #[error("line {line}: the name `{name}` is taken by the statement of line {first}; give one of them another")]
    SameName {
        /// The line of the second statement.
        line: usize,
        /// The line of the first statement.
        first: usize,
        /// Their name.
        name: String,
    },
}

/// What a [`Finding`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A query that the server can't plan, or not for that role.
    Query,
    /// A check that does not hold.
    Check,
    /// A role that queries name and that can't be taken on: they are not planned.
    Role,
}

impl From<Kind> for Subject {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Query => Self::Query,
            Kind::Check => Self::Check,
        }
    }
}

/// Something of the contract that the database does not keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is about.
    pub subject: Subject,
    /// The clause's name, or the role's.
    pub name: String,
    /// Where the application runs the query.
    pub origin: Option<String>,
    /// The line of the contract that the statement begins in, from 1; of a role, the first query's that names it.
    pub line: usize,
    /// The role that the clause was planned or run as, or would have been.
    pub role: String,
    /// The server's message, or what a check returned instead of true.
    pub message: String,
    /// The server's code of the error, such as `42501`.
    pub sqlstate: Option<String>,
    /// The server's hint.
    pub hint: Option<String>,
    /// Where in the statement, in characters from 1.
    pub position: Option<usize>,
}

impl fmt::Display for Finding {
    /// `` `name` (`origin`): message ``; where a right is missing, with the role that lacks it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.subject {
            Subject::Role => write!(out, "role `{}`", self.name)?,
            Subject::Query | Subject::Check => write!(out, "`{}`", self.name)?,
        }
        if let Some(origin) = &self.origin {
            write!(out, " (`{origin}`)")?;
        }
        write!(out, ": {}", self.message)?;
        let lacks_a_right = self.sqlstate.as_deref() == Some(SqlState::INSUFFICIENT_PRIVILEGE.code());
        if lacks_a_right && self.subject != Subject::Role {
            write!(out, " (as `{}`)", self.role)?;
        }
        Ok(())
    }
}

/// What came of holding a database against its contract.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What the database does not keep: first the roles that can't be taken on, then the clauses in the contract's order.
    pub findings: Vec<Finding>,
    /// What could not be proved here, in sentences: that queries which were planned as a superuser can be run by anybody else.
    pub notes: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_speaks_the_language_of_the_application() {
        let missing = Finding {
            subject: Subject::Query,
            name: "tool usage statistics".to_owned(),
            origin: Some("app/actions/dashboard-actions.ts:375".to_owned()),
            line: 1,
            role: "owner".to_owned(),
            message: "relation \"user_tool_usage\" does not exist".to_owned(),
            sqlstate: Some("42P01".to_owned()),
            hint: None,
            position: None,
        };
        assert_eq!(
            missing.to_string(),
            "`tool usage statistics` (`app/actions/dashboard-actions.ts:375`): relation \"user_tool_usage\" does not exist"
        );
        let refused = Finding {
            message: "permission denied for table tools".to_owned(),
            sqlstate: Some("42501".to_owned()),
            origin: None,
            ..missing
        };
        assert_eq!(
            refused.to_string(),
            "`tool usage statistics`: permission denied for table tools (as `owner`)"
        );
    }
}
