//! Reasons for the change of a goal, and the goal's state at that time.

use crate::id::EventId;
use crate::limits::{TEXT, URI, up_to};
use crate::metric::words;
use crate::number::{Number, Score};
use crate::record::{always, record};
use crate::text::Text;

words!(
    /// The cause of a change. The method allows the first four and warns of the last.
    Cause {
        /// Outside conditions changed: a competitor, a lost customer, a dead channel.
        ExternalChange = "external_change",
        /// A fact came to light that had been true all along.
        NewInformation = "new_information",
        /// The measurement was wrong, not the goal.
        MeasurementCorrection = "measurement_correction",
        /// The scope of the goal was redrawn.
        ScopeChange = "scope_change",
        /// The team is behind.
        ExecutionShortfall = "execution_shortfall",
    }
);

record! {
    /// The answers to the method's three questions about a change in mid-quarter.
    pub struct Justification {
        /// An execution shortfall is refused by default.
        need cause: Cause,
        /// The reason in the author's words.
        need statement: Text [TEXT],
        /// The outside facts that changed.
        need circumstances: Text [TEXT],
        /// True if the spirit of the objective is preserved.
        need preserves_objective: bool,
        /// Links to the evidence: absolute URIs.
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
                let says = "evidence must be an absolute URI, such as https://example.org/report";
                faults.add(at.field("evidence").item(n), "not_a_uri", says);
            }
        }
    }
}

always!(Justification);

/// The state of a goal at the time of a change: stamped into the event by the ledger, so that the reason can be judged
/// later. Values that could not be computed are null.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// Share of the way from baseline to target, not clamped.
    pub progress: Option<Number>,
    /// Computed under the policy in force, 0 to 1.
    pub computed_score: Option<Score>,
    /// The last stated confidence, 0 to 10; for an objective, the mean of its key results.
    pub confidence: Option<Number>,
    /// Elapsed share of the cycle, 0 to 1.
    pub elapsed: Option<Number>,
    /// Days left in the cycle, not counting the day of the change; negative once the cycle is over.
    pub days_left: Option<i64>,
    /// Elapsed minus progress: the lag behind the pace, in shares of the cycle; negative when ahead.
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
