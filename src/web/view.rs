//! The data to draw a page from.

use events::Moment;

use crate::ledger::{Ledger, Look};

/// The ledger, the moment and the user for which a page is drawn.
pub(super) struct View<'a> {
    pub(super) ledger: &'a Ledger,
    pub(super) look: &'a Look<'a>,
    pub(super) now: Moment,
    /// The value of `as_of`, to keep it in links.
    pub(super) as_of: Option<&'a str>,
    pub(super) actor: Option<&'a str>,
    /// The last of the events that a form has just recorded.
    pub(super) recorded: Option<u64>,
}

impl View<'_> {
    /// Returns true if the page shows the past; such pages have no actions.
    pub(super) fn is_past(&self) -> bool {
        self.look.asked().at < self.now
    }
}
