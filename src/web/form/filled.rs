//! The fields of a form that was sent.

use std::collections::{BTreeMap, BTreeSet};

use events::Number;
use serde_json::{Map, Value};

/// The most fields of a form. The largest form has a row of fields for each key result to check in.
const FIELDS_MAX: usize = 20_000;

/// The fields in the order in which they were sent.
#[derive(Default)]
pub(super) struct Filled {
    fields: Vec<(String, String)>,
    /// The indexes of the fields with each name, because a large form looks up every field.
    by_name: BTreeMap<String, Vec<usize>>,
}

/// The form has more fields than any form of these pages.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooManyFields;

impl Filled {
    /// Parses the body of a form. Browsers send line breaks as CRLF; they are stored as LF.
    pub(super) fn read(body: &[u8]) -> Result<Filled, TooManyFields> {
        let mut fields = form_urlencoded::parse(body);
        let taken = fields.by_ref().take(FIELDS_MAX);
        let filled = Filled::with(taken.map(|(name, value)| (name.into_owned(), value.replace("\r\n", "\n"))));
        if fields.next().is_some() { Err(TooManyFields) } else { Ok(filled) }
    }

    /// Returns a form that starts with these values.
    pub(super) fn with(fields: impl IntoIterator<Item = (String, String)>) -> Filled {
        let fields: Vec<_> = fields.into_iter().collect();
        let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (n, (name, _)) in fields.iter().enumerate() {
            match by_name.get_mut(name) {
                Some(places) => places.push(n),
                None => _ = by_name.insert(name.clone(), vec![n]),
            }
        }
        Filled { fields, by_name }
    }

    /// Returns the trimmed value of a field, or an empty text if it is missing.
    pub(super) fn text(&self, name: &str) -> &str {
        self.values(name).next().map_or("", str::trim)
    }

    /// Returns true if the form had a field of this name.
    fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// Returns all values of a multiple choice.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.values(name).filter(|value| !value.trim().is_empty())
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let places = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|n| self.fields.get(*n)).map(|(_, value)| value.as_str())
    }

    /// Returns the prefixes of fields with this ending, each once, in the order of the form.
    pub(super) fn prefixes(&self, ending: &str) -> Vec<String> {
        let mut known = BTreeSet::new();
        let prefixes = self.fields.iter().filter_map(|(name, _)| name.strip_suffix(ending));
        prefixes.filter(|prefix| known.insert(*prefix)).map(str::to_owned).collect()
    }
}

/// The data of an event, built from form fields. Empty fields are left out: nothing was stated.
pub(super) struct Data<'a> {
    filled: &'a Filled,
    prefix: &'a str,
    map: Map<String, Value>,
}

impl<'a> Data<'a> {
    pub(super) fn of(filled: &'a Filled, prefix: &'a str) -> Data<'a> {
        Data { filled, prefix, map: Map::new() }
    }

    fn stated(&self, name: &str) -> Option<&'a str> {
        Some(self.filled.text(&format!("{}{name}", self.prefix))).filter(|text| !text.is_empty())
    }

    /// Sets the value at a path such as `changes/target/to`.
    pub(super) fn put(&mut self, place: &str, value: Value) {
        let mut map = &mut self.map;
        let mut parts: Vec<&str> = place.split('/').collect();
        let Some(last) = parts.pop() else { return };
        for part in parts {
            let inner = map.entry(part).or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(inner) = inner else { return };
            map = inner;
        }
        map.insert(last.to_owned(), value);
    }

    pub(super) fn text(mut self, name: &str) -> Self {
        if let Some(text) = self.stated(name) {
            self.put(name, Value::String(text.to_owned()));
        }
        self
    }

    /// Adds a number. A text that is no number is passed on as it is, so that the event's parser reports the fault.
    pub(super) fn number(mut self, name: &str) -> Self {
        if let Some(text) = self.stated(name) {
            let number =
                text.parse::<Number>().ok().and_then(|number| number.to_string().parse::<serde_json::Number>().ok());
            self.put(name, number.map_or_else(|| Value::String(text.to_owned()), Value::Number));
        }
        self
    }

    /// Adds a yes or no, unless neither was chosen.
    pub(super) fn flag(mut self, name: &str) -> Self {
        match self.stated(name) {
            Some("yes") => self.put(name, Value::Bool(true)),
            Some("no") => self.put(name, Value::Bool(false)),
            _ => {}
        }
        self
    }

    /// Adds a single text, or a list if it contains spaces or commas.
    pub(super) fn words(mut self, name: &str) -> Self {
        let words = self.stated(name).unwrap_or_default().split(|c: char| c.is_whitespace() || c == ',');
        let mut words: Vec<Value> = words.filter(|word| !word.is_empty()).map(Value::from).collect();
        match (words.pop(), words.is_empty()) {
            (None, _) => {}
            (Some(one), true) => self.put(name, one),
            (Some(last), false) => {
                words.push(last);
                self.put(name, Value::Array(words));
            }
        }
        self
    }

    /// Adds a list with an item per line.
    pub(super) fn lines(mut self, name: &str) -> Self {
        if let Some(text) = self.stated(name) {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            self.put(name, lines.map(|line| Value::String(line.to_owned())).collect());
        }
        self
    }

    /// Adds a field if its value differs from the one it was rendered with: the new text, or null if it was cleared. A
    /// field that was not rendered is left out.
    pub(super) fn changed(mut self, name: &str) -> Self {
        let now = self.stated(&to(name));
        if self.filled.has(&to(name)) && now.unwrap_or_default() != self.stated(&was(name)).unwrap_or_default() {
            self.put(&to(name), now.map_or(Value::Null, |now| Value::String(now.to_owned())));
        }
        self
    }

    /// Adds a number in the same way.
    pub(super) fn changed_number(self, name: &str) -> Self {
        let changed = self.stated(&to(name)) != self.stated(&was(name));
        let is_stated = self.stated(&to(name)).is_some();
        match (changed, is_stated) {
            (true, true) => self.number(&to(name)),
            _ => self.changed(name),
        }
    }

    /// Adds a multiple choice in the same way.
    pub(super) fn changed_list(mut self, name: &str) -> Self {
        let chosen = |field: String| -> Vec<Value> {
            self.filled.all(&field).map(|text| Value::String(text.to_owned())).collect()
        };
        let (now, before) = (chosen(to(name)), chosen(was(name)));
        if now != before {
            self.put(&to(name), Value::Array(now));
        }
        self
    }

    /// Adds all values of a multiple choice.
    pub(super) fn list(mut self, name: &str) -> Self {
        let field = format!("{}{name}", self.prefix);
        let chosen: Vec<Value> = self.filled.all(&field).map(|text| Value::String(text.to_owned())).collect();
        if !chosen.is_empty() {
            self.put(name, Value::Array(chosen));
        }
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    pub(super) fn value(self) -> Value {
        Value::Object(self.map)
    }
}

/// Returns the name of the field with the new value.
pub(super) fn to(name: &str) -> String {
    format!("changes/{name}/to")
}

/// Returns the name of the hidden field with the value when the form was rendered.
pub(super) fn was(name: &str) -> String {
    format!("was/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn empty_fields_are_left_out_and_text_that_is_no_number_is_passed_on() {
        let filled = Filled::read(b"a/value=18.50&a/confidence=&a/note=+hi+&a/blockers=x%0D%0A%0D%0Ay&b/value=1,100&a/changes/target/to=.5&p=yes").unwrap();
        let data = Data::of(&filled, "a/").number("value").number("confidence").text("note").lines("blockers");
        assert_eq!(
            data.number("changes/target/to").value().to_string(),
            r#"{"blockers":["x","y"],"changes":{"target":{"to":0.5}},"note":"hi","value":18.50}"#
        );
        assert_eq!(Data::of(&filled, "b/").number("value").value(), json!({"value": "1,100"}));
        assert_eq!(Data::of(&filled, "").flag("p").flag("q").value(), json!({"p": true}));
        assert_eq!(filled.prefixes("value"), ["a/", "b/"]);
        let filled = Filled::read(b"one=+KR-3+&more=kr-cpp,+kr-java&none=+,").unwrap();
        let data = Data::of(&filled, "").words("one").words("more").words("none");
        assert_eq!(data.value(), json!({"one": "KR-3", "more": ["kr-cpp", "kr-java"]}));
    }

    #[test]
    fn a_form_has_no_more_fields_than_a_page_draws() {
        assert!(Filled::read("a&".repeat(FIELDS_MAX).as_bytes()).is_ok());
        assert_eq!(Filled::read("a&".repeat(FIELDS_MAX + 1).as_bytes()).err(), Some(TooManyFields));
    }

    #[test]
    fn only_changed_fields_are_recorded_and_emptied_ones_are_cleared() {
        let filled = Filled::read(
            b"changes/title/to=New&was/title=Old&changes/description/to=&was/description=a%0D%0Ab&changes/owner/to=Ann+&was/owner=Ann\
              &changes/weight/to=2&was/weight=1.5&changes/themes/to=x&changes/themes/to=y&was/themes=x&was/supports=&changes/supports/to=&was/team=t",
        )
        .unwrap();
        let data = Data::of(&filled, "").changed("title").changed("description").changed("owner");
        let data = data.changed("supports").changed("team");
        assert_eq!(
            data.changed_number("weight").changed_list("themes").value(),
            json!({"changes": {"title": {"to": "New"}, "description": {"to": null}, "weight": {"to": 2}, "themes": {"to": ["x", "y"]}}})
        );
        let same =
            Filled::read(b"changes/weight/to=1.5&was/weight=1.5&changes/description/to=a%0D%0Ab&was/description=a%0Ab")
                .unwrap();
        assert!(Data::of(&same, "").changed_number("weight").changed("description").changed_list("themes").is_empty());
    }
}
