//! Runs the fuzzing targets in `targets/`, on the test server of the integration tests.

// The targets use only part of it.
#[allow(dead_code)]
#[path = "../../../tests/it/house.rs"]
mod house;
mod targets;

/// Runs one input through the target of this name. Panics if a law is broken.
pub fn run(target: &str, data: &[u8]) {
    targets::run(target, data);
}
