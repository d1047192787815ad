//! Requests: the parts that the API and the pages share.
//!
//! ```text
//! params.rs         reads query parameters and names every faulty one
//! body.rs           reads bodies within their limits
//! question.rs       runs queries off the async threads; `Ledger-Seq`, links to the next page
//! omissions.rs      the events that a what-if leaves out
//! problem.rs        the only place that maps errors to status codes and problem documents
//! tag.rs            `ETag` and `Cache-Control`
//! accept.rs         content negotiation
//! buffered_body.rs  responses that are hashed before they are sent
//! admission.rs      how many queries and submissions are processed at a time
//! memory.rs         how many bytes are held for clients
//! feed_slots.rs     how many event feeds are open
//! limits.rs         limits on clients and their requests
//! sites.rs          rejects requests made by other sites' pages
//! state.rs          the state shared by all handlers
//! ```

pub(crate) mod accept;
pub(crate) mod admission;
pub(crate) mod blocking;
pub(crate) mod body;
pub(crate) mod buffered_body;
pub(crate) mod feed_slots;
pub(crate) mod limits;
pub(crate) mod memory;
pub(crate) mod omissions;
pub(crate) mod params;
pub(crate) mod problem;
pub(crate) mod question;
pub(crate) mod sites;
pub(crate) mod state;
pub(crate) mod tag;
