//! A schema toolkit for PostgreSQL.
pub mod cli;
pub mod commands;
pub mod guard;
pub mod migration;
pub mod outcome;
pub mod pg;
pub mod schema;
pub mod seed;
pub mod server;
pub mod ui;
pub mod workspace;
