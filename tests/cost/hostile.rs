//! A grammar of hostile entries: valid events made long, wide, deep, numerous or wrong in one place.

use fastrand::Rng;
use serde_json::{Value, json};

use crate::pointers::pointers;

/// Most bytes of a body.
pub(crate) const BYTES_MAX: usize = 1 << 20;

/// One entry, as the JSON texts of its events. A text can contain things that a JSON value cannot, such as a duplicate
/// field.
#[derive(Debug, Clone)]
pub(crate) struct Hostile {
    /// Describes its construction, for the message of a failed test.
    pub(crate) made: String,
    pub(crate) events: Vec<String>,
}

impl Hostile {
    /// Returns the entry as a body: one event as an object, several as an array.
    pub(crate) fn body(&self) -> String {
        match &self.events[..] {
            [one] => one.clone(),
            many => format!("[{}]", many.join(",")),
        }
    }
}

/// Makes an entry of at most [`BYTES_MAX`] bytes from valid events.
pub(crate) fn hostile(dice: &mut Rng, templates: &[Value]) -> Hostile {
    match dice.u8(0..12) {
        0..=4 => one_place(dice, templates),
        5 => attributes(dice, templates),
        6 => copies(dice, templates),
        7 | 8 => overlong(dice, templates),
        _ => series(dice, templates),
    }
}

fn template<'a>(dice: &mut Rng, templates: &'a [Value]) -> &'a Value {
    &templates[dice.usize(..templates.len())]
}

/// Chooses the type first, so that a type with many templates is no likelier than one with a single template.
fn of_any_type<'a>(dice: &mut Rng, templates: &'a [Value]) -> &'a Value {
    let kind = template(dice, templates)["type"].clone();
    let alike: Vec<&Value> = templates.iter().filter(|one| one["type"] == kind).collect();
    alike[dice.usize(..alike.len())]
}

/// Replaces one value of an event by a hostile one.
fn one_place(dice: &mut Rng, templates: &[Value]) -> Hostile {
    let event = of_any_type(dice, templates);
    let budget = BYTES_MAX - event.to_string().len() - 64;
    let places = match dice.u8(0..4) {
        0 => pointers(event, Value::is_array),
        1 => pointers(event, |value| value.is_object()),
        2 => pointers(event, Value::is_string),
        _ => pointers(event, |_| true),
    };
    let places: Vec<&String> = places.iter().filter(|at| !at.is_empty() && **at != "/type").collect();
    if places.is_empty() {
        return series(dice, templates);
    }
    let at = places[dice.usize(..places.len())];
    let stood = event.pointer(at).cloned().unwrap_or_default();
    let (how, raw) = value(dice, &stood, budget);
    let made = format!("{} {at}: {how}", event["type"]);
    Hostile { made, events: vec![put(event, at, &raw)] }
}

/// Writes an event with `raw` in place of one of its values.
fn put(event: &Value, at: &str, raw: &str) -> String {
    const MARK: &str = "the place of the hostile value";
    let mut event = event.clone();
    if let Some(place) = event.pointer_mut(at) {
        *place = MARK.into();
    }
    event.to_string().replacen(&format!("\"{MARK}\""), raw, 1)
}

/// Writes a hostile value of at most `budget` bytes in place of `stood`.
fn value(dice: &mut Rng, stood: &Value, budget: usize) -> (String, String) {
    match (stood, dice.u8(0..8)) {
        (Value::Array(items), 0..=5) => list(dice, items.first().unwrap_or(&json!("item")), budget),
        (Value::Object(_), 0..=5) => object(dice, stood, budget),
        (Value::String(_), 0..=4) => text(dice, budget),
        (_, 0) => list(dice, stood, budget),
        (_, 1) => object(dice, stood, budget),
        (_, 2) => deep(dice, budget),
        (_, 3) => number(dice, budget),
        (_, 4) => list(dice, &json!({"a": stood}), budget),
        (_, _) => text(dice, budget),
    }
}

fn text(dice: &mut Rng, budget: usize) -> (String, String) {
    const LETTERS: [&str; 9] = ["x", "\\\"", "é", "😀", "\\u0001", "\\n", " ", "\u{200b}", "<&>"];
    let letter = LETTERS[dice.usize(..LETTERS.len())];
    let most = (budget - 2) / letter.len();
    let sizes = [501, 2_001, 19_999, 20_001, 60_000, most, most];
    let count = sizes[dice.usize(..sizes.len())].min(most);
    (format!("a text of {count} × {letter:?}"), format!("\"{}\"", letter.repeat(count)))
}

fn list(dice: &mut Rng, item: &Value, budget: usize) -> (String, String) {
    let style = dice.u8(0..9);
    let nth = |n: usize| -> String {
        match style {
            0 => "0".into(),
            1 => "null".into(),
            2 => "[]".into(),
            3 => item.to_string(),
            4 => "\"\"".into(),
            5 => format!("\"{n:_>1999}\""),
            6 => format!("\"{n:_>2600}\""),
            _ => distinct(item, n).to_string(),
        }
    };
    let most = budget.saturating_sub(2) / (nth(99_999).len() + 1);
    let sizes = [49, 101, 300, 1_000, 10_000, most, most, most];
    let count = sizes[dice.usize(..sizes.len())].min(most);
    let items: Vec<String> = (0..count).map(nth).collect();
    (format!("a list of {count} items (style {style})"), format!("[{}]", items.join(",")))
}

/// Returns the `n`th of many values like this one.
fn distinct(like: &Value, n: usize) -> Value {
    match like {
        Value::String(text) if text.starts_with("https:") => format!("https://example.org/{n}").into(),
        Value::String(_) => format!("item{n}").into(),
        Value::Number(_) => n.into(),
        Value::Array(items) => items.iter().map(|item| distinct(item, n)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, field)| (name.clone(), distinct(field, n)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Null | Value::Bool(_) => like.clone(),
    }
}

fn object(dice: &mut Rng, stood: &Value, budget: usize) -> (String, String) {
    let style = dice.u8(0..6);
    let nth = |n: usize| -> String {
        match style {
            0 => "\"same\":0".into(),
            1 => format!("\"{n:_>3000}\":0"),
            // The points of thresholds.
            2 => format!("\"0.{n:05}\":{n}"),
            3 => format!("\"{n}\":{}", stood),
            _ => format!("\"u{n}\":0"),
        }
    };
    let most = budget.saturating_sub(2) / (nth(99_999).len() + 1);
    let sizes = [17, 101, 1_000, most, most];
    let count = sizes[dice.usize(..sizes.len())].min(most);
    let mut fields: Vec<String> = (0..count).map(nth).collect();
    if let (Value::Object(known), true) = (stood, dice.bool()) {
        let known = known.iter().map(|(name, field)| format!("{}:{field}", json!(name)));
        let room = known.clone().map(|field| field.len() + 1).sum::<usize>();
        fields.truncate(count.saturating_sub(room / (nth(99_999).len() + 1) + 1));
        fields.extend(known);
    }
    (format!("an object of {count} fields (style {style})"), format!("{{{}}}", fields.join(",")))
}

fn deep(dice: &mut Rng, budget: usize) -> (String, String) {
    let (open, close, core) = if dice.bool() { ("[", "]", "") } else { ("{\"a\":", "}", "0") };
    let most = (budget - core.len()) / (open.len() + close.len());
    let sizes = [60, 130, 1_000, most];
    let count = sizes[dice.usize(..sizes.len())].min(most);
    (format!("{count} levels of {open}"), format!("{}{core}{}", open.repeat(count), close.repeat(count)))
}

fn number(dice: &mut Rng, budget: usize) -> (String, String) {
    let digits = [29, 400, 20_000, budget - 8][dice.usize(..4)];
    let raw = match dice.u8(0..4) {
        0 => "9".repeat(digits),
        1 => format!("0.{}1", "0".repeat(digits)),
        2 => "1e999999999".into(),
        _ => format!("-1.5e-{digits}"),
    };
    (format!("a number of {} characters", raw.len()), raw)
}

/// Lengthens one list of an event beyond its limit, with distinct valid items, so that nothing else is wrong.
fn overlong(dice: &mut Rng, templates: &[Value]) -> Hostile {
    let with_lists: Vec<Value> = templates.iter().filter(|one| !lists(one).is_empty()).cloned().collect();
    let event = of_any_type(dice, &with_lists);
    let places = lists(event);
    let at = &places[dice.usize(..places.len())];
    let mut longer = event.clone();
    let Some(Value::Array(items)) = longer.pointer_mut(at) else { return series(dice, templates) };
    let like = items.first().cloned().unwrap_or_default();
    // The limits of an event and of a body.
    let room = [50_000, BYTES_MAX - 20_000][dice.usize(..2)];
    let most = room / (distinct(&like, 99_999).to_string().len() + 1);
    let count = [101, 201, 1_000, most, most][dice.usize(..5)].min(most);
    *items = (0..count).map(|n| distinct(&like, n)).collect();
    Hostile { made: format!("{} {at}: {count} sound items", event["type"]), events: vec![longer.to_string()] }
}

/// Returns the non-empty lists in an event's data.
fn lists(event: &Value) -> Vec<String> {
    let mut places = pointers(event, |value| value.as_array().is_some_and(|items| !items.is_empty()));
    places.retain(|at| at.starts_with("/data/"));
    places
}

/// Adds many extension attributes, or long ones, or ones with invalid names.
fn attributes(dice: &mut Rng, templates: &[Value]) -> Hostile {
    let event = of_any_type(dice, templates);
    let inner = event.to_string();
    let room = BYTES_MAX - inner.len() - 64;
    let style = dice.u8(0..5);
    let nth = |n: usize| match style {
        0 => format!("\"x{n}\":{n}"),
        1 => format!("\"x{n}\":\"{}\"", "v".repeat(1_023)),
        2 => format!("\"x{n}\":\"{}\"", "v".repeat(1_025)),
        3 => format!("\"Not A Name {n}\":{{}}"),
        _ => format!("\"{n:x>200}\":[]"),
    };
    let most = room / (nth(99_999).len() + 1);
    let count = [1, 16, 17, 300, most][dice.usize(..5)].min(most);
    let added: Vec<String> = (0..count).map(nth).collect();
    let made = format!("{} with {count} attributes (style {style})", event["type"]);
    Hostile { made, events: vec![format!("{{{},{}", added.join(","), &inner[1..])] }
}

/// Repeats an event, valid or with one fault, many times in one entry.
fn copies(dice: &mut Rng, templates: &[Value]) -> Hostile {
    let event = of_any_type(dice, templates);
    let style = dice.u8(0..6);
    let mut events = Vec::new();
    let mut bytes = 2;
    let most = [100, 1_000, 1_001, 100_000][dice.usize(..4)];
    while events.len() < most {
        let n = events.len();
        let mut one = event.clone();
        match style {
            // An exact copy, including the id.
            0 => {}
            1 => one["id"] = n.into(),
            2 => one["subject"] = format!("nobody-{n}").into(),
            3 => one = json!({}),
            4 => one = json!(0),
            _ => one["data"] = json!({"unknown": n, "other": [], "third": {}}),
        }
        if ![0, 1].contains(&style) && one.is_object() {
            one["id"] = format!("copy-{n}").into();
        }
        let text = one.to_string();
        bytes += text.len() + 1;
        if bytes > BYTES_MAX {
            break;
        }
        events.push(text);
    }
    Hostile { made: format!("{} × {} (style {style})", events.len(), event["type"]), events }
}

/// Makes one event of the largest size, then many small ones that may have to read it, copy it or rewrite it.
fn series(dice: &mut Rng, templates: &[Value]) -> Hostile {
    let follower = of_any_type(dice, templates).clone();
    // Mostly about the same subject, or of the same type, or after a policy that applies to all.
    let near: Vec<&Value> = match dice.u8(0..5) {
        0 | 1 => templates.iter().filter(|one| one["subject"] == follower["subject"]).collect(),
        2 => templates.iter().filter(|one| one["subject"] == "policy").collect(),
        3 => templates.iter().filter(|one| one["type"] == follower["type"]).collect(),
        _ => templates.iter().collect(),
    };
    let large = near[dice.usize(..near.len())];
    let first = enlarged(dice, large);
    let undo = undone(&follower, templates);
    let order = dice.u8(0..3);
    let most = [100, 300, 999][dice.usize(..3)];
    let also_large = dice.u8(0..6) == 0;
    let mut bytes = first.to_string().len() + 2;
    let mut events = vec![first];
    let mut n = 0;
    'full: while events.len() < most {
        for one in [Some(&follower), undo.as_ref()].into_iter().flatten() {
            n += 1;
            let mut one = varied(one, n);
            if also_large {
                one = varied(&enlarged(dice, &one), n);
            }
            let minutes = match order {
                0 => 0,
                1 => n,
                _ => 999 - n.min(999),
            };
            one["time"] = format!("2026-05-03T{:02}:{:02}:00Z", minutes / 60 % 24, minutes % 60).into();
            bytes += one.to_string().len() + 1;
            if bytes > BYTES_MAX {
                break 'full;
            }
            events.push(one);
        }
    }
    let made = format!(
        "a large {} about {}, then {} × {}{} (order {order}, large: {also_large})",
        large["type"],
        large["subject"],
        events.len() - 1,
        follower["type"],
        undo.map(|undo| format!(" and {}", undo["type"])).unwrap_or_default(),
    );
    Hostile { made, events: events.iter().map(Value::to_string).collect() }
}

/// Extends texts and lists of an event to their limits, as many as fit into the largest event.
fn enlarged(dice: &mut Rng, event: &Value) -> Value {
    let mut large = event.clone();
    let mut places = pointers(&large, Value::is_array);
    dice.shuffle(&mut places);
    for at in places.iter().filter(|at| at.starts_with("/data")) {
        let mut longer = large.clone();
        let Some(Value::Array(items)) = longer.pointer_mut(at) else { continue };
        let Some(first) = items.first().cloned() else { continue };
        let most = if at.ends_with("milestones") || at.ends_with("milestones_done") {
            99
        } else if first.is_string() && !first.as_str().is_some_and(|text| text.starts_with("https:")) {
            48
        } else {
            20
        };
        items.extend((0..most).map(|n| distinct(&first, n)));
        items.truncate(most);
        if longer.to_string().len() < 60_000 {
            large = longer;
        }
    }
    let mut places = pointers(&large, Value::is_string);
    dice.shuffle(&mut places);
    for at in places.iter().filter(|at| at.starts_with("/data")) {
        let parts: Vec<&str> = at.split('/').collect();
        let name = parts.iter().rev().find(|part| part.parse::<usize>().is_err()).copied().unwrap_or_default();
        let in_list = parts.last().is_some_and(|part| part.parse::<usize>().is_ok());
        let chars = match name {
            "title" | "name" | "unit" | "owner" | "lever" => 490,
            "blockers" | "progress" | "plans" | "problems" | "went_well" | "went_badly" | "learnings" | "actions"
                if in_list =>
            {
                1_990
            }
            "note" | "reason" | "rationale" | "statement" | "circumstances" | "description" | "method" => 19_900,
            "to" if parts.iter().any(|part| *part == "title" || *part == "owner") => 490,
            "to" if parts.contains(&"description") => 19_900,
            _ => continue,
        };
        let mut longer = large.clone();
        let Some(Value::String(text)) = longer.pointer_mut(at) else { continue };
        let more = chars - text.chars().count().min(chars);
        text.extend(std::iter::repeat_n('w', more));
        if longer.to_string().len() < 60_000 {
            large = longer;
        }
    }
    large
}

/// Returns the event that undoes another, so that the two can alternate.
fn undone(event: &Value, templates: &[Value]) -> Option<Value> {
    let of = |kind: &str| {
        let mut other = templates.iter().find(|one| one["type"] == kind)?.clone();
        other["subject"] = event["subject"].clone();
        Some(other)
    };
    match event["type"].as_str()? {
        "okr.cycle.closed" => of("okr.cycle.reopened"),
        "okr.cycle.reopened" => of("okr.cycle.closed"),
        "okr.adjustment.proposed" => {
            let mut undo = of("okr.adjustment.withdrawn")?;
            undo["data"] = json!({"proposal": "the one before"});
            Some(undo)
        }
        _ => None,
    }
}

/// Returns the `n`th of many events like this one: with a new id, a new subject if it creates one, and different data.
fn varied(event: &Value, n: usize) -> Value {
    let mut one = event.clone();
    one["id"] = format!("series-{n}").into();
    let kind = event["type"].as_str().unwrap_or_default();
    if kind.ends_with(".drafted")
        || kind.ends_with(".opened")
        || kind.ends_with(".formed")
        || kind.ends_with(".issued")
        || kind.ends_with(".declared")
    {
        one["subject"] = format!("{}-{n}", event["subject"].as_str().unwrap_or_default()).into();
    }
    if one["data"]["proposal"] == "the one before" {
        one["data"]["proposal"] = format!("series-{}", n - 1).into();
    }
    for at in ["/data/name", "/data/title", "/data/owner", "/data/changes/title/to", "/data/changes/owner/to"] {
        if let Some(Value::String(text)) = one.pointer_mut(at) {
            *text = format!("{} {n}", text.chars().take(480).collect::<String>());
        }
    }
    for at in ["/data/value", "/data/changes/target/to", "/data/changes/baseline/to", "/data/cadence/days"] {
        if let Some(place @ Value::Number(_)) = one.pointer_mut(at) {
            *place = (n + 30).into();
        }
    }
    if let Some(thresholds) = one.pointer_mut("/data/changes/thresholds/to") {
        *thresholds = json!({"0.5": 20, "1": n + 30});
    }
    one
}
