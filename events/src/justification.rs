//! Why a goal was changed, and how things stood when it was.

use crate::id::EventId;
use crate::limits::{TEXT, URI, up_to};
use crate::metric::words;
use crate::number::{Number, Score};
use crate::record::{always, record};
use crate::text::Text;

words!(
    /// What made the change necessary. The method allows the first four; the last is what it warns of.
    Cause {
        /// Conditions outside changed: a competitor, a lost customer, a dead channel.
        ExternalChange = "external_change",
        /// Something was learnt that was true all along.
        NewInformation = "new_information",
        /// The measurement was wrong, not the goal.
        MeasurementCorrection = "measurement_correction",
        /// What the goal covers was redrawn.
        ScopeChange = "scope_change",
        /// The team is behind.
        ExecutionShortfall = "execution_shortfall",
    }
);

record! {
    /// The answer to the method's three questions for a change in mid-quarter.
    pub struct Justification {
        /// What made the change necessary.
        need cause: Cause,
        /// The reason in the author's words.
        need statement: Text [TEXT],
        /// What changed outside.
        need circumstances: Text [TEXT],
        /// Whether the spirit of the objective is preserved.
        need preserves_objective: bool,
        /// Where the evidence can be read: absolute URIs.
        #[serde(default)]
        list evidence: Text [up_to(20, URI)],
    }
    check(this, at, faults) {
        for (n, uri) in this.evidence.iter().enumerate() {
            let scheme = uri.as_str().split_once(':').map(|(scheme, rest)| (scheme.as_bytes(), rest));
            let absolute = scheme.is_some_and(|(scheme, rest)| {
                scheme.first().is_some_and(u8::is_ascii_alphabetic)
                    && scheme.iter().all(|c| c.is_ascii_alphanumeric() || b"+-.".contains(c))
                    && !rest.is_empty()
                    && !rest.contains(char::is_whitespace)
            });
            if !absolute {
                faults.add(at.field("evidence").item(n), "not_a_uri", "evidence is an absolute URI");
            }
        }
    }
}

always!(Justification);

/// How things stood at the moment of a change: stamped into the event by the ledger, so that the reason can be judged
/// later. What could not be computed then is null.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// Share of the way from baseline to target, not clamped.
    pub progress: Option<Number>,
    /// The computed score.
    pub computed_score: Option<Score>,
    /// The confidence last stated; the mean of its key results for an objective.
    pub confidence: Option<Number>,
    /// Share of the cycle gone, 0 to 1.
    pub elapsed: Option<Number>,
    /// Days of the cycle still to come, the day of the change not counted; negative once the cycle is over.
    pub days_left: Option<i64>,
    /// Elapsed less progress: how far behind pace, in shares of the cycle; negative when ahead.
    pub pace_gap: Option<Number>,
    /// The version of the policy in force.
    pub policy_version: u32,
}

/// The people who proposed and approved a change: stamped by the ledger into the change that it records for an approval.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The id of the proposal's event.
    pub proposal: EventId,
    /// The author of the proposal.
    pub proposed_by: Text,
    /// The id of the approval's event.
    pub approval: EventId,
    /// The author of the approval.
    pub approved_by: Text,
}
