//! The state shared by all handlers.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use events::Moment;
use uuid::Uuid;

use super::admission::Admission;
use super::feed_slots::FeedSlots;
use super::memory::Memory;
use super::problem::Problem;
use crate::ledger::{Ledger, Ledgers};

/// Identifies one run of the server; not a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance(Arc<str>);

impl Instance {
    /// Returns a new id, unique to this server.
    #[expect(clippy::new_without_default, reason = "each is unique")]
    pub fn new() -> Instance {
        Instance(Uuid::now_v7().to_string().into())
    }

    /// Returns the id as it is written in responses.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The state shared by all handlers, behind one `Arc` because the router clones it several times for each request.
#[derive(Clone)]
pub(crate) struct Served(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) ledgers: Arc<Ledgers>,
    pub(crate) clock: Arc<dyn Fn() -> Moment + Send + Sync>,
    pub(crate) instance: Option<Instance>,
    pub(crate) admission: Admission,
    pub(crate) feeds: FeedSlots,
    pub(crate) memory: Memory,
}

impl Deref for Served {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Shared {
    pub(crate) fn now(&self) -> Moment {
        (self.clock)()
    }

    pub(crate) fn ledger(&self, slug: &str) -> Result<Ledger, Problem> {
        Ok(self.ledgers.ledger(slug)?)
    }
}

impl fmt::Debug for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Served").finish_non_exhaustive()
    }
}
