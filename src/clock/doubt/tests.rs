use std::time::Duration;

use super::*;

fn moment(text: &str) -> Moment {
    Moment::parse(text).unwrap()
}

fn day(text: &str) -> Moment {
    moment(&format!("{text}T00:00:00Z"))
}

/// A folder whose last event is from June and that was last served in October, opened by a program built on 22
/// November.
fn quiet() -> Facts {
    Facts {
        wall: day("2026-11-30"),
        built: day("2026-11-22"),
        last_event: Some(day("2026-06-30")),
        seen: Some(day("2026-10-01")),
        accepted: None,
    }
}

fn judged(facts: Facts) -> &'static str {
    match at_start(&facts) {
        None => "in order",
        Some(Doubt::BeforeBuild { .. }) => "before the build",
        Some(Doubt::BeforeLastEvent { .. }) => "before the last event",
        Some(Doubt::FarAhead { .. }) => "far ahead",
        Some(Doubt::Jumped { .. }) => "jumped",
    }
}

#[test]
fn at_a_start_a_clock_is_held_against_the_build_the_last_event_and_when_it_was_seen() {
    let wall = |text: &str| judged(Facts { wall: moment(text), ..quiet() });
    assert_eq!(wall("2026-11-30T00:00:00Z"), "in order");
    assert_eq!(wall("2026-11-22T00:00:00Z"), "in order");
    assert_eq!(wall("2026-11-21T23:59:59Z"), "before the build");
    assert_eq!(wall("1970-01-01T00:03:00Z"), "before the build");
    // 400 days after the build, which is the latest known time.
    assert_eq!(wall("2027-12-27T00:00:00Z"), "in order");
    assert_eq!(wall("2027-12-27T00:00:01Z"), "far ahead");
    assert_eq!(wall("2099-01-01T00:00:00Z"), "far ahead");

    // 400 days after the folder was last served.
    let seen = |text: &str| judged(Facts { wall: day("2028-11-30"), seen: Some(day(text)), ..quiet() });
    assert_eq!((seen("2027-10-26"), seen("2027-10-28")), ("far ahead", "in order"));
    // 400 days after the last event.
    let last = |text: &str| Facts { last_event: Some(moment(text)), ..quiet() };
    let later = |text: &str| judged(Facts { wall: day("2028-11-30"), ..last(text) });
    assert_eq!((later("2027-10-26T00:00:00Z"), later("2027-10-28T00:00:00Z")), ("far ahead", "in order"));
    // One day behind the last event, and one second more.
    assert_eq!(judged(last("2026-12-01T00:00:00Z")), "in order");
    assert_eq!(judged(last("2026-12-01T00:00:01Z")), "before the last event");
    assert_eq!(judged(last("2099-01-01T00:00:00Z")), "before the last event");
}

#[test]
fn a_folder_without_events_has_nothing_to_be_far_ahead_of() {
    let empty = Facts { last_event: None, seen: None, ..quiet() };
    assert_eq!(judged(Facts { wall: day("2040-01-01"), ..empty }), "in order");
    assert_eq!(judged(Facts { wall: day("2026-11-21"), ..empty }), "before the build");
}

#[test]
fn what_was_accepted_is_accepted_at_the_next_start_and_no_other_jump() {
    let built = quiet().built;
    let accepted =
        |at: &str, last_event: Option<&str>| Some(Accepted { at: day(at), last_event: last_event.map(day), built });
    // Events were recorded under a clock of 2099, which was then put right and accepted.
    let after = Facts {
        last_event: Some(moment("2099-01-01T00:00:03Z")),
        seen: Some(day("2026-11-30")),
        accepted: accepted("2026-11-30", Some("2099-01-01")),
        ..quiet()
    };
    let wall = |facts: Facts, text: &str| judged(Facts { wall: moment(text), ..facts });
    assert_eq!(wall(after, "2026-11-30T00:00:00Z"), "in order");
    assert_eq!(wall(after, "2027-06-01T00:00:00Z"), "in order");
    assert_eq!(wall(after, "2026-11-28T00:00:00Z"), "before the last event");
    // A second move to 2099 is a second jump, although the last event is from then.
    assert_eq!(wall(after, "2099-01-01T00:00:00Z"), "far ahead");
    // Events recorded under yet another clock.
    let again = Facts { last_event: Some(day("2120-01-01")), ..after };
    assert_eq!(wall(again, "2026-11-30T00:00:00Z"), "before the last event");

    // After an accepted clock far ahead, only a clock that continues from it is in order.
    let ahead =
        Facts { seen: Some(day("2030-01-01")), accepted: accepted("2030-01-01", Some("2026-06-30")), ..quiet() };
    assert_eq!(wall(ahead, "2030-01-02T00:00:00Z"), "in order");
    assert_eq!(wall(ahead, "2031-01-01T00:00:00Z"), "in order");
    assert_eq!(wall(ahead, "2099-01-01T00:00:00Z"), "far ahead");
    assert_eq!(wall(ahead, "2026-11-01T00:00:00Z"), "before the build");

    // A clock before the build that was accepted, for this build only.
    let early = Facts { accepted: accepted("2026-09-01", Some("2026-06-30")), ..quiet() };
    assert_eq!(wall(early, "2026-09-02T00:00:00Z"), "in order");
    assert_eq!(wall(early, "2026-08-30T00:00:00Z"), "before the build");
    assert_eq!(wall(Facts { built: day("2026-11-23"), ..early }, "2026-09-02T00:00:00Z"), "before the build");
}

#[test]
fn a_clock_goes_on_as_time_passes() {
    let before = Reading { wall: day("2026-11-27"), running: Duration::from_secs(1_000) };
    let now = |wall: &str, running: u64| {
        of_advance(before, Reading { wall: moment(wall), running: Duration::from_secs(running) })
    };
    let by = |wall: &str, running: u64| match now(wall, running) {
        Some(Doubt::Jumped { by, .. }) => by / MINUTE,
        None => 0,
        other => panic!("{other:?}"),
    };
    assert_eq!(by("2026-11-27T00:00:00Z", 1_000), 0);
    // A time server corrects by up to ten minutes either way.
    assert_eq!(by("2026-11-27T00:10:00Z", 1_000), 0);
    assert_eq!(by("2026-11-26T23:50:00Z", 1_000), 0);
    assert_eq!(by("2026-11-27T00:10:01Z", 1_000), 10);
    assert_eq!(by("2026-11-26T23:49:59Z", 1_000), -10);
    // A weekend asleep: both clocks advanced.
    assert_eq!(by("2026-11-30T00:00:00Z", 1_000 + 3 * 24 * 60 * 60), 0);
    // A weekend in which only the wall clock advanced, and one in which it did not move.
    assert_eq!(by("2026-11-30T00:00:00Z", 1_000), 3 * 24 * 60);
    assert_eq!(by("2026-11-27T00:00:00Z", 1_000 + 3 * 24 * 60 * 60), -3 * 24 * 60);
    assert!(now("9999-12-31T23:59:59Z", 0).is_some());
}

#[test]
fn a_doubt_says_the_figures() {
    let wall = day("2099-01-01");
    let says = [
        Doubt::BeforeBuild { wall: day("1970-01-01"), built: day("2026-11-22") },
        Doubt::BeforeLastEvent { wall: moment("2026-11-30T21:00:00Z"), last_event: day("2026-12-02") },
        Doubt::FarAhead { wall, latest: day("2026-11-22") },
        Doubt::Jumped { wall, since: day("2026-11-30"), by: 11 * MINUTE },
        Doubt::Jumped { wall: day("2026-11-29"), since: day("2026-11-30"), by: -DAY },
    ];
    insta::assert_snapshot!(says.map(|doubt| doubt.to_string()).join("\n"), @r"
    the machine's clock says 1970-01-01T00:00:00Z, which is 20779 days before this program was built (2026-11-22T00:00:00Z)
    the machine's clock says 2026-11-30T21:00:00Z, which is 27 hours before the last event was recorded (2026-12-02T00:00:00Z)
    the machine's clock says 2099-01-01T00:00:00Z, which is 26338 days after anything this data folder knows of (2026-11-22T00:00:00Z)
    the machine's clock says 2099-01-01T00:00:00Z: it was put forward by 11 minutes since it last said 2026-11-30T00:00:00Z
    the machine's clock says 2026-11-29T00:00:00Z: it was put back by 24 hours since it last said 2026-11-30T00:00:00Z
    ");
}
