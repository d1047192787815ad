//! A ledger on a machine's clocks: recording, answers and messages while one of the clocks is wrong.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use events::Moment;
use http_body_util::BodyExt as _;
use insta::assert_snapshot;
use okr_ledger::app::router;
use okr_ledger::clock::Clocks;
use okr_ledger::journal::counting;
use okr_ledger::ledger::operations::{BackupAsk, RestoreAsk, back_up_folder, restore_folder};
use okr_ledger::ledger::{Ledgers, accept_clock_folder, check_copy, open_guarded};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::house::{Answer, EVENTS, event};

const BUILT: &str = "2026-11-22T00:00:00Z";

/// A machine with manual clocks.
#[derive(Clone)]
struct Machine {
    wall: Arc<AtomicI64>,
    running: Arc<AtomicU64>,
}

impl Machine {
    fn at(wall: &str) -> Machine {
        let machine = Machine { wall: Arc::default(), running: Arc::new(AtomicU64::new(100)) };
        machine.set(wall);
        machine
    }

    fn set(&self, wall: &str) {
        self.wall.store(Moment::parse(wall).unwrap().micros(), Ordering::SeqCst);
    }

    fn passes(&self, seconds: u64) {
        self.running.fetch_add(seconds, Ordering::SeqCst);
        self.wall.fetch_add(i64::try_from(seconds).unwrap() * 1_000_000, Ordering::SeqCst);
    }

    fn now(&self) -> Moment {
        Moment::from_micros(self.wall.load(Ordering::SeqCst)).unwrap()
    }

    fn clocks(&self) -> Clocks {
        let (wall, running) = (self.clone(), Arc::clone(&self.running));
        let built = Moment::parse(BUILT).unwrap();
        Clocks::given(move || wall.now(), move || Duration::from_secs(running.load(Ordering::SeqCst)), built)
    }

    /// Serves a data folder.
    fn serve(&self, folder: &Path) -> Served {
        let ledgers = Arc::new(open_guarded(folder, self.clocks(), counting(), &mut ()).unwrap());
        let machine = self.clone();
        Served { router: router(Arc::clone(&ledgers), move || machine.now()), ledgers }
    }
}

struct Served {
    router: Router,
    ledgers: Arc<Ledgers>,
}

impl Served {
    async fn ask(&self, method: Method, path: &str, content_type: &str, body: &str) -> Answer {
        let request = Request::builder().method(method).uri(path).header("host", "localhost");
        let request = request.header("content-type", content_type).body(Body::from(body.to_owned())).unwrap();
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, "application/json", "").await
    }

    async fn make(&self) -> Answer {
        self.ask(Method::PUT, "/v1/ledgers/acme", "application/json", r#"{"title":"Acme"}"#).await
    }

    async fn form(&self, team: &str) -> Answer {
        let event = event("okr.team.formed", team, json!({"name": "A team"})).to_string();
        self.ask(Method::POST, EVENTS, "application/json", &event).await
    }

    async fn last_seq(&self) -> Value {
        serde_json::from_slice::<Value>(&self.get("/v1/ledgers/acme").await.body).unwrap()["last_seq"].clone()
    }

    fn accept(&self) -> Option<String> {
        self.ledgers.begin("accept-clock").unwrap().accept_clock().unwrap().accepted
    }
}

#[tokio::test]
async fn nothing_is_recorded_under_a_clock_that_was_put_forward_while_the_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    let machine = Machine::at("2026-11-30T08:00:00Z");
    let served = machine.serve(folder.path());
    assert_eq!(served.make().await.status, StatusCode::CREATED);
    assert_eq!(served.form("t1").await.status, StatusCode::CREATED);

    machine.set("2099-01-01T00:00:00Z");
    let refused = served.form("t2").await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    let says = refused.text().replace(&folder.path().display().to_string(), "DATA");
    let problem: Value = serde_json::from_str(&says).unwrap();
    assert_eq!(problem["type"], "urn:okr-ledger:problem:unavailable");
    assert_eq!(problem["violations"][0]["rule"], "clock");
    assert_snapshot!(problem["detail"].as_str().unwrap(), @"the machine's clock says 2099-01-01T00:00:00Z: it was put forward by 26329 days since it last said 2026-11-30T08:00:00Z. Recording is paused, because events recorded under a wrong clock cannot be corrected. Set the clock, and recording resumes within a minute; or, if the clock is right, run `okr-ledger accept-clock --data DATA`");
    // No ledger is made, no form is taken and nothing is tried either.
    let other = served.ask(Method::PUT, "/v1/ledgers/other", "application/json", r#"{"title":"Other"}"#).await;
    assert!(other.status == StatusCode::SERVICE_UNAVAILABLE && other.text().contains("\"clock\""), "{}", other.text());
    let tried = event("okr.team.formed", "t2", json!({"name": "A team"})).to_string();
    let tried = served.ask(Method::POST, &format!("{EVENTS}?dry_run=true"), "application/json", &tried).await;
    assert_eq!(tried.status, StatusCode::SERVICE_UNAVAILABLE);
    // Recorded events and their receipts are still available.
    assert_eq!(served.last_seq().await, 1);
    assert_eq!(served.form("t1").await.status, StatusCode::OK);
    assert_eq!(served.get("/healthz").await.status, StatusCode::OK);
    let ready = served.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(ready.text().contains(r#""rule":"clock""#), "{}", ready.text());

    machine.set("2026-11-30T08:00:05Z");
    let recorded = served.form("t2").await;
    assert_eq!(recorded.status, StatusCode::CREATED);
    assert!(recorded.text().contains(r#""recorded_at":"2026-11-30T08:00:05Z""#), "{}", recorded.text());
    assert_eq!(served.get("/readyz").await.status, StatusCode::OK);

    machine.set("2026-11-29T08:00:00Z");
    assert_eq!(served.form("t3").await.status, StatusCode::SERVICE_UNAVAILABLE);
    machine.set("2026-11-30T08:00:10Z");
    machine.passes(3 * 24 * 60 * 60);
    assert_eq!(served.form("t3").await.status, StatusCode::CREATED, "it only slept over a weekend");
}

#[tokio::test]
async fn nothing_is_recorded_under_a_clock_that_was_wrong_before_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let machine = Machine::at("2026-11-30T08:00:00Z");
    {
        let served = machine.serve(folder.path());
        served.make().await;
        assert_eq!(served.form("t1").await.status, StatusCode::CREATED);
    }
    for (wall, says) in [
        ("2099-01-01T00:00:00Z", "after anything this data folder knows of"),
        ("2026-11-29T07:00:00Z", "before the last event was recorded"),
        ("1970-01-01T00:00:30Z", "before this program was built"),
    ] {
        machine.set(wall);
        let served = machine.serve(folder.path());
        let refused = served.form("t2").await;
        assert!(
            refused.status == StatusCode::SERVICE_UNAVAILABLE && refused.text().contains(says),
            "{}",
            refused.text()
        );
        assert_eq!(served.last_seq().await, 1);
        // A time server becomes available.
        machine.set("2026-11-30T09:00:00Z");
        assert_eq!(served.form("t2").await.status, StatusCode::SERVICE_UNAVAILABLE);
        machine.passes(60);
        let dry = event("okr.team.formed", "t2", json!({"name": "A team"})).to_string();
        let dry = served.ask(Method::POST, &format!("{EVENTS}?dry_run=true"), "application/json", &dry).await;
        assert_eq!(dry.status, StatusCode::OK, "{}", dry.text());
    }
}

#[tokio::test]
async fn a_clock_that_is_accepted_is_recorded_by_until_it_jumps_again() {
    let folder = tempfile::tempdir().unwrap();
    let machine = Machine::at("2026-11-30T08:00:00Z");
    {
        let served = machine.serve(folder.path());
        served.make().await;
        served.form("t1").await;
        assert_eq!(served.accept(), None);
        machine.set("2026-12-24T08:00:00Z");
        assert_eq!(served.form("t2").await.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(served.accept().unwrap().contains("put forward by 24 days"));
        assert_eq!(served.form("t2").await.status, StatusCode::CREATED);
        machine.set("2099-01-01T00:00:00Z");
        assert_eq!(served.form("t3").await.status, StatusCode::SERVICE_UNAVAILABLE);
    }
    // The offline command works too.
    assert!(accept_clock_folder(folder.path(), machine.clocks()).unwrap().accepted.unwrap().contains("26305 days"));
    assert_eq!(accept_clock_folder(folder.path(), machine.clocks()).unwrap().accepted, None);
    let served = machine.serve(folder.path());
    assert_eq!(served.form("t3").await.status, StatusCode::CREATED);
    machine.set("2199-01-01T00:00:00Z");
    assert_eq!(served.form("t4").await.status, StatusCode::SERVICE_UNAVAILABLE);
    // Somebody noticed and set the clock back to the right time, long before the last event.
    drop(served);
    machine.set("2026-12-24T09:00:00Z");
    let served = machine.serve(folder.path());
    assert!(served.form("t4").await.text().contains("before the last event was recorded"));
    assert!(served.accept().is_some());
    assert_eq!(served.form("t4").await.status, StatusCode::CREATED);
    drop(served);
    machine.passes(24 * 60 * 60);
    assert_eq!(machine.serve(folder.path()).form("t5").await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_copy_and_a_restored_backup_of_last_year_record_at_once() {
    const DEMO: &str = include_str!("../../../demo/talentsync-2026-q2.jsonl");
    let folder = tempfile::tempdir().unwrap();
    let machine = Machine::at("2027-06-15T08:00:00Z");
    let (data, backups, restored) = (folder.path().join("d"), folder.path().join("b"), folder.path().join("r"));
    let served = machine.serve(&data);
    let checked = check_copy(DEMO.as_bytes()).unwrap();
    // A copy can be imported under any clock: it contains its own times.
    machine.set("2030-01-01T00:00:00Z");
    let slug = "acme".to_owned().try_into().unwrap();
    served.ledgers.import(&slug, &checked, DEMO.as_bytes(), &mut ()).await.unwrap();
    assert_eq!(served.form("t1").await.status, StatusCode::SERVICE_UNAVAILABLE);
    machine.set("2027-06-15T08:00:00Z");
    assert_eq!(served.form("t1").await.status, StatusCode::CREATED);
    drop(served);

    let ask = BackupAsk { to: backups.clone(), keep: None, check: true, force: false };
    back_up_folder(&data, &ask, &mut |_| Ok(())).unwrap();
    let ask = RestoreAsk { from: backups, backup: None, force: false, join: false };
    restore_folder(&restored, &ask, machine.now().utc(), &counting(), &mut |_| Ok(())).unwrap();
    // Within 400 days of the last event, whatever the program's age.
    machine.set("2028-07-18T08:00:00Z");
    assert_eq!(machine.serve(&restored).form("t2").await.status, StatusCode::CREATED);
}
