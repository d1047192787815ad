//! Sizes, faults and work are limited for every kind of submission; entries recorded before the limits stay as they
//! are.

use axum::http::StatusCode;
use insta::assert_snapshot;
use okr_ledger::ledger::check_copy;
use serde_json::{Value, json};

use crate::house::{EVENTS, House, check_in, drafted, event, opened, with};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// Most bytes of a problem document.
const PROBLEM_BYTES_MAX: usize = 64 << 10;

/// Most bytes of a receipt.
const RECEIPT_BYTES_MAX: usize = 512 << 10;

fn noted(note: usize, blockers: usize) -> Value {
    let blockers = vec!["b".repeat(1_900); blockers];
    event("okr.check_in.recorded", "trials", json!({"note": "n".repeat(note), "blockers": blockers}))
}

#[tokio::test]
async fn an_event_has_at_most_64_kib() {
    let house = House::quarter().await;
    let says = house.refused(&noted(20_000, 25)).await;
    assert!(says.starts_with("413 too-large (Too large)\n[] event_too_large: the event has 677"), "{says}");
    assert!(
        says.contains(
            "bytes, and at most 65536 are accepted; shorten its largest fields (bytes: /data/blockers 47576, /data/note 20002, /id 1"
        ),
        "{says}"
    );
    let says = house.refused(&json!([check_in("trials", 1, 1), noted(1, 51)])).await;
    let lines: Vec<&str> = says.lines().collect();
    assert_eq!(lines.len(), 3, "{says}");
    assert!(
        lines[1].starts_with("[/1/data/blockers] too_many_items: has 51 items, and at most 50 are taken here"),
        "{says}"
    );
    assert!(
        lines[2].starts_with("[/1] event_too_large: ") && lines[2].contains("/data/blockers 97054, /id 1"),
        "{says}"
    );
    house.record(&noted(20_000, 20)).await;
}

#[tokio::test]
async fn names_are_shorter_than_notes() {
    let house = House::quarter().await;
    let titled = |title: String| {
        let mut draft = drafted("second", "q2");
        draft["data"]["title"] = title.into();
        draft
    };
    assert_snapshot!(house.refused(&titled("t".repeat(501))).await, @r#"
    422 invalid (Not valid)
    [/data/title] text_too_long: has 501 characters, and at most 500 are taken here: shorten it
    "#);
    assert_snapshot!(house.refused(&titled("\u{3164}\u{200b}".into())).await, @r#"
    422 invalid (Not valid)
    [/data/title] bad_text: must not be blank: none of its characters can be seen
    "#);
    let made = house.put("/v1/ledgers/other", &json!({"title": "t".repeat(501)})).await;
    assert_snapshot!(made.problem(), @r#"
    422 invalid (Not valid)
    [/title] bad_text: `title` has 501 characters, and at most 500 are taken here: shorten it
    "#);
}

/// Returns entries recorded by an earlier version, or in another ledger, before the limits existed.
fn before_the_limits() -> (String, Vec<Value>) {
    let milestones: Vec<Value> = (0..300).map(|n| json!({"name": format!("step {n}")})).collect();
    let mut draft = drafted("..", "q2");
    draft["data"]["title"] = "t".repeat(2_600).into();
    let steps = json!({"objective": "..", "title": "All the steps", "owner": "Ben",
        "metric": {"name": "steps", "kind": "milestones", "milestones": milestones}});
    let done: Vec<String> = (0..150).map(|n| format!("step {n}")).collect();
    let check_in =
        json!({"milestones_done": done, "blockers": vec!["b".repeat(3_000); 60], "note": "n".repeat(19_000)});
    let time = json!({"time": "2026-04-06T09:00:00Z"});
    let events: Vec<Value> = [
        opened("q2"),
        draft,
        event("okr.key_result.drafted", "steps", steps),
        event("okr.cycle.started", "q2", json!({})),
        event("okr.check_in.recorded", "steps", check_in),
    ]
    .into_iter()
    .map(|one| with(one, time.clone()))
    .collect();
    let mut lines = vec![
        json!({"okr_ledger_copy": 1, "ledger": "acme", "title": "Acme", "created_at": "2026-03-16T08:00:00Z"})
            .to_string(),
    ];
    for (n, one) in events.iter().enumerate() {
        let recorded_at = format!("2026-04-06T09:00:00.00000{n}Z");
        let mut stamped = with(one.clone(), json!({"seq": n + 1, "recordedtime": recorded_at, "actor": one["source"]}));
        match n {
            1 => stamped["ref"] = "O-1".into(),
            2 => stamped["ref"] = "KR-1".into(),
            _ => {}
        }
        // The attributes in the order in which a ledger writes them.
        let names =
            ["specversion", "id", "source", "type", "subject", "time", "seq", "recordedtime", "actor", "ref", "data"];
        let written = names.iter().filter(|name| !stamped[**name].is_null());
        let written: Vec<String> = written.map(|name| format!("\"{name}\":{}", stamped[*name])).collect();
        lines.push(format!(
            "{{\"first_seq\":{},\"recorded_at\":\"{recorded_at}\",\"warnings\":[],\"events\":[{{{}}}]}}",
            n + 1,
            written.join(",")
        ));
    }
    (lines.join("\n"), events)
}

#[tokio::test]
async fn what_was_recorded_before_a_limit_stays_readable_and_is_known_again() {
    let (copy, events) = before_the_limits();
    let house = House::empty("2026-05-04T12:00:00Z");
    let checked = check_copy(copy.as_bytes()).unwrap();
    house.ledgers.import(&checked.ledger, &checked, copy.as_bytes(), &mut ()).await.unwrap();
    for (n, one) in events.iter().enumerate() {
        let again = house.post(one).await;
        assert_eq!((again.status, again.header("idempotent-replayed")), (StatusCode::OK, "true"), "{}", again.text());
        assert_eq!(again.json()["first_seq"], n + 1);
        let other = house.post(&with(one.clone(), json!({"time": "2026-04-07T09:00:00Z"}))).await;
        assert_eq!(other.json()["violations"][0]["rule"], "id_reused");
    }
    // The same content as a new event is refused.
    for (n, rule) in [(1, "text_too_long"), (2, "too_many_items"), (4, "too_many_items")] {
        let new = house.post(&with(events[n].clone(), json!({"id": format!("new-{n}"), "subject": "new"}))).await;
        let rules: Vec<Value> =
            new.json()["violations"].as_array().unwrap().iter().map(|one| one["rule"].clone()).collect();
        assert!(rules.contains(&rule.into()), "{rules:?}");
    }
    for question in [
        "events/3",
        "cycles/q2/board",
        "cycles/q2/board?as_of=5",
        "cycles/q2/board?on=2026-04-10",
        "cycles/q2/what-if",
        "cycles/q2/what-if?policy=0",
        "key-results/steps",
        "cycles/q2/replay?step=event",
        "cycles/q2/audit",
    ] {
        let answer = house.get(&format!("/v1/ledgers/acme/{question}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{question}: {}", answer.text());
    }
    house.record(&event("okr.check_in.recorded", "steps", json!({"milestones_done": ["step 1"]}))).await;
}

#[tokio::test]
async fn an_entry_that_is_too_much_work_is_refused_and_the_next_one_recorded() {
    let house = House::quarter().await;
    let chain = |n: usize, above: Option<usize>| {
        let mut draft = drafted(&format!("chain-{n}"), "q2");
        draft["data"]["level"] = "individual".into();
        draft["data"]["owner"] = format!("Person {n}").into();
        draft["data"]["supports"] = above.map(|above| format!("chain-{above}")).into();
        draft
    };
    let justification = crate::house::justification();
    let drafts: Vec<Value> = (0..400).map(|n| chain(n, n.checked_sub(1))).collect();
    house.record(&drafts.into()).await;
    house.record(&chain(900, None)).await;
    let supports = |n: usize| {
        let data =
            json!({"changes": {"supports": {"to": format!("chain-{}", 399 - n % 2)}}, "justification": justification});
        with(event("okr.objective.amended", "chain-900", data), json!({"id": format!("amended-{n}")}))
    };
    let walked: Value = (0..1_000).map(supports).collect::<Vec<_>>().into();
    assert_snapshot!(house.refused(&walked).await, @r#"
    413 too-large (Too large)
    [] too_much_work: checking this entry would read, compare or write more than 250000 rows or 10000000 bytes: nothing was recorded; send its events in smaller entries
    "#);
    let tried = house
        .post_with(
            &format!("{EVENTS}?dry_run=true"),
            &[("content-type", "application/json")],
            walked.to_string().into_bytes(),
        )
        .await;
    assert_eq!(tried.status, StatusCode::PAYLOAD_TOO_LARGE);
    house.record(&supports(0)).await;
    assert_eq!(house.get("/healthz").await.status, StatusCode::OK);
}

/// Returns bodies of at most one mebibyte, each with one kind of fault repeated.
fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let mib = (1 << 20) - 2_000;
    let repeated = |what: &str| vec![what; mib / (what.len() + 1)].join(",");
    let numbered = |what: &str| {
        let count = mib / (what.len() + 8);
        (0..count).map(|n| what.replace('#', &n.to_string())).collect::<Vec<_>>().join(",")
    };
    let data = |kind: &str, data: String| {
        format!(
            r#"{{"specversion":"1.0","id":"h","source":"/x","type":"okr.{kind}","subject":"trials","data":{data}}}"#
        )
    };
    let check_in = |field: &str, list: String| data("check_in.recorded", format!(r#"{{"{field}":[{list}]}}"#));
    let drafted = |fields: String| {
        let needed = r#""cycle":"q2","title":"t","level":"company","owner":"o","ambition":"committed""#;
        data("objective.drafted", format!("{{{needed},{fields}}}"))
    };
    let metric = |list: String| {
        let metric = format!(r#"{{"name":"m","kind":"milestones","milestones":[{list}]}}"#);
        data("key_result.drafted", format!(r#"{{"objective":"grow","title":"t","owner":"o","metric":{metric}}}"#))
    };
    let mut bodies = vec![
        ("items that are no texts", check_in("blockers", repeated("0"))),
        ("blank items", check_in("blockers", repeated(r#""""#))),
        ("tiny items", check_in("blockers", repeated(r#""a""#))),
        ("unknown milestones", check_in("milestones_done", numbered(r##""#""##))),
        ("repeated milestones", check_in("milestones_done", repeated(r#""a""#))),
        ("unknown themes", drafted(format!(r#""themes":[{}]"#, numbered(r#""t#""#)))),
        ("repeated themes", drafted(format!(r#""themes":[{}]"#, repeated(r#""t""#)))),
        ("milestones", metric(numbered(r##"{"name":"#"}"##))),
        ("repeated milestones of a metric", metric(repeated(r#"{"name":"a"}"#))),
        ("milestones without a name", metric(repeated("{}"))),
        ("unknown fields", data("check_in.recorded", format!("{{{}}}", numbered(r##""f#":0"##)))),
        ("a field with a long name", data("check_in.recorded", format!(r#"{{"{}":0}}"#, "f".repeat(mib)))),
        ("a long word", check_in("status", String::new()).replace("[]", &format!(r#""{}""#, "w".repeat(mib)))),
        ("a long number", check_in("value", String::new()).replace("[]", &"9".repeat(mib))),
        ("rules", data("policy.adopted", format!(r#"{{"rules":{{{}}}}}"#, numbered(r##""r#":"x""##)))),
        (
            "thresholds",
            data("key_result.target_set", format!(r#"{{"value":1,"thresholds":{{{}}}}}"#, numbered(r##""#":0"##))),
        ),
        ("output words", data("policy.adopted", format!(r#"{{"output_words":[{}]}}"#, numbered(r#""w#""#)))),
        ("unknown attributes", format!("{{{}}}", numbered(r##""A#":0"##))),
        ("extension attributes", data("cycle.started", format!("{{}},{}", numbered(r##""a#":0"##)))),
        ("events that are none", format!("[{}]", vec!["{}"; 1_000].join(","))),
        ("events that are texts", format!("[{}]", repeated(r#""""#))),
        ("nested lists", check_in("blockers", "[".repeat(100) + &"]".repeat(100))),
        ("lists in lists", check_in("blockers", repeated(&("[".repeat(60) + &"]".repeat(60))))),
        ("objects in objects", check_in("blockers", repeated(&(r#"{"":"#.repeat(60) + "0" + &"}".repeat(60))))),
        ("too deep", "[".repeat(mib)),
        ("escapes", check_in("blockers", repeated(r#""\u0000""#))),
        (
            "evidence",
            data(
                "key_result.retired",
                format!(
                    r#"{{"justification":{{"cause":"scope_change","statement":"s","circumstances":"c","preserves_objective":true,"evidence":[{}]}}}}"#,
                    numbered(r#""no uri #""#),
                ),
            ),
        ),
    ];
    let events = (0..1_000).map(|n| {
        data("check_in.recorded", format!(r#"{{"{}":0}}"#, "f".repeat(800))).replace(r#""h""#, &format!("\"{n}\""))
    });
    bodies.push(("a thousand events with a fault", format!("[{}]", events.collect::<Vec<_>>().join(","))));
    bodies.into_iter().map(|(name, body)| (name, body.into_bytes())).collect()
}

#[tokio::test]
async fn whatever_is_wrong_the_answer_is_short() {
    let house = House::quarter().await;
    for (name, body) in hostile() {
        assert!(body.len() <= 1 << 20, "{name}");
        let answer = house.post_bytes(body).await;
        assert!(answer.status.is_client_error(), "{name}: {}", answer.status);
        assert!(answer.body.len() <= PROBLEM_BYTES_MAX, "{name}: {} bytes", answer.body.len());
        let violations = answer.json()["violations"].as_array().map_or(0, Vec::len);
        assert!((1..=101).contains(&violations), "{name}: {violations} faults");
    }
    let long = "x".repeat(10_000);
    for path in [
        format!("/v1/{long}"),
        format!("/v1/ledgers/{long}/cycles"),
        format!("/v1/ledgers/acme/cycles/{long}/board"),
        format!("/v1/ledgers/acme/events?{long}=1&after={long}&limit={long}&type={long}&since={long}"),
        format!("/v1/ledgers/acme/events?{}", vec!["a"; 10_000].join("&")),
        format!("/v1/ledgers/acme/cycles/q2/what-if?without_events={}", vec!["x"; 10_000].join(",")),
        format!("/v1/ledgers/acme/cycles/q2/board?as_of={long}&level={long}&on={long}&max_confidence={long}"),
    ] {
        let answer = house.get(&path).await;
        assert!(answer.status.is_client_error(), "{} {}", answer.status, &path[..60]);
        assert!(answer.body.len() <= PROBLEM_BYTES_MAX, "{}: {} bytes", &path[..60], answer.body.len());
    }
}

#[tokio::test]
async fn a_receipt_of_a_thousand_events_with_the_longest_ids_is_within_its_limit() {
    let house = House::quarter().await;
    let events: Vec<Value> = (0..1_000)
        .map(|n| with(check_in("trials", n, 6), json!({"id": format!("{n:03}{}", "x".repeat(253))})))
        .collect();
    let answer = house.post(&events.into()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    assert!(answer.body.len() <= RECEIPT_BYTES_MAX, "{} bytes", answer.body.len());
}

#[tokio::test]
async fn forms_are_under_the_same_limits() {
    let house = House::quarter().await;
    let id = "0196c0de-0000-7000-8000-000000000001";
    let send = async |fields: String| {
        let headers = [FORM, ("sec-fetch-site", "same-origin")];
        house.post_with("/ledgers/acme/cycles/q2/check-in?owner=Ben", &headers, fields.into_bytes()).await
    };
    let fields = |blockers: usize| {
        let lines: Vec<String> = (0..blockers).map(|n| format!("b{n}")).collect();
        format!(
            "form={id}&actor=Ada&trials/value=13&trials/confidence=&trials/note=&trials/blockers={}",
            lines.join("%0D%0A")
        )
    };
    let refused = send(fields(51)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("has 51 items, and at most 50 are taken here"), "{}", refused.text());
    let crowded = send(format!("{}{}", fields(1), "&a=".repeat(20_000))).await;
    assert_eq!(crowded.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", crowded.text());
    let recorded = send(fields(50)).await;
    assert_eq!(recorded.status, StatusCode::SEE_OTHER, "{}", recorded.text());
}
