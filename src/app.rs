//! The application: the API and the pages, composed into one router.

use std::sync::Arc;

use axum::Router;
use events::Moment;

use crate::http::request_log::logged;
use crate::http::{FeedLimits, Instance, Memory, operations as operate, routes};
use crate::ledger::Ledgers;
use crate::request::admission::Admission;
use crate::request::feed_slots::FeedSlots;
use crate::request::state::{Served, Shared};
use crate::{machine, web};

/// Returns the router of the API and the pages, for [`serve`](crate::http::serve) or for calls from tests. The clock is
/// an argument: it supplies the current time for questions without `as_of`.
pub fn router(ledgers: Arc<Ledgers>, clock: impl Fn() -> Moment + Clone + Send + Sync + 'static) -> Router {
    served(None, ledgers, clock, FeedLimits::default(), Memory::of(machine::memory_max()))
}

/// Like [`router`], but with an instance id, these feed limits and this budget for bytes held for clients.
pub fn router_of(
    instance: Instance,
    ledgers: Arc<Ledgers>,
    clock: impl Fn() -> Moment + Clone + Send + Sync + 'static,
    feeds: FeedLimits,
    memory: Memory,
) -> Router {
    served(Some(instance), ledgers, clock, feeds, memory)
}

fn served(
    instance: Option<Instance>,
    ledgers: Arc<Ledgers>,
    clock: impl Fn() -> Moment + Clone + Send + Sync + 'static,
    feeds: FeedLimits,
    memory: Memory,
) -> Router {
    let (clock, admission, feeds) = (Arc::new(clock), Admission::of_this_machine(), FeedSlots::of(feeds));
    routed(Served(Arc::new(Shared { ledgers, clock, instance, admission, feeds, memory })))
}

/// Returns the routes of the API and of the pages.
pub(crate) fn routed(served: Served) -> Router {
    logged(routes::table().merge(web::table()).with_state(served))
}

/// Returns the router of the server's operations. It has no access control: serve it only through the
/// operations socket, which file permissions protect.
pub fn operations(instance: Instance, ledgers: Arc<Ledgers>) -> Router {
    logged(operate::table(instance, ledgers))
}
