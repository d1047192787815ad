//! One integration binary, grouped by subject.

#[path = "it/house.rs"]
mod house;
#[path = "it/http.rs"]
mod http;
#[path = "it/laws.rs"]
mod laws;
