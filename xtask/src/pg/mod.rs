//! PostgreSQL as a client sees it: where a server is, how to reach it safely, SQL text, and what the server said.
//!
//! Every connection of the toolkit is made here, so that passwords are redacted and time-outs applied in one place.

pub mod connect;
pub mod execute;
pub mod lex;
pub mod report;
pub mod script;
pub mod tls;
pub mod url;
