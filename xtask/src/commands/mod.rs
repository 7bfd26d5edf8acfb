//! One file a command: each reads what it needs, orchestrates, and reports. Commands never use each other; what they share is in
//! [`context`] (which databases, where they are), [`failure`] (what stopped one of them), [`progress`] (what people see meanwhile), [`permit`] (asking the guard)
//! and [`build`] (making a database from files).

pub mod build;
pub mod ci;
pub mod context;
pub mod failure;
pub mod faults;
pub mod mark;
pub mod migrate;
pub mod new;
pub mod permit;
pub mod progress;
pub mod repair;
pub mod reset;
pub mod rollback;
pub mod seed;
pub mod start;
pub mod status;
pub mod stop;
pub mod verify;
