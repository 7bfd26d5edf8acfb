//! PostgreSQL from the client's side: connection strings, connections, SQL text and error reports.

pub mod connect;
pub mod execute;
pub mod lex;
pub mod report;
pub mod script;
pub mod tls;
pub mod url;
