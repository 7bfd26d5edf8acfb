//! What is advised, rule by rule.
