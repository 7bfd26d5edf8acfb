//! What the tests stand on: the server, databases that clean up after themselves, workspaces in a temporary folder, the real program.

pub mod access;
pub mod database;
pub mod faults;
pub mod plans;
pub mod program;
pub mod proxy;
pub mod running;
pub mod server;
mod stock;

pub use database::{HELD_UP, TestDatabase, wait_until};
pub use program::Sandbox;
pub use proxy::Proxy;
pub use server::TestServer;
