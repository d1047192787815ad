//! Size limits of a whole event.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::{Measured as _, NAME, Parts, URI, json_bytes};
use crate::envelope::{ExtensionValue, Submission};
use crate::place::At;
use crate::violation::Faults;

/// The most extension attributes, and the most bytes of one.
const EXTENSIONS_MAX: usize = 16;
const EXTENSION_BYTES_MAX: usize = 1 << 10;

impl Submission {
    /// The most bytes of a new event as submitted, in compact JSON. The ledger's stamps come on top.
    pub const BYTES_MAX: usize = 64 << 10;

    /// Reports every part that exceeds the limits of a new event; events recorded earlier may have larger parts.
    /// Returns the length of the whole event in compact JSON, in bytes.
    pub fn measure(&self, at: At<'_>, faults: &mut Faults) -> usize {
        self.source.measure(URI, at.field("source"), faults);
        self.datacontenttype.measure(NAME, at.field("datacontenttype"), faults);
        self.dataschema.measure(URI, at.field("dataschema"), faults);
        let count = self.extensions.len();
        if count > EXTENSIONS_MAX {
            let says = format_args!(
                "an event has at most {EXTENSIONS_MAX} extension attributes, this one has {count}: remove some"
            );
            faults.add(at, "too_many_items", says);
        } else {
            for (name, value) in &self.extensions {
                let bytes = name.len() + json_bytes(value);
                if bytes > EXTENSION_BYTES_MAX {
                    let says = format_args!(
                        "an extension attribute has at most {EXTENSION_BYTES_MAX} bytes, this one has {bytes}: shorten it"
                    );
                    faults.add(at.field(name), "text_too_long", says);
                }
            }
        }
        self.fact.measure(at.field("data"), faults);
        self.bytes()
    }

    /// Returns the length of the event in compact JSON, in bytes.
    pub fn bytes(&self) -> usize {
        json_bytes(&Submitted(self))
    }

    /// Lists the three largest fields with their bytes, for a message.
    pub fn largest_fields(&self) -> String {
        let mut parts = Parts::default();
        let at = At::from("");
        parts.note(at.field("id"), json_bytes(&self.id));
        self.source.weigh(at.field("source"), &mut parts);
        self.dataschema.weigh(at.field("dataschema"), &mut parts);
        for (name, value) in &self.extensions {
            parts.note(at.field(name), json_bytes(value));
        }
        self.fact.weigh(at.field("data"), &mut parts);
        parts.listed()
    }
}

/// Serialises a submission as a client sends it.
struct Submitted<'a>(&'a Submission);

impl Serialize for Submitted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Submission { id, source, subject, time, datacontenttype, dataschema, extensions, fact } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("specversion", "1.0")?;
        map.serialize_entry("id", id)?;
        map.serialize_entry("source", source)?;
        map.serialize_entry("type", fact.kind().as_str())?;
        map.serialize_entry("subject", subject)?;
        let optional = [("datacontenttype", datacontenttype), ("dataschema", dataschema)];
        for (name, text) in optional {
            if let Some(text) = text {
                map.serialize_entry(name, text)?;
            }
        }
        if let Some(time) = time {
            map.serialize_entry("time", time)?;
        }
        for (name, value) in extensions {
            let value: &ExtensionValue = value;
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry("data", fact)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn event(kind: &str, data: Value) -> Value {
        json!({"specversion": "1.0", "id": "e1", "source": "/people/ada", "type": format!("okr.{kind}"),
            "subject": "kr", "data": data})
    }

    fn read(event: &Value) -> Submission {
        Submission::read(event, "").unwrap_or_else(|wrong| panic!("{event}: {wrong:?}"))
    }

    fn faults(event: &Value) -> Vec<String> {
        let mut faults = Faults::none();
        read(event).measure(At::from(""), &mut faults);
        faults.into_violations().into_iter().map(|fault| format!("{} {}", fault.pointer, fault.rule)).collect()
    }

    fn texts(count: usize, len: usize) -> Vec<String> {
        (0..count).map(|n| format!("{n:0>len$}")).collect()
    }

    /// Tests every kind of list and text at its limit and one beyond it.
    #[test]
    fn every_list_and_every_text_has_a_limit() {
        let justification = |statement: usize, evidence: usize, uri: usize| {
            let uris: Vec<String> = texts(evidence, uri - 2).iter().map(|text| format!("u:{text}")).collect();
            json!({"cause": "scope_change", "statement": "s".repeat(statement), "circumstances": "c",
                "preserves_objective": true, "evidence": uris})
        };
        let metric = |count: usize, len: usize| {
            let milestones: Vec<Value> = texts(count, len).iter().map(|name| json!({"name": name})).collect();
            json!({"name": "m", "kind": "milestones", "milestones": milestones})
        };
        let key_result = |fields: Value| {
            let mut data = json!({"objective": "o", "title": "t", "owner": "o", "metric": metric(1, 1)});
            data.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            event("key_result.drafted", data)
        };
        let retired = |evidence, uri, ids: usize| {
            let data = json!({"justification": justification(1, evidence, uri), "replaced_by": texts(ids, 3)});
            event("key_result.retired", data)
        };
        let objective = |title: usize, description: usize, themes: usize| {
            let data = json!({"cycle": "q", "title": "t".repeat(title), "description": "é".repeat(description),
                "level": "company", "owner": "o", "ambition": "committed", "themes": texts(themes, 3)});
            event("objective.drafted", data)
        };
        let thresholds = |count: usize| {
            let points: serde_json::Map<String, Value> =
                (1..=count).map(|n| (format!("0.{n:03}"), Value::from(n))).collect();
            event("key_result.target_set", json!({"value": 999, "thresholds": points}))
        };
        let words = |words: usize, len: usize| event("policy.adopted", json!({"output_words": texts(words, len)}));
        let bands = |count: usize| {
            let bands: Vec<Value> = (0..count)
                .map(|n| serde_json::from_str(&format!("{{\"from\":0.{:03},\"name\":\"x\"}}", count - 1 - n)).unwrap())
                .collect();
            event("policy.adopted", json!({"bands": bands}))
        };
        let attribute = |name: &str, value: Value| {
            let mut event = event("cycle.started", json!({}));
            event[name] = value;
            event
        };
        let extensions = |count: usize| {
            let mut event = event("cycle.started", json!({}));
            (0..count).for_each(|n| event[format!("x{n}")] = n.into());
            event
        };
        let in_list = |kind: &str, list: &str, count, len| event(kind, json!({list: texts(count, len)}));
        let mut cases = vec![
            (objective(500, 1, 20), objective(501, 1, 20), "/data/title text_too_long"),
            (objective(1, 1, 20), objective(1, 1, 21), "/data/themes too_many_items"),
            (objective(1, 20_000, 0), key_result(json!({"owner": "o".repeat(501)})), "/data/owner text_too_long"),
            (
                key_result(json!({"metric": metric(100, 500)})),
                key_result(json!({"metric": metric(101, 3)})),
                "/data/metric/milestones too_many_items",
            ),
            (retired(20, 2_000, 20), retired(21, 9, 20), "/data/justification/evidence too_many_items"),
            (retired(1, 2_000, 20), retired(1, 2_001, 20), "/data/justification/evidence/0 text_too_long"),
            (retired(1, 9, 20), retired(1, 9, 21), "/data/replaced_by too_many_items"),
            (thresholds(20), thresholds(21), "/data/thresholds too_many_items"),
            (words(200, 3), words(201, 3), "/data/output_words too_many_items"),
            (words(1, 500), words(1, 501), "/data/output_words/0 text_too_long"),
            (bands(20), bands(21), "/data/bands too_many_items"),
            (
                in_list("check_in.recorded", "milestones_done", 100, 500),
                in_list("check_in.recorded", "milestones_done", 101, 3),
                "/data/milestones_done too_many_items",
            ),
            (
                attribute("source", "s".repeat(2_000).into()),
                attribute("source", "s".repeat(2_001).into()),
                "/source text_too_long",
            ),
            (
                attribute("dataschema", "s".repeat(2_000).into()),
                attribute("dataschema", "s".repeat(2_001).into()),
                "/dataschema text_too_long",
            ),
            (
                attribute("note", "s".repeat(1_018).into()),
                attribute("note", "s".repeat(1_019).into()),
                "/note text_too_long",
            ),
            (extensions(16), extensions(17), " too_many_items"),
        ];
        let lists = ["blockers", "progress", "plans", "problems"].map(|list| ("check_in.recorded", list));
        let looks_back =
            ["went_well", "went_badly", "learnings", "actions"].map(|list| ("retrospective.recorded", list));
        let places: Vec<[String; 2]> = lists
            .iter()
            .chain(&looks_back)
            .map(|(_, list)| [format!("/data/{list} too_many_items"), format!("/data/{list}/0 text_too_long")])
            .collect();
        for ((kind, list), [many, long]) in lists.into_iter().chain(looks_back).zip(&places) {
            cases.push((in_list(kind, list, 50, 1_000), in_list(kind, list, 51, 3), many));
            cases.push((in_list(kind, list, 1, 2_000), in_list(kind, list, 1, 2_001), long));
        }
        for (largest, larger, fault) in cases {
            assert_eq!(faults(&largest), [""; 0], "{fault}");
            assert_eq!(faults(&larger), [fault]);
        }
    }

    #[test]
    fn corrections_and_changes_have_the_limits_of_their_fields() {
        let corrected = json!({"corrects": "e", "blockers": texts(51, 1), "note": null, "reason": "r"});
        assert_eq!(faults(&event("check_in.corrected", corrected)), ["/data/blockers too_many_items"]);
        let changes = json!({"title": {"to": "t".repeat(501)}, "themes": {"to": texts(21, 1)}, "weight": {"to": null}});
        let long = ["/data/changes/title/to text_too_long", "/data/changes/themes/to too_many_items"];
        assert_eq!(faults(&event("objective.amended", json!({"changes": changes}))), long);
        let justification = json!({"cause": "scope_change", "statement": "s", "circumstances": "c",
            "preserves_objective": true});
        let mut proposed =
            faults(&event("adjustment.proposed", json!({"changes": changes, "justification": justification})));
        proposed.sort_unstable();
        assert_eq!(proposed, ["/data/changes/themes/to too_many_items", "/data/changes/title/to text_too_long"]);
    }

    #[test]
    fn a_text_without_visible_characters_is_blank() {
        for blank in ["\u{200b}", "\u{2800}\u{2800}", " \u{3164}\n", "\u{ad}\u{feff}\u{e0041}"] {
            let formed = event("team.formed", json!({"name": blank}));
            assert_eq!(faults(&formed), ["/data/name bad_text"], "{blank:?}");
        }
        for seen in ["a\u{200b}", "\u{200d}👩", "."] {
            assert_eq!(faults(&event("team.formed", json!({"name": seen}))), [""; 0], "{seen:?}");
        }
    }

    #[test]
    fn the_bytes_of_an_event_are_those_of_its_compact_json() {
        let mut whole = event("check_in.recorded", json!({"value": 1.50, "note": "a\n\"b\" é", "blockers": ["x"]}));
        whole["time"] = "2026-05-04T09:00:00Z".into();
        whole["team"] = "core".into();
        whole["dataschema"] = "https://example.org/s".into();
        assert_eq!(read(&whole).measure(At::from(""), &mut Faults::none()), whole.to_string().len());
        assert_eq!(read(&whole).largest_fields(), "/dataschema 23, /source 13, /data/note 13");
    }
}
