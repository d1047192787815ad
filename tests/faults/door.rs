//! Clients of a ledger: one for a server's socket, one for a router in this process. Both use the same requests.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use events::Moment;
use http_body_util::BodyExt as _;
use okr_ledger::app::router;
use okr_ledger::journal::counting;
use okr_ledger::ledger::{Ledgers, OpenError, open_folder};
use serde_json::Value;
use tower::ServiceExt as _;

pub(crate) const LEDGER: &str = "/v1/ledgers/acme";

/// The status and the body of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

pub(crate) trait Door {
    /// Sends a request; returns an error if there is no answer.
    fn send(&self, method: &str, path: &str, body: &str) -> Result<Answer, String>;

    fn get(&self, path: &str) -> Result<Answer, String> {
        self.send("GET", path, "")
    }

    /// Submits an entry: one event as an object, several as an array.
    fn record(&self, entry: &[Value]) -> Result<(u16, Value), String> {
        let body = match entry {
            [one] => one.to_string(),
            several => Value::from(several).to_string(),
        };
        let answer = self.send("POST", &format!("{LEDGER}/events"), &body)?;
        Ok((answer.status, serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?))
    }
}

/// Reads all events, page by page.
pub(crate) fn all_events(door: &dyn Door) -> Result<Vec<Value>, String> {
    let mut all = Vec::new();
    loop {
        let page = door.get(&format!("{LEDGER}/events?after={}&limit=1000", all.len()))?;
        let said = || String::from_utf8_lossy(&page.body).into_owned();
        let page: Value = serde_json::from_slice(&page.body).map_err(|_| said())?;
        let events = page["events"].as_array().ok_or_else(|| page.to_string())?;
        if events.is_empty() {
            return Ok(all);
        }
        all.extend(events.iter().cloned());
    }
}

/// A client of a server.
pub(crate) struct Socket {
    url: String,
    agent: ureq::Agent,
}

impl Socket {
    pub(crate) fn to(url: &str) -> Socket {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).proxy(None);
        let agent = agent.timeout_global(Some(Duration::from_secs(30))).build().into();
        Socket { url: url.to_owned(), agent }
    }
}

impl Door for Socket {
    fn send(&self, method: &str, path: &str, body: &str) -> Result<Answer, String> {
        let request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        let sent = if method == "GET" {
            self.agent.run(request.body(()).unwrap())
        } else {
            self.agent.run(request.header("content-type", "application/json").body(body.to_owned()).unwrap())
        };
        let mut response = sent.map_err(|error| error.to_string())?;
        let body = response.body_mut().with_config().limit(1 << 30).read_to_vec().map_err(|error| error.to_string())?;
        Ok(Answer { status: response.status().as_u16(), body })
    }
}

/// A client of ledgers in this process.
pub(crate) struct Desk {
    router: axum::Router,
    runtime: tokio::runtime::Runtime,
    pub(crate) ledgers: Arc<Ledgers>,
}

impl Desk {
    pub(crate) fn open(
        folder: &Path,
        clock: impl Fn() -> Moment + Clone + Send + Sync + 'static,
    ) -> Result<Desk, OpenError> {
        Ok(Desk::over(open_folder(folder, Box::new(clock.clone()), counting(), &mut ())?, clock))
    }

    pub(crate) fn over(ledgers: Ledgers, clock: impl Fn() -> Moment + Clone + Send + Sync + 'static) -> Desk {
        let ledgers = Arc::new(ledgers);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Desk { router: router(Arc::clone(&ledgers), clock), runtime, ledgers }
    }
}

impl Door for Desk {
    fn send(&self, method: &str, path: &str, body: &str) -> Result<Answer, String> {
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        let request = request.body(Body::from(body.to_owned())).unwrap();
        self.runtime.block_on(async {
            let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
            let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes().to_vec();
            Ok(Answer { status: parts.status.as_u16(), body })
        })
    }
}
