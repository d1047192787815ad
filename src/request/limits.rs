//! Limits on clients and their requests.

use std::time::Duration;

/// The most bytes in the body of a submission.
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// The longest request head, in bytes.
pub const HEAD_BYTES_MAX: usize = 32 << 10;

/// The most headers of a request. hyper itself accepts up to 100, and rejects more without a problem document.
pub const HEADERS_MAX: usize = 64;

/// The limits on clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections open at once.
    pub connections_max: usize,
    /// From the start of a connection, or the end of a response, to the end of the next request's head.
    pub head: Duration,
    /// From the end of a request's head to the end of its body.
    pub body: Duration,
    /// The span over which reading is measured: a client that reads less than 1 KiB a second over the whole span is
    /// disconnected.
    pub unread: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Limits { connections_max: 12_000, head: seconds(60), body: seconds(30), unread: seconds(60) }
    }
}
