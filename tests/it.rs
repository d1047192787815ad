//! One integration binary.

#[path = "it/demo.rs"]
mod demo;
