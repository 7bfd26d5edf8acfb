//! What the tests stand on: the server, databases that clean up after themselves, workspaces in a temporary folder, the real program.

pub mod access;
pub mod database;
pub mod program;
pub mod server;

pub use database::TestDatabase;
pub use program::Sandbox;
pub use server::TestServer;
