//! Policies: the one in force, and every one that was adopted.

use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use events::{Band, Policy, Text};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::packed::Packed;
use super::{CycleRow, CycleState, Error, Key, Row, Rows, RowsMut, Table, put, put_as, shared};

/// The policy in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyRow {
    /// The policy.
    #[serde(serialize_with = "pack", deserialize_with = "unpack")]
    pub policy: Policy,
    /// The event that adopted it.
    pub touched: u64,
}

impl PolicyRow {
    /// Puts a policy into force, and keeps it for the cycles that are closed under it.
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

/// The key of a policy that the event `seq` adopted.
fn adopted(seq: u64) -> Key {
    Key::of(Table::Adopted).seq(seq)
}

/// A policy that may be in force, or have been.
#[derive(Debug, Clone)]
pub(crate) struct InForce(Arc<PolicyRow>);

impl InForce {
    pub(crate) fn into_owned(self) -> Policy {
        Arc::unwrap_or_clone(self.0).policy
    }

    /// The event that adopted it; 0 for the default.
    pub(crate) fn adopted_by(&self) -> u64 {
        self.0.touched
    }

    fn or_default(stored: Option<Arc<PolicyRow>>) -> InForce {
        // Asked for each event, and most ledgers adopt none of their own.
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

/// The policy in force: the one adopted last, or the default.
pub(crate) fn policy_in_force(rows: &(impl Rows + ?Sized)) -> Result<InForce, Error> {
    Ok(InForce::or_default(shared(rows, &Key::of(Table::Policy))?))
}

/// The policy a cycle's scores go by: the one it was closed under, or the one in force.
pub(crate) fn policy_of(rows: &(impl Rows + ?Sized), cycle: &CycleRow) -> Result<InForce, Error> {
    match (cycle.state, &cycle.closed_under) {
        (CycleState::Closed, Some(closed_under)) => {
            Ok(InForce::or_default(shared(rows, &adopted(closed_under.policy))?))
        }
        _ => policy_in_force(rows),
    }
}

/// A policy without the lists that may be long, and these beside it.
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
