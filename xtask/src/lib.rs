//! A schema toolkit for PostgreSQL: migrate, seed, reset and check databases, safely.
//!
//! Each module uses only those on lines below its own, and none beside it. A test reads this picture and holds the modules to it.
//!
//! ```text
//! commands
//! cli | outcome
//! migration | schema | seed | server | standin
//! guard
//! pg
//! workspace
//! ui
//! ```

pub mod cli;
pub mod commands;
pub mod guard;
pub mod migration;
pub mod outcome;
pub mod pg;
pub mod schema;
pub mod seed;
pub mod server;
pub mod standin;
pub mod ui;
pub mod workspace;
