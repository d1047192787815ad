//! A test server: ledgers over a journal in memory, views in a temporary folder, a manual clock, and the router, called
//! directly.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use events::Moment;
use http_body_util::BodyExt as _;
use okr_ledger::app::router;
use okr_ledger::journal::{Journal, counting, memory};
use okr_ledger::ledger::Ledgers;
use okr_ledger::views::{Opened, Views};
use serde_json::{Value, json};
use tower::ServiceExt as _;

pub(crate) const EVENTS: &str = "/v1/ledgers/acme/events";

pub(crate) struct House {
    pub(crate) router: Router,
    pub(crate) ledgers: Arc<Ledgers>,
    clock: Arc<AtomicI64>,
    pub(crate) _folder: tempfile::TempDir,
}

/// A complete answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl House {
    /// Creates a server without ledgers, with its clock at `now`.
    pub(crate) fn empty(now: &str) -> House {
        House::over(Arc::new(memory::Memory::new()), now)
    }

    /// Creates a server over this journal, with its clock at `now`.
    pub(crate) fn over(journal: Arc<dyn Journal>, now: &str) -> House {
        let folder = tempfile::tempdir().unwrap();
        let views = match Views::open(folder.path()).unwrap() {
            Opened::Usable(views) => views,
            Opened::Outdated(why) => panic!("{why}"),
        };
        let clock = Arc::new(AtomicI64::new(Moment::parse(now).unwrap().micros()));
        let told = Arc::clone(&clock);
        let tell = move || Moment::from_micros(told.load(Ordering::Relaxed)).unwrap();
        let ledgers = Arc::new(Ledgers::over(journal, views, Box::new(tell.clone()), counting()).unwrap());
        House { router: router(Arc::clone(&ledgers), tell), ledgers, clock, _folder: folder }
    }

    /// Creates a server with the empty ledger `acme`, with its clock at `now`.
    pub(crate) async fn new(now: &str) -> House {
        let house = House::empty(now);
        let made = house.put("/v1/ledgers/acme", &json!({"title": "Acme"})).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        house
    }

    /// Creates a server on 2026-05-04, 12:00, whose ledger `acme` contains a quarter under way: the objective `grow`
    /// with the key results `trials` (8 to 24; a check-in on 2026-04-06) and `cac` (900 down to 750).
    pub(crate) async fn quarter() -> House {
        let house = House::new("2026-03-20T09:00:00Z").await;
        house.record(&opened("q2")).await;
        house.record(&drafted("grow", "q2")).await;
        let trials = key_result("trials", "grow", ("increase", "trials"), 8, 24);
        let cac = key_result("cac", "grow", ("decrease", "USD"), 900, 750);
        house.record(&json!([trials[0], trials[1], cac[0], cac[1]])).await;
        house.at("2026-04-01T08:00:00Z");
        house.record(&event("okr.cycle.started", "q2", json!({}))).await;
        house.at("2026-04-06T09:00:00Z");
        house.record(&check_in("trials", 12, 7)).await;
        house.at("2026-05-04T12:00:00Z");
        house
    }

    pub(crate) fn at(&self, now: &str) {
        self.clock.store(Moment::parse(now).unwrap().micros(), Ordering::Relaxed);
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(request("GET", path, headers, Vec::new())).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        let body = body.to_string().into_bytes();
        self.send(request("PUT", path, &[("content-type", "application/json")], body)).await
    }

    /// Submits to `acme`, as `application/json`.
    pub(crate) async fn post(&self, body: &Value) -> Answer {
        self.post_bytes(body.to_string().into_bytes()).await
    }

    pub(crate) async fn post_bytes(&self, body: Vec<u8>) -> Answer {
        self.post_with(EVENTS, &[("content-type", "application/json")], body).await
    }

    pub(crate) async fn post_with(&self, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        self.send(request("POST", path, headers, body)).await
    }

    /// Submits to `acme` and requires success.
    pub(crate) async fn record(&self, body: &Value) -> Value {
        let answer = self.post(body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        answer.json()
    }

    /// Submits, requires a refusal that records nothing, and returns its problem document in short.
    pub(crate) async fn refused(&self, body: &Value) -> String {
        self.refused_bytes(body.to_string().into_bytes()).await
    }

    pub(crate) async fn refused_bytes(&self, body: Vec<u8>) -> String {
        let before = self.get(&format!("{EVENTS}?limit=1000")).await.body;
        let problem = self.post_bytes(body).await.problem();
        assert_eq!(self.get(&format!("{EVENTS}?limit=1000")).await.body, before, "something was recorded");
        problem
    }
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Returns a problem document in short: status, type and title, then the detail or else every violation.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{} {}", self.status, self.text());
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let slug = text(&problem["type"]);
        let slug = slug.strip_prefix("urn:okr-ledger:problem:").unwrap();
        let mut lines = vec![format!("{} {slug} ({})", self.status.as_u16(), text(&problem["title"]))];
        match problem["violations"].as_array() {
            None => lines.push(text(&problem["detail"])),
            Some(violations) => {
                lines.extend(violations.iter().map(|one| {
                    format!("[{}] {}: {}", text(&one["pointer"]), text(&one["rule"]), text(&one["message"]))
                }))
            }
        }
        lines.join("\n")
    }
}

pub(crate) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Request<Body> {
    let request = Request::builder().method(method).uri(path);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.body(Body::from(body)).unwrap()
}

/// Returns an event whose id is a hash of its content, so that different events have different ids.
pub(crate) fn event(kind: &str, subject: &str, data: Value) -> Value {
    let id = format!("{:08x}", xxhash_rust::xxh3::xxh3_64(format!("{kind} {subject} {data}").as_bytes()));
    json!({"specversion": "1.0", "id": id, "source": "/people/ada", "type": kind, "subject": subject, "data": data})
}

/// Overrides some attributes of an event.
pub(crate) fn with(mut event: Value, attributes: Value) -> Value {
    let Value::Object(attributes) = attributes else { panic!("attributes are an object") };
    attributes.into_iter().for_each(|(name, value)| event[name] = value);
    event
}

pub(crate) fn opened(cycle: &str) -> Value {
    event(
        "okr.cycle.opened",
        cycle,
        json!({"title": "2026 Q2", "kind": "quarter", "starts_on": "2026-04-01", "ends_on": "2026-06-30",
            "time_zone": "Europe/Berlin"}),
    )
}

pub(crate) fn drafted(objective: &str, cycle: &str) -> Value {
    event(
        "okr.objective.drafted",
        objective,
        json!({"cycle": cycle, "title": "Grow what customers love", "level": "company", "owner": "Ada",
            "ambition": "aspirational"}),
    )
}

/// Returns the draft of a key result and its baseline.
pub(crate) fn key_result(id: &str, objective: &str, metric: (&str, &str), baseline: u32, target: u32) -> [Value; 2] {
    let (kind, unit) = metric;
    let draft = json!({"objective": objective, "title": format!("More from {id}"), "owner": "Ben",
        "metric": {"name": id, "unit": unit, "kind": kind}, "target": target});
    let measured = json!({"value": baseline, "measured_on": "2026-03-18", "method": "the billing report"});
    [event("okr.key_result.drafted", id, draft), event("okr.key_result.baseline_set", id, measured)]
}

pub(crate) fn check_in(key_result: &str, value: u32, confidence: u32) -> Value {
    event("okr.check_in.recorded", key_result, json!({"value": value, "confidence": confidence}))
}

pub(crate) fn justification() -> Value {
    json!({"cause": "external_change", "statement": "advertising has become dearer everywhere", "preserves_objective": true,
        "circumstances": "the auction prices rose by a third"})
}
