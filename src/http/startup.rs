//! Responses while the ledgers are being opened: the views of a large ledger may have to catch up first.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::future::RouteFuture;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tower::Service;

use super::request_log::logged;
use crate::request::problem::Problem;
use crate::views::Progress;

/// A service that answers 503 until its router is available.
#[derive(Debug, Clone)]
pub struct StartupService(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    open: OnceLock<Router>,
    starting: Router,
    progress: Arc<StartProgress>,
}

/// The progress of the start.
#[derive(Debug, Default)]
struct StartProgress {
    done: AtomicU64,
    all: AtomicU64,
}

impl StartupService {
    /// Returns a service without a router yet: alive, but not ready.
    #[expect(clippy::new_without_default, reason = "only the start of a server creates one")]
    pub fn new() -> StartupService {
        let progress = Arc::new(StartProgress::default());
        let starting = Router::new()
            .route("/healthz", get(async || Json(json!({"status": "starting"}))))
            .route("/readyz", get(not_ready))
            .fallback(async |State(progress): State<Arc<StartProgress>>| Problem::starting(&progress.says()))
            .with_state(Arc::clone(&progress));
        StartupService(Arc::new(Inner { open: OnceLock::new(), starting: logged(starting), progress }))
    }

    /// Passes requests to the router from now on.
    pub fn open(&self, router: Router) {
        // A second router is ignored.
        _ = self.0.open.set(router);
    }
}

/// Passes requests to the router, or to the startup routes until there is one.
impl Service<Request> for StartupService {
    type Response = Response;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> RouteFuture<Infallible> {
        self.0.open.get().unwrap_or(&self.0.starting).clone().call(request)
    }
}

impl Progress for StartupService {
    fn folded(&mut self, done: u64, all: u64) {
        self.0.progress.done.store(done, Ordering::Relaxed);
        self.0.progress.all.store(all, Ordering::Relaxed);
    }
}

impl StartProgress {
    fn says(&self) -> String {
        match (self.done.load(Ordering::Relaxed), self.all.load(Ordering::Relaxed)) {
            (_, 0) => "the ledgers are being opened".into(),
            (done, all) => format!("the views are catching up with the journal: {done} of {all} events"),
        }
    }
}

async fn not_ready(State(progress): State<Arc<StartProgress>>) -> Problem {
    Problem::not_ready(vec![("starting", progress.says())])
}
