//! Nothing is lost: any accepted submission, once recorded, is read back unchanged from its bytes.

// Clippy allows `unwrap` in tests; this makes it treat the helper functions as tests too.
#![cfg(test)]

#[path = "round_trip/kept.rs"]
mod kept;

use events::{Kind, Moment, Recorded, Submission, parse_json};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

use self::kept::{comes_back, kept};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_submission_is_recorded_and_read_back_and_submitted_again_the_same(
        event in event(), seq in 1..=u64::MAX, at in micros()
    ) {
        let submission = Submission::read(parse_json(event.to_string().as_bytes()).unwrap(), "").unwrap();
        comes_back(&kept(&submission, seq, Moment::from_micros(at).unwrap()), &submission);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(event in event(), cut in any::<prop::sample::Index>(), put in any::<u8>()) {
        let mut bytes = kept(&Submission::read(&event, "").unwrap(), 7, Moment::from_micros(0).unwrap()).encode();
        let place = cut.index(bytes.len());
        bytes[place] = put;
        _ = Recorded::decode(&bytes);
        _ = Recorded::decode(&bytes[..place]);
        if let Ok(value) = parse_json(&bytes) {
            _ = Submission::read(value, "");
        }
    }
}

/// A CloudEvent of any type that a ledger accepts.
fn event() -> impl Strategy<Value = Value> {
    let envelope = (id(), text(), id(), prop::option::of(time()), prop::option::of(Just("application/json")));
    let extensions = prop::collection::btree_map("x[a-z0-9]{0,9}", extension(), 0..3);
    (envelope, extensions, select(Kind::ALL)).prop_flat_map(|(envelope, extensions, kind)| {
        data(kind).prop_map(move |data| {
            let (id, source, subject, time, content_type) = envelope.clone();
            let mut event = json!({"specversion": "1.0", "id": id, "source": source, "type": kind.as_str(),
                "subject": subject, "time": time, "datacontenttype": content_type, "data": data});
            for (name, value) in &extensions {
                event[name] = value.clone();
            }
            event
        })
    })
}

fn data(kind: Kind) -> BoxedStrategy<Value> {
    match kind {
        Kind::PolicyAdopted => policy(),
        Kind::TeamFormed | Kind::TeamChanged => object([need("name", text()), may("parent", id())]),
        Kind::TeamDissolved | Kind::CycleStarted => object([]),
        Kind::CycleOpened => object([
            need("title", text()),
            need("kind", words(&["quarter", "year", "custom"])),
            need("starts_on", Just("2026-04-01".into())),
            need("ends_on", date_in(2027..2036)),
            need("time_zone", words(&["UTC", "Europe/Madrid", "Pacific/Apia", "America/St_Johns"])),
            may("parent", id()),
        ]),
        Kind::CycleClosed => object([may("note", text())]),
        Kind::CycleReopened => object([need("reason", text())]),
        Kind::ThemeDeclared => object([
            need("cycle", id()),
            need("title", text()),
            may("north_star", object([need("name", text()), need("unit", text())])),
            may("lever", text()),
        ]),
        Kind::ObjectiveDrafted => object([
            need("cycle", id()),
            need("title", text()),
            may("description", text()),
            need("level", words(&["company", "team", "individual"])),
            need("team", id()),
            need("owner", text()),
            need("ambition", words(&["committed", "aspirational"])),
            may("supports", id()),
            may("themes", list(id())),
            may("weight", weight()),
        ]),
        Kind::ObjectiveAmended => object([
            need(
                "changes",
                object([
                    need("title", to(text())),
                    may("description", to(or_null(text()))),
                    may("level", to(words(&["company", "team", "individual"]))),
                    may("team", to(or_null(id()))),
                    may("owner", to(text())),
                    may("ambition", to(words(&["committed", "aspirational"]))),
                    may("supports", to(or_null(id()))),
                    may("themes", to(or_null(list(id())))),
                    may("weight", to(or_null(weight()))),
                ]),
            ),
            may("justification", justification()),
        ]),
        Kind::ObjectiveRetired | Kind::KeyResultRetired => {
            object([need("justification", justification()), may("replaced_by", replacements())])
        }
        Kind::ObjectiveScored | Kind::KeyResultScored => object([need("score", share()), need("rationale", text())]),
        Kind::KeyResultDrafted => {
            let with = |metric: BoxedStrategy<Value>, measured: bool| {
                let of = |strategy: BoxedStrategy<Value>| if measured { strategy } else { Just(Value::Null).boxed() };
                object([
                    need("objective", id()),
                    need("title", text()),
                    need("owner", text()),
                    need("metric", metric),
                    may("target", of(number())),
                    may("thresholds", of(thresholds())),
                    may("due_on", date_from(2020)),
                    may("weight", weight()),
                    may("expected_score", share()),
                ])
            };
            prop_oneof![with(measured(), true), with(by_milestones(), false)].boxed()
        }
        Kind::KeyResultBaselineSet => {
            object([need("value", number()), need("measured_on", date_from(1990)), need("method", text())])
        }
        Kind::KeyResultTargetSet => object([need("value", number()), may("thresholds", thresholds())]),
        Kind::KeyResultAdjusted => object([
            need(
                "changes",
                object([
                    need("target", to(number())),
                    may("thresholds", to(or_null(thresholds()))),
                    may("baseline", to(number())),
                    may("due_on", to(or_null(date_from(2026)))),
                    may("metric", to(prop_oneof![measured(), by_milestones()].boxed())),
                    may("title", to(text())),
                    may("weight", to(or_null(weight()))),
                    may("expected_score", to(or_null(share()))),
                ]),
            ),
            need("justification", justification()),
        ]),
        Kind::AdjustmentProposed => {
            let changes = object([
                need("weight", to(or_null(weight()))),
                may("target", to(number())),
                may("thresholds", to(or_null(thresholds()))),
                may("due_on", to(or_null(date_from(2026)))),
                may("metric", to(prop_oneof![measured(), by_milestones()].boxed())),
                may("title", to(text())),
                may("themes", to(or_null(list(id())))),
                may("owner", to(text())),
            ]);
            let change = object([need("changes", changes), need("justification", justification())]);
            let retire = object([
                need("retire", Just(Value::Bool(true)).boxed()),
                may("replaced_by", replacements()),
                need("justification", justification()),
            ]);
            prop_oneof![change, retire].boxed()
        }
        Kind::AdjustmentApproved | Kind::AdjustmentWithdrawn => object([need("proposal", id()), may("note", text())]),
        Kind::AdjustmentDeclined => object([need("proposal", id()), need("note", text())]),
        Kind::KeyResultReassigned => object([need("owner", text()), need("reason", text())]),
        Kind::CheckInRecorded => object([
            need("note", text()),
            may("value", number()),
            may("confidence", (0..=10u32).prop_map(Value::from).boxed()),
            may("status", words(&["on_track", "at_risk", "behind"])),
            may("blockers", list(text())),
            may("progress", list(text())),
            may("plans", list(text())),
            may("problems", list(text())),
            may("milestones_done", list(text())),
        ]),
        Kind::CheckInCorrected => object([
            need("corrects", id()),
            need("reason", text()),
            need("note", text()),
            may("value", or_null(number())),
            may("confidence", or_null((0..=10u32).prop_map(Value::from).boxed())),
            may("status", or_null(words(&["on_track", "at_risk", "behind"]))),
            may("blockers", or_null(list(text()))),
            may("progress", or_null(list(text()))),
            may("plans", or_null(list(text()))),
            may("problems", or_null(list(text()))),
            may("milestones_done", or_null(list(text()))),
        ]),
        Kind::RetrospectiveRecorded => object([
            need("learnings", prop::collection::vec(text(), 1..3).prop_map(Value::from).boxed()),
            may("went_well", list(text())),
            may("went_badly", list(text())),
            may("actions", list(text())),
        ]),
        Kind::ObjectiveCarriedOver => object([need("to_cycle", id()), need("new_id", id()), may("note", text())]),
        Kind::BoardReportIssued => object([need("cycle", id()), need("title", text()), may("note", text())]),
    }
}

fn policy() -> BoxedStrategy<Value> {
    let severity = || words(&["off", "warn", "refuse"]);
    let days = || (0..=u32::MAX).prop_map(Value::from).boxed();
    object([
        may("formula", words(&["linear-1", "ratio-1"])),
        may("bands", text().prop_map(|name| json!([{"from": 0.7, "name": name}, {"from": 0, "name": "rest"}])).boxed()),
        may("expectations", object([may("committed", share()), may("aspirational", share())])),
        may("confidence", object([may("on_track", Just(8.into()).boxed()), may("at_risk", Just(4.into()).boxed())])),
        may("pace", object([may("on_track", share()), may("at_risk", share())])),
        may("cadence", object([may("days", days()), may("grace_days", days())])),
        may("limits", object([may("objectives_max", days()), may("statement_chars_min", days())])),
        may("rules", object([may("late_adjustment", severity()), may("own_adjustment", severity())])),
        may("output_words", list(text())),
        may("approval", words(&["off", "required"])),
        may("owner_may_approve", any::<bool>().prop_map(Value::from).boxed()),
    ])
}

fn justification() -> BoxedStrategy<Value> {
    object([
        need(
            "cause",
            words(&[
                "external_change",
                "new_information",
                "measurement_correction",
                "scope_change",
                "execution_shortfall",
            ]),
        ),
        need("statement", text()),
        need("circumstances", text()),
        need("preserves_objective", any::<bool>().prop_map(Value::from).boxed()),
        may("evidence", Just(json!(["https://example.org/é", "urn:x:y"])).boxed()),
    ])
}

fn measured() -> BoxedStrategy<Value> {
    object([
        need("name", text()),
        may("unit", text()),
        need("kind", words(&["increase", "decrease", "at_least", "at_most"])),
    ])
}

fn by_milestones() -> BoxedStrategy<Value> {
    let milestone = |weight: Option<Value>, n: usize| json!({"name": format!("{n}. étape"), "weight": weight});
    let milestones = prop::collection::vec(prop::option::of(weight()), 1..4).prop_map(move |weights| {
        weights.into_iter().enumerate().map(|(n, weight)| milestone(weight, n)).collect::<Value>()
    });
    object([
        need("name", text()),
        need("kind", Just("milestones".into()).boxed()),
        need("milestones", milestones.boxed()),
    ])
}

/// Some of the scores, with rising values.
fn thresholds() -> BoxedStrategy<Value> {
    let scores = subsequence(vec!["0", "0.10", "0.3", "0.50", "0.7", "1.0"], 1..=6);
    (scores, -1000..1000i64, 1..100i64)
        .prop_map(|(scores, from, step)| {
            let point = |(n, score): (usize, &str)| {
                let value = format!("{}.{:02}", from + step * n as i64, step % 100);
                let value = if value.starts_with('-') { format!("{}", from + step * n as i64) } else { value };
                (score.to_owned(), decimal(&value))
            };
            Value::Object(scores.into_iter().enumerate().map(point).collect())
        })
        .boxed()
}

type Field = (&'static str, bool, BoxedStrategy<Value>);

/// Defines a field that is always present.
fn need(name: &'static str, value: impl Strategy<Value = Value> + 'static) -> Field {
    (name, true, value.boxed())
}

/// Defines a field that is sometimes absent.
fn may(name: &'static str, value: impl Strategy<Value = Value> + 'static) -> Field {
    (name, false, value.boxed())
}

fn object<const N: usize>(fields: [Field; N]) -> BoxedStrategy<Value> {
    let fields = fields.map(|(name, needed, value)| {
        let there = if needed { Just(true).boxed() } else { any::<bool>().boxed() };
        (there, value).prop_map(move |(there, value)| there.then(|| (name.to_owned(), value)))
    });
    Vec::from(fields).prop_map(|fields| Value::Object(fields.into_iter().flatten().collect::<Map<_, _>>())).boxed()
}

fn to(value: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    value.prop_map(|value| json!({"to": value})).boxed()
}

fn or_null(value: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    prop_oneof![1 => Just(Value::Null), 3 => value].boxed()
}

fn list(item: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    prop::collection::vec(item, 0..3).prop_map(Value::from).boxed()
}

fn words(all: &'static [&'static str]) -> BoxedStrategy<Value> {
    select(all).prop_map(Value::from).boxed()
}

/// One replacement, or several after a split.
fn replacements() -> BoxedStrategy<Value> {
    prop_oneof![id(), proptest::collection::vec(id(), 2..4).prop_map(Value::from)].boxed()
}

fn id() -> BoxedStrategy<Value> {
    "[A-Za-z0-9._-]{1,64}".prop_map(Value::from).boxed()
}

/// Any text that is not blank, with the two control characters that a text may contain.
fn text() -> BoxedStrategy<Value> {
    prop_oneof!["[ -~\t\n]{0,20}[!-~]", "\\PC{0,12}[a-zé🎯\"\\\\]"].prop_map(Value::from).boxed()
}

fn time() -> BoxedStrategy<Value> {
    micros().prop_map(|micros| Moment::from_micros(micros).unwrap().to_string().into()).boxed()
}

/// Moments from 1900 to 9999.
fn micros() -> BoxedStrategy<i64> {
    (-2_208_988_800_000_000..=253_402_300_799_999_999i64).boxed()
}

fn date_from(year: i32) -> BoxedStrategy<Value> {
    date_in(year..year + 20)
}

fn date_in(years: std::ops::Range<i32>) -> BoxedStrategy<Value> {
    (years, 1..=12u32, 1..=28u32).prop_map(|(year, month, day)| format!("{year}-{month:02}-{day:02}").into()).boxed()
}

/// Exact decimals of up to 28 digits and any scale, some with an exponent.
fn number() -> BoxedStrategy<Value> {
    let plain = "-?(0|[1-9][0-9]{0,13})(\\.[0-9]{1,14})?";
    prop_oneof![4 => plain, 1 => "-?[1-9](\\.[0-9]{1,3})?[eE][+-]?[0-9]"].prop_map(|text| decimal(&text)).boxed()
}

fn weight() -> BoxedStrategy<Value> {
    "([1-9][0-9]{0,2}|0\\.0[1-9]|1000)".prop_map(|text| decimal(&text)).boxed()
}

fn share() -> BoxedStrategy<Value> {
    "(0(\\.[0-9]{1,6})?|1(\\.0{1,3})?)".prop_map(|text| decimal(&text)).boxed()
}

fn extension() -> BoxedStrategy<Value> {
    prop_oneof![any::<bool>().prop_map(Value::from), any::<i32>().prop_map(Value::from), text()].boxed()
}

fn decimal(text: &str) -> Value {
    Value::Number(text.parse().unwrap())
}
