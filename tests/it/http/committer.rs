//! A large group is written to disk while the next one is decided: retries in that time, and a panic.

use std::time::Duration;

use axum::http::StatusCode;
use insta::assert_snapshot;
use okr_ledger::writer::EVENTS_INLINE_MAX;
use serde_json::{Value, json};

use super::failing::house;
use crate::faulty::Fault;
use crate::house::{EVENTS, House, event, opened};

/// More events than the writer settles inline.
const MANY: usize = EVENTS_INLINE_MAX + 1;

/// Time for the writer to pick up its work. A shorter time makes the test weaker, never wrong.
const MOMENT: Duration = Duration::from_millis(100);

fn teams() -> Value {
    (0..MANY).map(|n| event("okr.team.formed", &format!("team-{n}"), json!({"name": format!("Team {n}")}))).collect()
}

async fn ids_recorded(house: &House) -> Vec<String> {
    let events = house.get(&format!("{EVENTS}?limit=1000")).await.json()["events"].take();
    events.as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_retry_while_its_first_entry_is_on_the_way_gets_the_first_receipt() {
    let entry = teams();
    let ids = entry.as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap());
    let mut ids: Vec<String> = ids.map(str::to_owned).collect();
    // Alone in its group, and after another entry.
    for before in [None, Some(opened("q2"))] {
        let (house, faulty) = house().await;
        faulty.fails(Fault::AppendLingers { written: false });
        let meanwhile = async {
            while !faulty.is_lingering() {
                tokio::task::yield_now().await;
            }
            let other = async {
                match &before {
                    Some(other) => Some(house.post(other).await.status),
                    None => None,
                }
            };
            let go_on = async {
                tokio::time::sleep(MOMENT).await;
                faulty.mend();
            };
            let (other, retry, ()) = tokio::join!(other, house.post(&entry), go_on);
            (other, retry)
        };
        let (first, (other, retry)) = tokio::join!(house.post(&entry), meanwhile);
        assert_eq!((first.status, first.header("idempotent-replayed")), (StatusCode::CREATED, ""), "{}", first.text());
        assert_eq!((retry.status, retry.header("idempotent-replayed")), (StatusCode::OK, "true"), "{}", retry.text());
        assert_eq!(retry.text(), first.text());
        if let Some(other) = before {
            ids.push(other["id"].as_str().unwrap().to_owned());
        }
        assert_eq!(other, (ids.len() > MANY).then_some(StatusCode::CREATED));
        assert_eq!(ids_recorded(&house).await, ids);
    }
}

#[tokio::test]
async fn an_id_that_is_on_the_way_is_not_given_to_something_else() {
    let (house, faulty) = house().await;
    faulty.fails(Fault::AppendLingers { written: false });
    let entry = teams();
    let mut other = opened("q2");
    other["id"] = entry[3]["id"].clone();
    let meanwhile = async {
        while !faulty.is_lingering() {
            tokio::task::yield_now().await;
        }
        let go_on = async {
            tokio::time::sleep(MOMENT).await;
            faulty.mend();
        };
        tokio::join!(house.post(&other), go_on).0
    };
    let (_, reused) = tokio::join!(house.record(&entry), meanwhile);
    assert_eq!((reused.status, &reused.json()["violations"][0]["rule"]), (StatusCode::CONFLICT, &json!("id_reused")));
    assert_eq!(ids_recorded(&house).await.len(), MANY);
}

#[tokio::test]
async fn a_panic_on_the_way_stops_the_recording_for_all() {
    let (house, faulty) = house().await;
    house.record(&opened("q2")).await;
    faulty.fails_once(Fault::AppendPanics { written: false }, 0);
    let (entry, other) = (teams(), opened("q3"));
    let (first, beside) = tokio::join!(house.post(&entry), house.post(&other));
    assert_eq!([first.status, beside.status], [StatusCode::SERVICE_UNAVAILABLE; 2]);
    // The journal would accept it again, but after a panic its state is unknown.
    assert_snapshot!(house.refused(&opened("q4")).await, @r#"
    503 unavailable (Unavailable)
    the ledger has stopped recording: it could not continue: it panicked; check its log for the cause, then restart
    "#);
    assert_snapshot!(house.get("/healthz").await.problem(), @r#"
    503 unavailable (Unavailable)
    the ledger has stopped recording: it could not continue: it panicked; check its log for the cause, then restart
    "#);
    assert_eq!(
        house.ledgers.fatal().borrow().as_deref(),
        Some("it could not continue: it panicked; check its log for the cause, then restart")
    );
    assert_eq!(house.get("/v1/ledgers/acme/cycles/q2/board").await.status, StatusCode::OK);
    assert_eq!(ids_recorded(&house).await.len(), 1);
}
