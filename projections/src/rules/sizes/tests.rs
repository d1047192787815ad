use events::Submission;
use serde_json::json;

use super::super::No;
use super::super::given::*;

/// Returns a check-in of about `bytes` bytes, with all parts within their limits.
fn wide(id: &str, bytes: usize) -> Submitted {
    let blocker = "b".repeat(1_990);
    let lists = ["blockers", "progress", "plans", "problems"];
    let items = bytes / 2_000;
    let data: serde_json::Map<_, _> = lists
        .into_iter()
        .enumerate()
        .map(|(n, list)| (list.to_owned(), vec![blocker.as_str(); items.saturating_sub(50 * n).min(50)].into()))
        .collect();
    check_in("paid", data.into()).named(id)
}

#[test]
fn an_event_that_is_too_large_names_its_largest_fields() {
    let says = under_way().when(wide("e1", 100_000)).then_refused(No::TooLarge, [("", "event_too_large")]);
    assert!(says[0].starts_with("the event has 99"), "{says:?}");
    assert!(says[0].contains("/data/blockers 99651, /source 16, "), "{says:?}");
    under_way().when(wide("e1", 64_000)).then_recorded();
}

#[test]
fn an_oversized_event_is_checked_by_no_other_rule() {
    let themes: Vec<String> = (0..90_000).map(|n| format!("t{n}")).collect();
    let drafted = submitted("objective.drafted", "trial", with(objective("q9"), json!({"themes": themes})));
    let found = [("/data/themes", "too_many_items"), ("", "event_too_large")];
    planned().when(drafted).then_refused(No::TooLarge, found);
    // Submissions that depend on it are not checked either.
    let long = submitted("objective.drafted", "new", with(objective("q2"), json!({"title": "x".repeat(501)})));
    let more = submitted("key_result.drafted", "kr", key_result("new", json!({"name": "n", "kind": "increase"}), 3));
    planned().when_all([long, more]).then_refused(No::Invalid, [("/0/data/title", "text_too_long")]);
}

#[test]
fn an_entry_has_a_thousand_events_and_a_mebibyte_at_most() {
    let events = |count: usize, bytes: usize| (0..count).map(move |n| wide(&format!("e{n}"), bytes));
    let small = |count| (0..count).map(|n| check_in("paid", json!({"value": n})).named(&format!("e{n}")));
    under_way().when_all(small(1_000)).then_recorded();
    under_way().when_all(small(1_001)).then_refused(No::TooLarge, [("", "too_many_events")]);
    under_way().when_all(events(18, 60_000)).then_refused(No::TooLarge, [("", "entry_too_large")]);
    // The oversized event is reported, and the size of the entry is not.
    under_way()
        .when_all(events(17, 60_000).chain([wide("large", 70_000)]))
        .then_refused(No::TooLarge, [("/17", "event_too_large")]);
}

#[test]
fn an_entry_whose_receipt_would_be_too_large_is_refused() {
    let with_ids = |ids: char| {
        let id = move |n: usize| format!("{n:03}{}", String::from(ids).repeat(253));
        (0..1_000).map(move |n| check_in("paid", json!({"value": n})).named(&id(n)))
    };
    under_way().when_all(with_ids('x')).then_recorded();
    under_way().when_all(with_ids('"')).then_refused(No::TooLarge, [("", "entry_too_large")]);
}

#[test]
fn ids_that_do_not_work_in_a_url_are_refused() {
    for id in [".", ".."] {
        let team = submitted("team.formed", id, json!({"name": "Core"}));
        planned().when(team).then_refused(No::Invalid, [("/subject", "reserved_id")]);
        let event = check_in("paid", json!({"value": 3})).named(id);
        under_way().when(event).then_refused(No::Invalid, [("/id", "reserved_id")]);
    }
    planned().when(submitted("team.formed", "...", json!({"name": "Core"}))).then_recorded();
    // An imported team with this id is kept and can be changed.
    let copied = planned().and_copied(submitted("team.formed", ".", json!({"name": "Core"})));
    copied.when(submitted("team.changed", ".", json!({"name": "Core two"}))).then_recorded();
}

#[test]
fn a_name_without_visible_characters_is_blank() {
    let team = submitted("team.formed", "core", json!({"name": "\u{200b}\u{2800}"}));
    planned().when(team).then_refused(No::Invalid, [("/data/name", "bad_text")]);
}

#[test]
fn a_hundred_faults_are_reported_and_the_others_counted() {
    let unknown = (0..1_000).map(|n| check_in(&format!("no-{n}"), json!({"value": n})));
    let refusal = under_way().when_all(unknown).then_refused_with(No::Invalid);
    assert_eq!(refusal.len(), events::TOLD_MAX + 1);
    assert_eq!(
        refusal.last().map(|fault| fault.message.as_str()),
        Some("and 900 more: fix these first, then send it again")
    );
    assert!(Submission::BYTES_MAX > 60 << 10 && serde_json::to_vec(&refusal).unwrap().len() < 60 << 10);
}

#[test]
fn a_hundred_warnings_are_reported_and_the_others_counted() {
    let drafted = (0..500).map(|n| {
        let fields = json!({"title": format!("Reach {n}"), "level": "individual", "owner": format!("o{n}")});
        submitted("objective.drafted", &format!("o{n}"), with(objective("q2"), fields))
    });
    let warnings = planned().when_all(drafted).then_warned_with();
    assert_eq!(warnings.len(), events::TOLD_MAX + 1);
    let last = warnings.last().unwrap();
    assert_eq!(
        (last.rule.as_str(), last.message.as_str()),
        ("more", "and 400 more: a smaller entry returns all of its warnings")
    );
}

#[test]
fn quoted_names_are_cut_off() {
    let milestones: Vec<_> = (0..100).map(|n| json!({"name": format!("{n:0>400}")})).collect();
    let metric = json!({"name": "m", "kind": "milestones", "milestones": milestones});
    let drafted = with(key_result("trial", metric, 0), json!({"target": null}));
    let given = planned().and(submitted("key_result.drafted", "steps", drafted));
    let given = given.and(submitted("cycle.started", "q2", json!({})));
    let done: Vec<String> = (0..100).map(|n| format!("x{n:0>400}")).collect();
    let refusal = given.when(check_in("steps", json!({"milestones_done": done}))).then_refused_with(No::Invalid);
    assert!(refusal[0].message.ends_with("… and 90 more"), "{}", refusal[0].message);
    assert!(serde_json::to_vec(&refusal).unwrap().len() < 60 << 10);
}
