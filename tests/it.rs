//! One integration binary, grouped by subject.

#[path = "it/demo.rs"]
mod demo;
#[path = "it/house.rs"]
mod house;
#[path = "it/http.rs"]
mod http;
#[path = "it/laws.rs"]
mod laws;
