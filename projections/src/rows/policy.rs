//! Rows of policies: the one in force, and every adopted one.

use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use events::{Band, Policy, Text};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::packed::Packed;
use super::{CycleRow, CycleState, Error, Key, Row, Rows, RowsMut, Table, put, put_as, shared};

/// The policy in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyRow {
    /// The complete policy, not only the adopted part.
    #[serde(serialize_with = "pack", deserialize_with = "unpack")]
    pub policy: Policy,
    /// The seq of the event that adopted it.
    pub touched: u64,
}

impl PolicyRow {
    /// Puts a policy into force, and stores it for the cycles closed under it.
    pub(crate) fn adopt(self, rows: &mut (impl RowsMut + ?Sized), seq: u64) -> Result<(), Error> {
        put_as(rows, seq, adopted(self.touched), &self)?;
        put(rows, seq, &self)
    }
}

impl Row for PolicyRow {
    const TABLE: Table = Table::Policy;
    fn key(&self) -> Key {
        Key::of(Table::Policy)
    }
}

/// Returns the key of the policy adopted by the event `seq`.
fn adopted(seq: u64) -> Key {
    Key::of(Table::Adopted).seq(seq)
}

/// A policy that is or was in force.
#[derive(Debug, Clone)]
pub(crate) struct InForce(Arc<PolicyRow>);

impl InForce {
    pub(crate) fn into_owned(self) -> Policy {
        Arc::unwrap_or_clone(self.0).policy
    }

    /// Returns the seq of the adopting event; 0 for the default policy.
    pub(crate) fn adopted_by(&self) -> u64 {
        self.0.touched
    }

    fn or_default(stored: Option<Arc<PolicyRow>>) -> InForce {
        // The policy is read for every event, and most ledgers never adopt one.
        static DEFAULT: LazyLock<Arc<PolicyRow>> =
            LazyLock::new(|| Arc::new(PolicyRow { policy: Policy::default(), touched: 0 }));
        InForce(stored.unwrap_or_else(|| Arc::clone(&DEFAULT)))
    }
}

impl Deref for InForce {
    type Target = Policy;

    fn deref(&self) -> &Policy {
        &self.0.policy
    }
}

/// Returns the policy in force: the last adopted one, or the default.
pub(crate) fn policy_in_force(rows: &(impl Rows + ?Sized)) -> Result<InForce, Error> {
    Ok(InForce::or_default(shared(rows, &Key::of(Table::Policy))?))
}

/// Returns the policy for a cycle's scores: the one it was closed under, or the one in force.
pub(crate) fn policy_of(rows: &(impl Rows + ?Sized), cycle: &CycleRow) -> Result<InForce, Error> {
    match (cycle.state, &cycle.closed_under) {
        (CycleState::Closed, Some(closed_under)) => {
            Ok(InForce::or_default(shared(rows, &adopted(closed_under.policy))?))
        }
        _ => policy_in_force(rows),
    }
}

/// A policy without its potentially long lists, followed by these lists.
type Parts = (Policy, Packed<Vec<Band>>, Packed<Vec<Text>>);

fn pack<S: Serializer>(policy: &Policy, serializer: S) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        return policy.serialize(serializer);
    }
    let mut rest = policy.clone();
    let bands = std::mem::take(&mut rest.bands);
    let output_words = std::mem::take(&mut rest.output_words);
    (rest, Packed(bands), Packed(output_words)).serialize(serializer)
}

fn unpack<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Policy, D::Error> {
    if deserializer.is_human_readable() {
        return Policy::deserialize(deserializer);
    }
    let (rest, bands, output_words) = Parts::deserialize(deserializer)?;
    Ok(Policy { bands: bands.0, output_words: output_words.0, ..rest })
}
