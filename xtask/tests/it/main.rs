//! The integration tests: one program, one PostgreSQL server for the whole run.
//!
//! The server is a container by testcontainers with the toolkit's own image; `XTASK_TEST_SERVER=local` uses PostgreSQL that is installed
//! on this machine, and `TEST_DATABASE_URL` a server that is there.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that can't go on panics, and says what it leaves behind"
)]

mod commands;
mod harness;
mod migrations;
mod products;
mod reports;
mod reset;
mod seeds;
