//! While one body is being processed, other requests are served.

use std::sync::Arc;

use axum::http::StatusCode;
use okr_ledger::journal::{Journal, memory::Memory};
use serde_json::json;

use crate::faulty::{Fault, Faulty};
use crate::house::{EVENTS, House, opened};

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn an_entry_that_is_being_tried_holds_up_no_other_ledger() {
    let faulty = Arc::new(Faulty::over(Memory::new()));
    let house = House::over(Arc::clone(&faulty) as Arc<dyn Journal>, "2026-03-20T09:00:00Z");
    for slug in ["acme", "beta"] {
        house.put(&format!("/v1/ledgers/{slug}"), &json!({"title": slug})).await;
    }
    let body = opened("q2").to_string().into_bytes();
    // Block the lookup of ids; other entries for this ledger would block there too.
    faulty.fails(Fault::LookUpLingers { ledger: 1 });
    let try_path = format!("{EVENTS}?dry_run=true");
    let tried = house.post_with(&try_path, &[JSON], body.clone());
    let meanwhile = async {
        while !faulty.is_lingering() {
            tokio::task::yield_now().await;
        }
        let recorded = house.post_with("/v1/ledgers/beta/events", &[JSON], body.clone()).await;
        let asked = house.get("/v1/ledgers/acme/cycles").await.status;
        let health = house.get("/healthz").await.status;
        let is_held = faulty.is_lingering();
        faulty.mend();
        (recorded.status, asked, health, is_held)
    };
    let (tried, meanwhile) = tokio::join!(tried, meanwhile);
    assert_eq!(meanwhile, (StatusCode::CREATED, StatusCode::OK, StatusCode::OK, true));
    assert_eq!(tried.status, StatusCode::OK, "{}", tried.text());
}
