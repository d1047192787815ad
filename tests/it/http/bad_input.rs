//! Every bad input gets all of its faults reported, and nothing is recorded.

use axum::http::StatusCode;
use insta::assert_snapshot;
use serde_json::json;

use crate::house::{EVENTS, House, check_in, drafted, event, justification, key_result, opened, with};

#[tokio::test]
async fn what_is_not_json_is_not_taken() {
    let house = House::quarter().await;
    assert_snapshot!(house.refused_bytes(b"hello".to_vec()).await, @r#"
    400 not-json (Not JSON)
    [] not_json: the body is not JSON: expected value at line 1 column 1
    "#);
    assert_snapshot!(house.refused_bytes(b"".to_vec()).await, @r#"
    400 not-json (Not JSON)
    [] not_json: the body is not JSON: EOF while parsing a value at line 1 column 0
    "#);
    assert_snapshot!(house.refused_bytes(br#"{"id": "a", "id": "b"}"#.to_vec()).await, @r#"
    400 not-json (Not JSON)
    [] not_json: the body is not JSON: the field `id` appears twice in one object at line 1 column 16
    "#);
    let nan = check_in("trials", 12, 7).to_string().replace("12", "NaN");
    assert_snapshot!(house.refused_bytes(nan.into_bytes()).await, @r#"
    400 not-json (Not JSON)
    [] not_json: the body is not JSON: expected value at line 1 column 33
    "#);
}

#[tokio::test]
async fn what_is_no_cloud_event_is_not_taken() {
    let house = House::quarter().await;
    assert_snapshot!(house.refused(&json!("hello")).await, @r#"
    400 not-a-cloud-event (Not a CloudEvent)
    [] not_a_cloud_event: a CloudEvent is a JSON object, not a string
    "#);
    assert_snapshot!(house.refused(&json!({})).await, @r#"
    400 not-a-cloud-event (Not a CloudEvent)
    [/specversion] required: the attribute `specversion` is required
    [/id] required: the attribute `id` is required
    [/source] required: the attribute `source` is required
    [/type] required: the attribute `type` is required
    [/subject] required: the attribute `subject` is required
    "#);
    let wrong_version = with(check_in("trials", 13, 7), json!({"specversion": "0.3"}));
    assert_snapshot!(house.refused(&wrong_version).await, @r#"
    400 not-a-cloud-event (Not a CloudEvent)
    [/specversion] specversion: only CloudEvents "1.0" is accepted
    "#);
    let stamped = with(check_in("trials", 13, 7), json!({"seq": 1, "actor": "eve"}));
    assert_snapshot!(house.refused(&stamped).await, @r#"
    400 not-a-cloud-event (Not a CloudEvent)
    [/actor] reserved: `actor` is set by the ledger: leave it out
    [/seq] reserved: `seq` is set by the ledger: leave it out
    "#);
}

#[tokio::test]
async fn types_fields_and_subjects_must_be_known() {
    let house = House::quarter().await;
    let unknown_type = event("okr.mood.swung", "trials", json!({}));
    let answer = house.post(&unknown_type).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.json()["violations"][0]["rule"], "unknown_type");
    let unknown_field = event("okr.check_in.recorded", "trials", json!({"value": 13, "mood": "fine"}));
    assert_snapshot!(house.refused(&unknown_field).await, @r#"
    422 invalid (Not valid)
    [/data/mood] unknown_field: `mood` is not a field of this object (known: blockers, confidence, milestones_done, note, plans, problems, progress, status, value)
    "#);
    assert_snapshot!(house.refused(&check_in("trails", 13, 7)).await, @r#"
    422 invalid (Not valid)
    [/subject] unknown_subject: there is no `trails` in this ledger; expected a key result
    "#);
    assert_snapshot!(house.refused(&check_in("grow", 13, 7)).await, @r#"
    422 invalid (Not valid)
    [/subject] wrong_subject: `grow` is an objective; expected a key result
    "#);
}

#[tokio::test]
async fn values_must_be_of_their_kind_and_in_their_range() {
    let house = House::quarter().await;
    let number_for_text = with(
        drafted("second", "q2"),
        json!({"data": {"cycle": "q2", "title": 7, "level": "company",
        "owner": "Ada", "ambition": "committed"}}),
    );
    assert_snapshot!(house.refused(&number_for_text).await, @r#"
    422 invalid (Not valid)
    [/data/title] wrong_type: must be a string, not a number
    "#);
    assert_snapshot!(house.refused(&check_in("trials", 13, 11)).await, @r#"
    422 invalid (Not valid)
    [/data/confidence] confidence_out_of_range: confidence is a whole number from 0 to 10, not 11
    "#);
    let huge = check_in("trials", 123_456, 7).to_string().replace("123456", "1e400");
    assert_snapshot!(house.refused_bytes(huge.into_bytes()).await, @r#"
    422 invalid (Not valid)
    [/data/value] not_exact: `1e+400` is not a decimal of at most 28 digits
    "#);
    let nan = event("okr.check_in.recorded", "trials", json!({"value": "NaN"}));
    assert_snapshot!(house.refused(&nan).await, @r#"
    422 invalid (Not valid)
    [/data/value] wrong_type: must be a number, not a string
    "#);
}

#[tokio::test]
async fn a_goal_must_make_sense() {
    let house = House::quarter().await;
    let [draft, baseline] = key_result("same", "grow", ("increase", "trials"), 8, 8);
    assert_snapshot!(house.refused(&json!([draft, baseline])).await, @r#"
    422 invalid (Not valid)
    [/1/data/value] target_equals_baseline: target and baseline are both 8: the target must be above the baseline
    "#);
    let mut backwards = opened("q3");
    backwards["data"]["ends_on"] = json!("2026-03-01");
    assert_snapshot!(house.refused(&backwards).await, @r#"
    422 invalid (Not valid)
    [/data/ends_on] ends_before_start: the cycle ends on 2026-03-01, before it starts on 2026-04-01
    "#);
    let mut nowhere = opened("q3");
    nowhere["data"]["time_zone"] = json!("Europe/Atlantis");
    assert_snapshot!(house.refused(&nowhere).await, @r#"
    422 invalid (Not valid)
    [/data/time_zone] unknown_time_zone: `Europe/Atlantis` is not an IANA time zone: write it as Europe/Berlin or UTC
    "#);
}

#[tokio::test]
async fn a_time_to_come_is_not_taken() {
    let house = House::quarter().await;
    let soon = with(check_in("trials", 13, 7), json!({"time": "2026-05-04T12:06:00Z"}));
    assert_snapshot!(house.refused(&soon).await, @r#"
    422 invalid (Not valid)
    [/time] time_in_future: 2026-05-04T12:06:00Z is in the future: the ledger's clock shows 2026-05-04T12:00:00Z
    "#);
    let within_skew = with(check_in("trials", 13, 7), json!({"time": "2026-05-04T12:04:00Z"}));
    house.record(&within_skew).await;
}

#[tokio::test]
async fn too_much_is_not_taken() {
    let house = House::quarter().await;
    let many = |count: u32| json!((0..count).map(|n| check_in("trials", n, 6)).collect::<Vec<_>>());
    assert_snapshot!(house.refused(&many(1_001)).await, @r#"
    413 too-large (Too large)
    [] too_many_events: an entry has at most 1000 events, this one has 1001: nothing was recorded; send them in smaller entries
    "#);
    assert_snapshot!(house.refused(&json!([])).await, @r#"
    422 invalid (Not valid)
    [] empty_entry: the list is empty: an entry has at least one event
    "#);
    let mut large = check_in("trials", 13, 7);
    large["data"]["note"] = json!("x".repeat(2 << 20));
    assert_snapshot!(house.refused(&large).await, @r#"
    413 too-large (Too large)
    [] body_too_large: the body is larger than 1 MiB: nothing was recorded; send it in smaller parts
    "#);
    let announced = [("content-type", "application/json"), ("expect", "100-continue"), ("content-length", "2097152")];
    assert_eq!(house.post_with(EVENTS, &announced, Vec::new()).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(house.post(&many(1_000)).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn what_does_not_go_with_what_stands_is_a_conflict() {
    let house = House::quarter().await;
    let late_target = event("okr.key_result.target_set", "trials", json!({"value": 30}));
    assert_snapshot!(house.refused(&late_target).await, @r#"
    409 conflict (Conflict with the current state)
    [/subject] adjust_instead: the cycle has started: change the target with okr.key_result.adjusted, giving a justification
    "#);
    house.record(&event("okr.key_result.retired", "cac", json!({"justification": justification()}))).await;
    assert_snapshot!(house.refused(&check_in("cac", 880, 7)).await, @r#"
    409 conflict (Conflict with the current state)
    [/subject] already_retired: the key result `cac` (KR-2) is retired
    "#);
    house.record(&event("okr.cycle.closed", "q2", json!({}))).await;
    assert_snapshot!(house.refused(&event("okr.cycle.closed", "q2", json!({"note": "again"}))).await, @r#"
    409 conflict (Conflict with the current state)
    [/subject] cycle_closed: the cycle `q2` is closed: reopen it first (okr.cycle.reopened)
    "#);
}

#[tokio::test]
async fn an_adjustment_must_be_justified_and_not_by_shortfall() {
    let house = House::quarter().await;
    let eased = json!({"changes": {"target": {"to": 800}}});
    assert_snapshot!(house.refused(&event("okr.key_result.adjusted", "cac", eased.clone())).await, @r#"
    422 invalid (Not valid)
    [/data/justification] required: `justification` is required
    "#);
    let mut excused = with(eased, json!({"justification": justification()}));
    excused["justification"]["cause"] = json!("execution_shortfall");
    excused["justification"]["statement"] = json!("we fell short");
    excused["justification"]["preserves_objective"] = json!(false);
    assert_snapshot!(house.refused(&event("okr.key_result.adjusted", "cac", excused)).await, @r#"
    422 invalid (Not valid)
    [/data/justification/cause] execution_shortfall: being behind is no reason to change a goal: keep it, and let the score show what happened (refused by the default policy)
    [/data/justification/preserves_objective] preserves_objective: the change does not preserve the objective: retire the goal and draft a new one instead (refused by the default policy)
    [/data/justification/statement] statement_length: the statement has 13 characters; explain in at least 20 why the goal changes (refused by the default policy)
    "#);
}

#[tokio::test]
async fn the_faults_of_all_events_and_parameters_are_named_together() {
    let house = House::quarter().await;
    let list =
        json!([check_in("trials", 13, 7), check_in("trials", 13, 11), {"specversion": "1.0"}, check_in("cac", 1, 12)]);
    let headers = [("content-type", "application/json"), ("if-match", "3")];
    let answer = house.post_with(&format!("{EVENTS}?dry_run=yes&why=1"), &headers, list.to_string().into_bytes()).await;
    assert_snapshot!(answer.problem(), @r#"
    400 not-a-cloud-event (Not a CloudEvent)
    [?dry_run] unreadable: `dry_run`: `yes` is neither true nor false
    [?why] unknown_parameter: there is no parameter `why`; accepted here: `dry_run`
    [If-Match] if_match: If-Match must be one quoted seq, such as "412": the last event about the subject that you have seen, or "0" for a new subject
    [/1/data/confidence] confidence_out_of_range: confidence is a whole number from 0 to 10, not 11
    [/2/id] required: the attribute `id` is required
    [/2/source] required: the attribute `source` is required
    [/2/type] required: the attribute `type` is required
    [/2/subject] required: the attribute `subject` is required
    [/3/data/confidence] confidence_out_of_range: confidence is a whole number from 0 to 10, not 12
    "#);
    let both = json!([check_in("trails", 13, 7), check_in("trials", 14, 7), check_in("coc", 1, 2)]);
    assert_snapshot!(house.refused(&both).await, @r#"
    422 invalid (Not valid)
    [/0/subject] unknown_subject: there is no `trails` in this ledger; expected a key result
    [/2/subject] unknown_subject: there is no `coc` in this ledger; expected a key result
    "#);
}

#[tokio::test]
async fn other_content_types_are_not_taken() {
    let house = House::quarter().await;
    let body = check_in("trials", 13, 7).to_string().into_bytes();
    let send = async |headers: &[(&str, &str)]| house.post_with(EVENTS, headers, body.clone()).await.problem();
    assert_snapshot!(send(&[("content-type", "text/plain")]).await, @r#"
    415 unsupported-media-type (Unsupported media type)
    `text/plain` is not accepted here: send application/cloudevents+json (one event), application/cloudevents-batch+json (a list), or application/json (either); in binary mode ce-* headers and the data as application/json
    "#);
    assert_snapshot!(send(&[]).await, @r#"
    415 unsupported-media-type (Unsupported media type)
    a body without a content type is not accepted here: send application/cloudevents+json (one event), application/cloudevents-batch+json (a list), or application/json (either); in binary mode ce-* headers and the data as application/json
    "#);
    assert_snapshot!(send(&[("content-type", "application/cloudevents+avro")]).await, @r#"
    415 unsupported-media-type (Unsupported media type)
    `application/cloudevents+avro` is not accepted here: send application/cloudevents+json (one event), application/cloudevents-batch+json (a list), or application/json (either); in binary mode ce-* headers and the data as application/json
    "#);
    assert_snapshot!(send(&[("content-type", "application/json; charset=latin1")]).await, @r#"
    415 unsupported-media-type (Unsupported media type)
    JSON must be UTF-8: send `charset=utf-8` or no charset
    "#);
    assert_snapshot!(send(&[("content-type", "application/cloudevents-batch+json")]).await, @r#"
    400 not-a-cloud-event (Not a CloudEvent)
    [] not_a_list: a batch is a list of events: send a list, or one event as application/cloudevents+json
    "#);
    let list = json!([check_in("trials", 13, 7)]).to_string().into_bytes();
    let answer = house.post_with(EVENTS, &[("content-type", "application/cloudevents+json")], list).await;
    assert_snapshot!(answer.problem(), @r#"
    400 not-a-cloud-event (Not a CloudEvent)
    [] not_a_cloud_event: a CloudEvent is a JSON object, not a list
    "#);
}

#[tokio::test]
async fn a_moment_to_look_from_must_be_readable_and_past() {
    let house = House::quarter().await;
    let asked = async |query: &str| house.get(&format!("/v1/ledgers/acme/cycles/q2/board?{query}")).await.problem();
    assert_snapshot!(asked("as_of=9").await, @r#"
    422 invalid (Not valid)
    [?as_of] in_the_future: the ledger's last event is 8: there is no event 9 yet
    "#);
    assert_snapshot!(asked("as_of=2026-05-05").await, @r#"
    422 invalid (Not valid)
    [?as_of] in_the_future: 2026-05-05 is in the future: omit `as_of` to ask about now
    "#);
    assert_snapshot!(asked("as_of=2026-05-04T12:00:01Z").await, @r#"
    422 invalid (Not valid)
    [?as_of] in_the_future: 2026-05-04T12:00:01Z is in the future: omit `as_of` to ask about now
    "#);
    assert_snapshot!(asked("as_of=yesterday").await, @r#"
    422 invalid (Not valid)
    [?as_of] unreadable: `yesterday` is not a seq (412), a date (2026-05-05) or an RFC 3339 time (2026-05-05T09:00:00Z)
    "#);
}

#[tokio::test]
async fn parameters_must_be_known_said_once_and_readable() {
    let house = House::quarter().await;
    let asked = async |path: &str| house.get(&format!("/v1/ledgers/acme/{path}")).await.problem();
    let board =
        "cycles/q2/board?as_off=3&level=planet&status=fine&max_confidence=11&on=soon&team=a%20b&owner=&as_of=x&as_of=1";
    assert_snapshot!(asked(board).await, @"
    422 invalid (Not valid)
    [?team] unreadable: `team`: an id has 1 to 64 characters of A-Z a-z 0-9 . _ -
    [?owner] unreadable: `owner`: must not be blank
    [?level] unreadable: `level`: `planet` is not one of company, team, individual
    [?status] unreadable: `status`: `fine` is not one of on_track, at_risk, behind, unknown
    [?max_confidence] unreadable: `max_confidence`: confidence is a whole number from 0 to 10, not 11
    [?on] unreadable: `on`: `soon` is not a date such as 2026-05-05
    [?as_of] repeated: `as_of` is given more than once: give it once
    [?as_of] unreadable: `x` is not a seq (412), a date (2026-05-05) or an RFC 3339 time (2026-05-05T09:00:00Z)
    [?as_off] unknown_parameter: there is no parameter `as_off`; accepted here: `team`, `owner`, `level`, `status`, `max_confidence`, `on`, `as_of`
    ");
    assert_snapshot!(asked("events?limit=0&after=-1&type=okr.x&since=3&until=now&subject=a%20b").await, @r"
    422 invalid (Not valid)
    [?after] unreadable: `after`: `-1` is neither a seq nor the id of an event in the feed
    [?type] unreadable: `type`: `okr.x` is not an event type; the types are okr.policy.adopted, okr.team.formed, okr.team.changed, okr.team.dissolved, okr.cycle.opened, okr.cycle.started, okr.cycle.closed, okr.cycle.reopened, okr.theme.declared, okr.objective.drafted and 19 more
    [?subject] unreadable: `subject`: an id has 1 to 64 characters of A-Z a-z 0-9 . _ -
    [?since] unreadable: `since`: `3` is neither a date (2026-05-05) nor an RFC 3339 time (2026-05-05T09:00:00Z)
    [?until] unreadable: `until`: `now` is neither a date (2026-05-05) nor an RFC 3339 time (2026-05-05T09:00:00Z)
    [?limit] unreadable: `limit`: `0` is not a number from 1 to 1000
    ");
    assert_snapshot!(asked("cycles/q2/replay?step=month").await, @r#"
    422 invalid (Not valid)
    [?step] unreadable: `step`: `month` is not one of week, day, event
    "#);
    assert_snapshot!(asked("cycles/q2/what-if?without=luck&without_events=1,x&formula=magic").await, @r#"
    422 invalid (Not valid)
    [?without] unreadable: `without`: `luck` cannot be left out; adjustments, retirements, corrections and grades can, and events by their seq
    [?without_events] unreadable: `without_events`: `x` is not a seq; list seqs as 12,40
    [?formula] unreadable: `formula`: `magic` is not one of linear-1, ratio-1
    "#);
    assert_snapshot!(asked("cycles/q2/board/changes?to=1&as_of=2").await, @r#"
    422 invalid (Not valid)
    [?from] required: `from` is required: a seq, a date or a time
    [?as_of] ambiguous: `to` and `as_of` both set the end: leave one of them out
    "#);
    assert_snapshot!(asked("cycles/q2/board/changes?from=3&to=1").await, @r#"
    422 invalid (Not valid)
    [?from] later_than_to: `from` is event 3 at 2026-03-20T09:00:00.000002Z, later than event 1 at 2026-03-20T09:00:00Z: swap the two
    "#);
    assert_snapshot!(asked("cycles/q2/what-if?without_events=77").await, @r#"
    422 invalid (Not valid)
    [?without_events] not_of_this_cycle: 77 cannot be left out: the cycle `q2` has no such event
    "#);
    assert_snapshot!(asked("cycles/q2/what-if?without_events=1").await, @r#"
    422 invalid (Not valid)
    [?without_events] no_cycle_left: the event that opened the cycle `q2` cannot be left out
    "#);
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let house = House::quarter().await;
    let asked = async |path: &str| house.get(path).await.problem();
    assert_snapshot!(asked("/v1/ledgers/acmee/cycles").await, @r#"
    404 unknown-ledger (Unknown ledger)
    there is no ledger `acmee`: create it with PUT /v1/ledgers/acmee {"title": "…"}; GET /v1/ledgers lists the existing ones
    "#);
    assert_snapshot!(asked("/v1/ledgers/acme/cycles/q9/board").await, @r#"
    404 not-found (Not found)
    the ledger `acme` has no `q9` as of event 8; a cycle is expected here
    "#);
    assert_snapshot!(asked("/v1/ledgers/acme/objectives/O-9").await, @r#"
    404 not-found (Not found)
    the ledger `acme` has no `O-9` as of event 8; an objective is expected here
    "#);
    assert_snapshot!(asked("/v1/ledgers/acme/key-results/grow/audit").await, @r#"
    404 not-found (Not found)
    `grow` is an objective; a key result is expected here
    "#);
    assert_snapshot!(asked("/v1/ledgers/acme/key-results/cac/confidence?as_of=2").await, @r#"
    404 not-found (Not found)
    the ledger `acme` has no `cac` as of event 2; a key result is expected here. Events recorded later are not considered
    "#);
    assert_snapshot!(asked("/v1/ledgers/acme/events/99").await, @r#"
    404 not-found (Not found)
    the ledger `acme` has no event `99`: its events are numbered 1 to 8
    "#);
    assert_snapshot!(asked("/v1/ledgers/acme/cycles/q2/board?on=2026-03-01").await, @r#"
    404 not-found (Not found)
    the cycle `q2` had not been opened on 2026-03-01
    "#);
    assert_snapshot!(asked("/v1/ledger").await, @r#"
    404 no-such-path (No such path)
    there is nothing at `/v1/ledger`: the API begins with /v1/ledgers, the pages with /ledgers
    "#);
    let put = house.put(EVENTS, &json!({})).await;
    assert_snapshot!(put.problem(), @r#"
    405 method-not-allowed (Method not allowed)
    `/v1/ledgers/acme/events` does not allow PUT; the header `Allow` lists the allowed methods
    "#);
    assert_eq!(put.header("allow"), "GET,HEAD,POST");
}

#[tokio::test]
async fn a_page_whose_name_was_made_to_lead_here_is_told_nothing() {
    let house = House::quarter().await;
    for here in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080"] {
        assert_eq!(house.get_with(EVENTS, &[("host", here)]).await.status, StatusCode::OK, "{here}");
    }
    assert_snapshot!(house.get_with(EVENTS, &[("host", "evil.example:8080")]).await.problem(), @r#"
    421 misdirected (Wrong host name)
    there is no access control yet, so requests for the host name `evil.example:8080` are rejected, because anyone may own it: use localhost or 127.0.0.1; a reverse proxy must send `Host: localhost`
    "#);
}
