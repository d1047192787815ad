//! Failing storage: the answer reports it without internal details.

use std::sync::Arc;

use axum::http::StatusCode;
use insta::assert_snapshot;
use okr_ledger::journal::{Journal, memory::Memory};
use serde_json::json;

use crate::faulty::{Fault, Faulty};
use crate::house::{EVENTS, House, opened};

pub(super) async fn house() -> (House, Arc<Faulty<Memory>>) {
    let faulty = Arc::new(Faulty::over(Memory::new()));
    let house = House::over(Arc::clone(&faulty) as Arc<dyn Journal>, "2026-03-20T09:00:00Z");
    house.put("/v1/ledgers/acme", &json!({"title": "Acme"})).await;
    (house, faulty)
}

#[tokio::test]
async fn a_ledger_that_cannot_record_says_so_and_goes_on_answering() {
    let (house, faulty) = house().await;
    house.record(&opened("q2")).await;
    faulty.fails(Fault::AppendFails { written: false });
    assert_snapshot!(house.refused(&opened("q3")).await, @r#"
    503 unavailable (Unavailable)
    the ledger has stopped recording: it could not write the journal: the journal's storage failed: the disk is gone; check the disk, then restart
    "#);
    faulty.mend();
    assert_snapshot!(house.refused(&opened("q4")).await, @r#"
    503 unavailable (Unavailable)
    the ledger has stopped recording: it could not write the journal: the journal's storage failed: the disk is gone; check the disk, then restart
    "#);
    assert_snapshot!(house.get("/healthz").await.problem(), @r#"
    503 unavailable (Unavailable)
    the ledger has stopped recording: it could not write the journal: the journal's storage failed: the disk is gone; check the disk, then restart
    "#);
    assert_snapshot!(house.get("/readyz").await.problem(), @r#"
    503 not-ready (Not ready)
    [] writer_stopped: the ledger has stopped recording: it could not write the journal: the journal's storage failed: the disk is gone; check the disk, then restart
    "#);
    assert_eq!(house.get("/v1/ledgers/acme/cycles/q2/board").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_server_whose_queue_is_full_is_alive_but_not_ready() {
    let (house, faulty) = house().await;
    for slug in ["beta", "gamma", "delta"] {
        house.put(&format!("/v1/ledgers/{slug}"), &json!({"title": slug})).await;
    }
    assert_eq!(house.get("/readyz").await.status, StatusCode::OK);
    faulty.fails(Fault::AppendLingers { written: true });
    let first = opened("q0");
    let fill = async {
        while faulty.head(1).unwrap().seq == 0 {
            tokio::task::yield_now().await;
        }
        // The writer blocks on the first entry; the others wait until the queue is full. The first ledger gets half
        // of the queue, each further one half of the rest.
        let submit = async |ledger: &str, n: usize| {
            let path = format!("/v1/ledgers/{ledger}/events");
            let body = opened(&format!("q{n}")).to_string().into_bytes();
            house.post_with(&path, &[("content-type", "application/json")], body).await.status
        };
        let to = |ledger: &'static str| futures::future::join_all((1..=2_500).map(move |n| submit(ledger, n)));
        let waiting = async {
            let (acme, beta, gamma) = tokio::join!(to("acme"), to("beta"), to("gamma"));
            [acme, beta, gamma]
                .map(|answers| answers.iter().filter(|status| **status == StatusCode::SERVICE_UNAVAILABLE).count())
        };
        let look = async {
            loop {
                let ready = house.get("/readyz").await;
                if ready.status == StatusCode::SERVICE_UNAVAILABLE {
                    break ready;
                }
                tokio::task::yield_now().await;
            }
        };
        let look = async {
            let ready = look.await;
            let alive = house.get("/healthz").await.status;
            // There is room for a ledger that is not flooded, and for a new one.
            let delta = async {
                let other = submit("delta", 1);
                let described = json!({"title": "Epsilon"});
                let made = house.put("/v1/ledgers/epsilon", &described);
                let go_on = async { faulty.mend() };
                let (other, made, ()) = tokio::join!(other, made, go_on);
                (other, made.status)
            };
            (ready, alive, delta.await)
        };
        let (refused, (ready, alive, others)) = tokio::join!(waiting, look);
        (refused, ready, alive, others)
    };
    let (_, (refused, ready, alive, others)) = tokio::join!(house.record(&first), fill);
    assert_snapshot!(ready.problem(), @r#"
    503 not-ready (Not ready)
    [] queue_full: 3584 requests are waiting for the writer: its queue is nearly full
    "#);
    assert_eq!(ready.header("retry-after"), "1");
    assert_eq!(alive, StatusCode::OK);
    assert_eq!(refused, [2_500 - 2_048, 2_500 - 1_024, 2_500 - 512]);
    assert_eq!(others, (StatusCode::CREATED, StatusCode::CREATED));
    assert_eq!(house.get("/readyz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_writer_that_panicked_says_so_and_records_no_more() {
    let (house, faulty) = house().await;
    faulty.fails(Fault::AppendPanics { written: false });
    assert_eq!(house.post(&opened("q2")).await.status, StatusCode::SERVICE_UNAVAILABLE);
    faulty.mend();
    assert_snapshot!(house.refused(&opened("q3")).await, @r#"
    503 unavailable (Unavailable)
    the ledger has stopped recording: it could not continue: it panicked; check its log for the cause, then restart
    "#);
    assert_snapshot!(house.get("/healthz").await.problem(), @r#"
    503 unavailable (Unavailable)
    the ledger has stopped recording: it could not continue: it panicked; check its log for the cause, then restart
    "#);
}

#[tokio::test]
async fn what_is_listed_can_be_asked_for() {
    let (house, faulty) = house().await;
    faulty.fails(Fault::AppendLingers { written: true });
    let list = async {
        while faulty.head(1).unwrap().seq == 0 {
            tokio::task::yield_now().await;
        }
        let listed = house.get("/v1/ledgers").await;
        let known = listed.json()["ledgers"][0]["last_seq"].clone();
        let asked = house.get(&format!("/v1/ledgers/acme?as_of={known}")).await;
        faulty.mend();
        (known, asked)
    };
    let first = opened("q2");
    let (_, (known, asked)) = tokio::join!(house.record(&first), list);
    assert_eq!((known, asked.status), (json!(0), StatusCode::OK));
    assert_eq!(house.get("/v1/ledgers").await.json()["ledgers"][0]["last_seq"], 1);
}

#[tokio::test]
async fn what_cannot_be_read_is_a_fault_of_ours_and_kept_to_the_log() {
    let (house, faulty) = house().await;
    house.record(&opened("q2")).await;
    faulty.fails(Fault::EventsDamaged);
    assert_snapshot!(house.get(EVENTS).await.problem(), @r#"
    500 damaged (Stored data cannot be read)
    stored data cannot be read: `okr-ledger verify` locates the damage; `okr-ledger rebuild` repairs views, `okr-ledger restore` replaces a damaged journal by a backup; the log has the details
    "#);
    faulty.fails(Fault::EventsPanic);
    let answer = house.get(EVENTS).await;
    assert_snapshot!(answer.problem(), @r#"
    500 internal (Internal error)
    the server failed to answer this request; its log has the details under the request's x-request-id
    "#);
    assert_eq!(answer.header("x-request-id").len(), 36);
}
