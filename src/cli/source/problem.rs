//! Error answers: `application/problem+json`.

use events::Violation;
use serde::Deserialize;

use super::Answer;
use crate::cli::failure::Failure;

/// The problem type for a ledger that does not exist.
const UNKNOWN_LEDGER: &str = "urn:okr-ledger:problem:unknown-ledger";

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
    /// Parses the problem document of an answer, or makes one from a plain body.
    pub(crate) fn of(answer: &Answer) -> Problem {
        let read = serde_json::from_slice::<Problem>(&answer.body).ok().filter(|problem| !problem.title.is_empty());
        read.map(Problem::at_a_shell).unwrap_or_else(|| {
            let title = format!("the server answered {}", answer.status);
            Problem {
                kind: String::new(),
                title,
                detail: String::from_utf8_lossy(&answer.body).into_owned(),
                violations: Vec::new(),
            }
        })
    }

    /// Replaces a remedy over HTTP with one for the command line.
    fn at_a_shell(mut self) -> Problem {
        if self.kind == UNKNOWN_LEDGER
            && let Some((says, _)) = self.detail.split_once(": ")
        {
            self.detail = format!(
                "{says}: create it with `okr-ledger append --create` or `import`; `okr-ledger ledgers` lists the \
                 existing ledgers"
            );
        }
        self
    }

    /// Rewrites the pointer of each violation.
    pub(crate) fn placed(mut self, place: impl Fn(&str) -> String) -> Problem {
        for violation in &mut self.violations {
            violation.pointer = place(&violation.pointer);
        }
        self
    }

    pub(crate) fn failure(&self) -> Failure {
        Failure::failed(self.text())
    }

    /// Returns the whole problem as text, one line per violation.
    pub(crate) fn text(&self) -> String {
        let mut text = self.title.clone();
        // With violations, the detail only counts them.
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
        assert_eq!(text("gateway down"), "the server answered 422 Unprocessable Entity: gateway down");
    }
}
