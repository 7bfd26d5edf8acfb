//! The integration tests: one program, one PostgreSQL server for the whole run.
//!
//! The server is a container by testcontainers with the toolkit's own image; `XTASK_TEST_SERVER=local` uses PostgreSQL that is installed
//! on this machine, and `TEST_DATABASE_URL` a server that is there.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what a test measured or could not do is for the log of its run"
)]

mod advice;
mod commands;
mod concurrency;
mod connections;
mod contract;
mod crash;
mod development_server;
mod differences;
mod guard;
mod harness;
mod introspection;
mod locks;
mod migrations;
mod pooler;
mod products;
mod psql_agreement;
mod reports;
mod reset;
mod round_trips;
mod secrets;
mod seeds;
mod standin;
mod stops;
mod tidy;
mod verify;
