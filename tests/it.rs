//! One integration binary, grouped by subject.

#[path = "it/laws.rs"]
mod laws;
