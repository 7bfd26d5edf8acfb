//! One file a command: each reads what it needs, orchestrates, and reports. Commands never use each other; what they have in common is in
//! [`shared`].

pub mod ci;
pub mod faults;
pub mod mark;
pub mod migrate;
pub mod new;
pub mod repair;
pub mod reset;
pub mod rollback;
pub mod seed;
pub mod shared;
pub mod start;
pub mod status;
pub mod stop;
pub mod verify;
