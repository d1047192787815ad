//! Positions in a JSON document.

use serde_json::Value;

/// Returns the JSON Pointers to all values that `chosen` accepts.
pub(crate) fn pointers(document: &Value, chosen: impl Fn(&Value) -> bool + Copy) -> Vec<String> {
    let mut found = Vec::new();
    walk(document, String::new(), &mut |at, value| {
        if chosen(value) {
            found.push(at.to_owned());
        }
    });
    found
}

/// Returns the paths of a document's fields, with `*` for a position in a list.
pub(crate) fn fields(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(document, String::new(), &mut |at, _| {
        let parts = at.split('/').map(|part| if part.parse::<usize>().is_ok() { "*" } else { part });
        found.push(parts.collect::<Vec<_>>().join("/"));
    });
    found
}

fn walk(value: &Value, at: String, each: &mut dyn FnMut(&str, &Value)) {
    each(&at, value);
    match value {
        Value::Array(items) => items.iter().enumerate().for_each(|(n, item)| walk(item, format!("{at}/{n}"), each)),
        Value::Object(fields) => fields.iter().for_each(|(name, field)| {
            walk(field, format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), each)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
