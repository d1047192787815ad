//! A data folder, accessed through the router in this process.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use futures::future::join_all;
use http_body_util::BodyExt as _;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt as _;

use super::Answer;
use crate::app;
use crate::cli::failure::Failure;
use crate::cli::progress::Bar;
use crate::cli::random::new_incarnation;
use crate::clock::{Clocks, now};
use crate::ledger::{Ledgers, OpenError, open_guarded};

pub(crate) struct Folder {
    ledgers: Arc<Ledgers>,
    router: Router,
    runtime: Runtime,
    data: PathBuf,
}

impl Folder {
    pub(super) fn open(data: &Path) -> Result<Folder, OpenError> {
        let ledgers =
            open_guarded(data, Clocks::of_this_machine(), new_incarnation(), &mut Bar::new("Catching up the views"))?;
        Folder::of(Arc::new(ledgers), data).map_err(|error| OpenError::Folder { folder: data.into(), error })
    }

    pub(super) fn of(ledgers: Arc<Ledgers>, data: &Path) -> io::Result<Folder> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Folder { router: app::router(Arc::clone(&ledgers), now), ledgers, runtime, data: data.into() })
    }

    pub(super) fn set_ledgers_max(&self, ledgers_max: usize) {
        self.ledgers.set_ledgers_max(ledgers_max);
    }

    pub(super) fn data(&self) -> &Path {
        &self.data
    }

    pub(super) fn send(&self, request: Request<Vec<u8>>) -> Result<Answer, Failure> {
        self.runtime.block_on(self.answer(request))
    }

    /// Sends several requests concurrently and returns the answers in the same order.
    pub(super) fn send_all(&self, requests: Vec<Request<Vec<u8>>>) -> Vec<Result<Answer, Failure>> {
        self.runtime.block_on(join_all(requests.into_iter().map(|request| self.answer(request))))
    }

    async fn answer(&self, request: Request<Vec<u8>>) -> Result<Answer, Failure> {
        // The router is infallible: errors arrive as answers.
        let Ok(response) = self.router.clone().oneshot(request.map(Body::from)).await;
        let (parts, body) = response.into_parts();
        let body = body.collect().await;
        let body = body.map_err(|error| Failure::failed(format!("the answer is incomplete: {error}")))?;
        Ok(Answer { status: parts.status, headers: parts.headers, body: body.to_bytes().to_vec() })
    }
}
