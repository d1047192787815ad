//! Parsed documents must equal their source and agree with serde_json.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Returns the document as a serde_json tree.
fn value(json: &Json<'_>) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(is) => Value::Bool(*is),
        Json::Whole(whole) => Value::from(*whole),
        Json::Number(digits) => Value::Number(digits.parse().unwrap()),
        Json::Text(text) => Value::from(text.as_ref()),
        Json::List(items) => items.iter().map(value).collect(),
        Json::Object(object) => {
            Value::Object(object.iter().map(|(name, inner)| (name.to_owned(), value(inner))).collect())
        }
    }
}

#[test]
fn numbers_keep_their_digits() {
    let text = br#"{"a": [1e400, 0.1000, 12345678901234567890123, 18446744073709551615, -9223372036854775808, -0, 0]}"#;
    let json = parse_json(text).unwrap();
    assert_eq!(
        value(&json).to_string(),
        r#"{"a":[1e+400,0.1000,12345678901234567890123,18446744073709551615,-9223372036854775808,-0,0]}"#
    );
    let again: Value = serde_json::from_slice(text).unwrap();
    assert_eq!(json, Json::from(&again));
}

#[test]
fn an_object_is_never_read_as_a_number() {
    for text in [
        &br#"{"value": {"$serde_json::private::Number": "12"}}"#[..],
        br#"{"value": {"\u0024serde_json::private::Number": "12"}}"#,
        br#"{"value": {"a": 1, "\u0024serde_json::private::Number": "12"}}"#,
        br#"{"\u0024serde_json::private::Numbe\u0072": "x"}"#,
        br#"{"\u0024serde_json::private::RawValue": "1"}"#,
    ] {
        let error = parse_json(text).unwrap_err();
        assert!(error.to_string().contains("private key"), "{error}");
    }
}

#[test]
fn a_repeated_field_is_rejected() {
    let error = parse_json(br#"{"data": {"value": 1, "value": 2}}"#).unwrap_err();
    assert!(error.to_string().contains("`value` appears twice"), "{error}");
    // In small and large objects, with and without escapes.
    for (count, again) in [(2, 0), (16, 15), (17, 0), (17, 16), (18, 17), (400, 3), (400, 399)] {
        let mut fields: Vec<String> = (0..count).map(|n| format!(r#""f{n}":{n}"#)).collect();
        let text = |fields: &[String]| format!("{{{}}}", fields.join(","));
        assert!(parse_json(text(&fields).as_bytes()).is_ok(), "{count}");
        fields.push(format!(r#""\u0066{again}":0"#));
        let error = parse_json(text(&fields).as_bytes()).unwrap_err();
        let place = format!("the field `f{again}` appears twice in one object at line 1 column");
        assert!(error.to_string().contains(&place), "{count} {again}: {error}");
    }
}

#[test]
fn invalid_json_is_rejected_with_its_position() {
    for bad in [&b"{"[..], b"NaN", b"{} {}", b"{\"a\": NaN}", b"\xff", b"", b"\"\xff\"", b"[1,]", b"{\"a\":1.}"] {
        assert!(parse_json(bad).unwrap_err().to_string().contains("line 1"), "{bad:?}");
    }
    let deep = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
    assert!(parse_json(&deep(127)).is_ok());
    assert!(parse_json(&deep(128)).unwrap_err().to_string().contains("recursion limit"));
}

#[test]
fn the_order_of_fields_does_not_count() {
    let read = |text: &'static str| parse_json(text.as_bytes()).unwrap();
    assert_eq!(read(r#"{"a": 1, "b": {"c": [], "d": null}}"#), read(r#"{"b": {"d": null, "c": []}, "a": 1}"#));
    assert_ne!(read(r#"{"a": 1, "b": 2}"#), read(r#"{"a": 2, "b": 1}"#));
    assert_ne!(read(r#"{"a": 1}"#), read(r#"{"a": 1, "b": null}"#));
}

#[test]
fn setting_a_field_again_replaces_its_value() {
    let mut object = Object::default();
    for (name, whole) in [("a", 1), ("b", 2), ("a", 3)] {
        object.insert(name, Json::Whole(whole));
    }
    assert_eq!(value(&Json::Object(object)), json!({"a": 3, "b": 2}));
}

fn any_value() -> impl Strategy<Value = Value> {
    let number = prop_oneof!["-?[1-9][0-9]{0,24}", "-?0\\.[0-9]{1,30}", "-?[1-9]e[0-9]{1,3}", Just("-0".to_owned())];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number.prop_map(|digits| Value::Number(digits.parse().unwrap())),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        ".{0,9}".prop_map(Value::from),
        "[a-z\"\\\\\n/]{0,9}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 60, 24, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-c\"]{0,3}", inner, 0..24)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn valid_json_is_read_as_serde_json_reads_it(written in any_value(), is_pretty in any::<bool>()) {
        let text = if is_pretty { serde_json::to_vec_pretty(&written) } else { serde_json::to_vec(&written) }.unwrap();
        let json = parse_json(&text).unwrap();
        prop_assert_eq!(&json, &Json::from(&written));
        prop_assert_eq!(value(&json), written);
    }

    #[test]
    fn invalid_json_is_rejected_as_serde_json_rejects_it(
        written in any_value(), place in any::<prop::sample::Index>(), put in any::<u8>()
    ) {
        let mut text = serde_json::to_vec(&written).unwrap();
        let place = place.index(text.len());
        text[place] = put;
        match (parse_json(&text), serde_json::from_slice::<Value>(&text)) {
            (Ok(json), read) => prop_assert_eq!(value(&json), read.unwrap()),
            // A repeated name is found before any fault that follows it.
            (Err(JsonError(says)), _) if says.contains("appears twice") => {}
            (Err(JsonError(says)), Err(error)) => prop_assert_eq!(says, error.to_string()),
            (Err(error), Ok(_)) => prop_assert!(false, "{}", error),
        }
    }
}
