//! What commands have in common: [`context`] (which databases, where they are), [`failure`] (what stopped one of them), [`progress`] (what
//! people see meanwhile), [`permit`] (asking the guard) and [`build`] (making a database from files).

pub mod build;
pub mod context;
pub mod failure;
pub mod permit;
pub mod progress;
