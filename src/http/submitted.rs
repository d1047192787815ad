//! Submissions: CloudEvents 1.0 over HTTP, in each of the modes of the HTTP binding.
//!
//! | mode | content type | body |
//! |---|---|---|
//! | structured | `application/cloudevents+json` | one event |
//! | batched | `application/cloudevents-batch+json` | a list of events |
//! | either of them | `application/json` | one event or a list |
//! | binary | `application/json`, or another `+json`, or none, with `ce-*` headers | the event's data |

use axum::http::{HeaderMap, header};
use events::{At, Faults, Json, Malformed, Object, Submission, Violation, clip, parse_json};

use projections::rules::ENTRY_EVENTS_MAX;

use crate::request::body;
use crate::request::problem::Problem;

const ACCEPTED: &str = "send application/cloudevents+json (one event), application/cloudevents-batch+json (a list), or \
                     application/json (either); in binary mode ce-* headers and the data as application/json";

/// The content mode of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Structured,
    Batched,
    StructuredOrBatched,
    Binary,
}

/// The events of one request.
#[derive(Debug)]
pub(super) struct Submitted {
    pub(super) submissions: Vec<Submission>,
    pub(super) is_list: bool,
}

impl Mode {
    pub(super) fn of(headers: &HeaderMap) -> Result<Mode, Problem> {
        let media_type = body::media_type(headers)?;
        let has_attributes = headers.keys().any(|name| name.as_str().starts_with("ce-"));
        match media_type.as_deref() {
            Some("application/cloudevents+json") => Ok(Mode::Structured),
            Some("application/cloudevents-batch+json") => Ok(Mode::Batched),
            Some(other) if other.starts_with("application/cloudevents") => Err(not_accepted(Some(other))),
            None if has_attributes => Ok(Mode::Binary),
            Some(json) if has_attributes && (json == "application/json" || json.ends_with("+json")) => Ok(Mode::Binary),
            Some("application/json") => Ok(Mode::StructuredOrBatched),
            other => Err(not_accepted(other)),
        }
    }

    /// Reads the events of a body. Reports every fault of every event, after those found so far.
    pub(super) fn read(self, headers: &HeaderMap, body: &[u8], found: Vec<Violation>) -> Result<Submitted, Problem> {
        let json = match self {
            Mode::Binary => binary(headers, body)?,
            Mode::Structured | Mode::Batched | Mode::StructuredOrBatched => {
                parse_json(body).map_err(|error| Problem::not_json(&error))?
            }
        };
        let mut faults = BodyFaults { faults: Faults::none(), is_no_cloud_event: false };
        faults.faults.push_all(found);
        let mut submissions = Vec::new();
        let whole = At::from("");
        let is_list = match json {
            Json::List(items) if matches!(self, Mode::Batched | Mode::StructuredOrBatched) => {
                // Checked here, before the excess events are parsed.
                if items.len() > ENTRY_EVENTS_MAX {
                    let says = format_args!(
                        "an entry has at most {ENTRY_EVENTS_MAX} events, this one has {}: nothing was recorded; send \
                         them in smaller entries",
                        items.len()
                    );
                    return Err(Problem::too_large("too_many_events", says));
                }
                if items.is_empty() {
                    let says = "the list is empty: an entry has at least one event";
                    faults.faults.add("", "empty_entry", says);
                }
                for (n, item) in items.into_iter().enumerate() {
                    let read = Submission::read_beside(&faults.faults, item, whole.item(n));
                    // Once there is a fault, the events are read for further faults only.
                    submissions.extend(faults.gather(read).filter(|_| faults.is_empty()));
                }
                true
            }
            _ if self == Mode::Batched => {
                let says = "a batch is a list of events: send a list, or one event as application/cloudevents+json";
                faults.is_no_cloud_event = true;
                faults.faults.add("", "not_a_list", says);
                true
            }
            one => {
                submissions.extend(faults.gather(Submission::read(one, whole)));
                false
            }
        };
        let BodyFaults { faults, is_no_cloud_event } = faults;
        let is_sound = faults.is_empty();
        let violations = faults.into_violations();
        match is_sound {
            true => Ok(Submitted { submissions, is_list }),
            false if is_no_cloud_event => Err(Problem::not_a_cloud_event(self.place_all(violations))),
            false => Err(Problem::invalid(self.place_all(violations))),
        }
    }

    /// Turns pointers into an event into places of the request: in binary mode an attribute is a header, and the data
    /// is the body.
    pub(super) fn place_all(self, violations: Vec<Violation>) -> Vec<Violation> {
        match self {
            Mode::Structured | Mode::Batched | Mode::StructuredOrBatched => violations,
            Mode::Binary => violations.into_iter().map(in_binary_mode).collect(),
        }
    }
}

struct BodyFaults {
    faults: Faults,
    is_no_cloud_event: bool,
}

impl BodyFaults {
    fn gather(&mut self, read: Result<Submission, Malformed>) -> Option<Submission> {
        let malformed = match read {
            Ok(submission) => return Some(submission),
            Err(malformed) => malformed,
        };
        self.is_no_cloud_event |= matches!(malformed, Malformed::NotACloudEvent(_));
        self.faults.extend(malformed.into_faults());
        None
    }

    fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }
}

fn in_binary_mode(violation: Violation) -> Violation {
    let pointer = match violation.pointer.strip_prefix('/') {
        Some(inside) if inside == "data" || inside.starts_with("data/") => inside["data".len()..].to_owned(),
        Some("datacontenttype") => "content-type".into(),
        Some(attribute) => format!("ce-{attribute}"),
        None => violation.pointer,
    };
    Violation { pointer, ..violation }
}

/// Returns the event of a request in binary mode, as it would be in structured mode.
fn binary<'a>(headers: &'a HeaderMap, body: &'a [u8]) -> Result<Json<'a>, Problem> {
    let mut event = Object::default();
    let mut faults = Faults::none();
    let mut before = None;
    for (name, value) in headers {
        let Some(attribute) = name.as_str().strip_prefix("ce-") else { continue };
        let decoded = decode(value.as_bytes());
        // `HeaderMap` yields all values of one name in a row.
        let is_repeated = before.replace(name) == Some(name);
        match decoded {
            Some(_) if is_repeated => {
                let name = clip(name.as_str()).to_string();
                let says = format!("the header `{name}` appears more than once: send it once");
                faults.add_new(|| Violation::new(name, "repeated", says));
            }
            Some(text) => event.insert(attribute, Json::Text(text.into())),
            None => {
                let says = "a header's value must be percent-encoded UTF-8 (CloudEvents HTTP binding, 3.1.3.2)";
                faults.add_new(|| Violation::new(clip(name.as_str()).to_string(), "not_percent_encoded", says));
            }
        }
    }
    if !faults.is_empty() {
        return Err(Problem::not_a_cloud_event(faults.into_violations()));
    }
    if let Some(content_type) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) {
        event.insert("datacontenttype", Json::Text(content_type.into()));
    }
    if !body.is_empty() {
        event.insert("data", parse_json(body).map_err(|error| Problem::not_json(&error))?);
    }
    Ok(Json::Object(event))
}

/// Decodes a header as the CloudEvents binding defines it: optionally quoted, optionally percent-encoded.
fn decode(value: &[u8]) -> Option<String> {
    let mut bytes = value.iter().copied();
    let mut decoded = Vec::with_capacity(value.len());
    let is_quoted = value.len() > 1 && value.starts_with(b"\"") && value.ends_with(b"\"");
    if is_quoted {
        bytes.next();
        bytes.next_back();
    }
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'\\' if is_quoted => bytes.next()?,
            b'%' => hex(bytes.next()?)? << 4 | hex(bytes.next()?)?,
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn not_accepted(media_type: Option<&str>) -> Problem {
    let given =
        media_type.map_or_else(|| "a body without a content type".to_owned(), |given| format!("`{}`", clip(given)));
    Problem::unsupported_media_type(format!("{given} is not accepted here: {ACCEPTED}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_the_binding_writes_it() {
        assert_eq!(decode(b"plain").as_deref(), Some("plain"));
        assert_eq!(decode(b"Euro%20%E2%82%AC%20%F0%9F%98%80").as_deref(), Some("Euro € 😀"));
        assert_eq!(decode(br#""a \"quoted\" one""#).as_deref(), Some(r#"a "quoted" one"#));
        assert_eq!(decode(b"\"").as_deref(), Some("\""));
        for bad in [&b"50%"[..], b"%4", b"%zz", b"%ff", b"\xff"] {
            assert_eq!(decode(bad), None, "{bad:?}");
        }
    }
}
