//! Chance: the one place where incarnations are drawn.

use uuid::Uuid;

use crate::journal::{Incarnation, NewIncarnation};

/// Makes incarnations that nobody has seen: 50 bits, so that two of one ledger are never the same.
pub(crate) fn new_incarnation() -> NewIncarnation {
    // The lower 62 bits of such a UUID are random.
    Box::new(|| Incarnation::of(Uuid::new_v4().as_u64_pair().1))
}
