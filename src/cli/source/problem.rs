//! An answer that says no: `application/problem+json`.

use events::Violation;
use serde::Deserialize;

use super::Answer;
use crate::cli::failure::Failure;

/// The problem that there is no such ledger.
const UNKNOWN_LEDGER: &str = "urn:okr-ledger:problem:unknown-ledger";

/// A problem document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Problem {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    violations: Vec<Violation>,
}

impl Problem {
    /// The problem that was answered.
    pub(crate) fn of(answer: &Answer) -> Problem {
        let read = serde_json::from_slice::<Problem>(&answer.body).ok().filter(|problem| !problem.title.is_empty());
        read.map(Problem::at_a_shell).unwrap_or_else(|| {
            let title = format!("the answer was {}", answer.status);
            Problem {
                kind: String::new(),
                title,
                detail: String::from_utf8_lossy(&answer.body).into_owned(),
                violations: Vec::new(),
            }
        })
    }

    /// With what is done about it at a shell, where the answer says what is done over HTTP.
    fn at_a_shell(mut self) -> Problem {
        if self.kind == UNKNOWN_LEDGER
            && let Some((says, _)) = self.detail.split_once(": ")
        {
            self.detail = format!(
                "{says}: make it with `okr-ledger append --create` or `import`; `okr-ledger ledgers` lists those there are"
            );
        }
        self
    }

    /// The same with other words for where each violation is.
    pub(crate) fn placed(mut self, place: impl Fn(&str) -> String) -> Problem {
        for violation in &mut self.violations {
            violation.pointer = place(&violation.pointer);
        }
        self
    }

    pub(crate) fn failure(&self) -> Failure {
        Failure::failed(self.text())
    }

    /// All of it, each violation in a line of its own.
    pub(crate) fn text(&self) -> String {
        let mut text = self.title.clone();
        // Where there are violations, each speaks for itself: the detail only counts them.
        if !self.detail.is_empty() && self.violations.is_empty() && self.detail != self.title {
            text = format!("{text}: {}", self.detail);
        }
        for Violation { pointer, rule, message } in &self.violations {
            let place = if pointer.is_empty() { String::new() } else { format!("{pointer}  ") };
            text = format!("{text}\n  {place}{rule}: {message}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::StatusCode;

    fn text(body: &str) -> String {
        let (status, headers) = (StatusCode::UNPROCESSABLE_ENTITY, Default::default());
        let answer = Answer { status, headers, body: body.as_bytes().to_vec() };
        Problem::of(&answer).text()
    }

    #[test]
    fn every_violation_is_told() {
        let body = r#"{"type":"about:blank","title":"Refused","status":422,"detail":"2 faults","violations":[
            {"pointer":"/data/confidence","rule":"confidence_out_of_range","message":"0 to 10, not 11"},
            {"pointer":"","rule":"other","message":"no"}]}"#;
        insta::assert_snapshot!(text(body), @r"
        Refused
          /data/confidence  confidence_out_of_range: 0 to 10, not 11
          other: no
        ");
    }

    #[test]
    fn what_is_no_problem_document_is_told_too() {
        assert_eq!(text("gateway down"), "the answer was 422 Unprocessable Entity: gateway down");
    }
}
