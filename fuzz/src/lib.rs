//! What the fuzzing targets run: the bodies in `targets/`, over the house the tests are in.

// The targets use a part of it.
#[allow(dead_code)]
#[path = "../../tests/it/house.rs"]
mod house;
mod targets;

/// Runs one input through the target of this name; a law that is broken panics.
pub fn run(target: &str, data: &[u8]) {
    targets::run(target, data);
}
