//! Migrations: files on disk, rows in the ledger, the plan that follows from both, and its application.
//!
//! ```text
//! file (disk → Migration)   ledger (rows → Applied)   plan (pure: both → Plan)   apply (Plan → database)
//! ```

pub mod apply;
pub mod file;
pub mod ledger;
pub mod lock;
mod message;
pub mod obstacle;
pub mod plan;
pub mod repair;
pub mod rollback;
pub mod session;
pub mod statements;
