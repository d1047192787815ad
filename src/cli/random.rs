//! The only source of randomness for incarnations.

use uuid::Uuid;

use crate::journal::{Incarnation, NewIncarnation};

/// Returns a generator of random incarnations: 50 bits, so that two incarnations of one ledger never collide in
/// practice.
pub(crate) fn new_incarnation() -> NewIncarnation {
    // The lower 62 bits of a v4 UUID are random.
    Box::new(|| Incarnation::of(Uuid::new_v4().as_u64_pair().1))
}
