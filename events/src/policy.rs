//! The policy of a ledger: the scoring of goals and the effect of rules. It is recorded and versioned, and each part
//! can be adopted alone.

use std::collections::BTreeMap;

use serde_json::json;

use crate::fields::Read;
use crate::json::Json;
use crate::limits::{NAME, small, up_to};
use crate::metric::words;
use crate::number::{Confidence, Number, Score, Share};
use crate::place::At;
use crate::record::{always, record};
use crate::schema::plain;
use crate::text::Text;
use crate::violation::{Faults, Violation};

words!(
    /// The effect of a rule that finds a fault.
    Severity {
        /// No effect.
        Off = "off",
        /// Advice: the submission is recorded with a warning.
        Warn = "warn",
        /// The submission is refused.
        Refuse = "refuse",
    }
);

words!(
    /// The formula that computes a score from values. A closed cycle keeps the formula it was closed under.
    Formula {
        /// Linear from baseline to target.
        Linear1 = "linear-1",
        /// Current ÷ target, or target ÷ current for a falling metric; the baseline does not count.
        Ratio1 = "ratio-1",
    }
);

words!(
    /// The approval of changes to a goal after its cycle has started.
    ApprovalRule {
        /// A change may be proposed or made directly.
        Off = "off",
        /// A change must be proposed, and approved by someone else.
        Required = "required",
    }
);

words!(
    /// The rules that a policy can switch. Their reasons come from the OKR method.
    Rule {
        /// More objectives for one owner-unit and level than focus allows.
        TooManyObjectives = "too_many_objectives",
        /// Fewer or more key results than an objective should have.
        KeyResultCount = "key_result_count",
        /// A key result without baseline or target at the cycle's start.
        BaselineAndTarget = "baseline_and_target",
        /// A key result worded as an output (launch, ship …), which is a task.
        OutputWorded = "output_worded",
        /// An objective that contains a number, which belongs in a key result.
        NumberInObjective = "number_in_objective",
        /// An objective outside every theme, in a cycle that declares themes.
        OutsideThemes = "outside_themes",
        /// A team's objective that supports nothing.
        SupportsNothing = "supports_nothing",
        /// An adjustment because the team is behind.
        ExecutionShortfall = "execution_shortfall",
        /// An adjustment that does not preserve the spirit of the objective.
        PreservesObjective = "preserves_objective",
        /// A justification too short to be one.
        StatementLength = "statement_length",
        /// An adjustment when the cycle is nearly over.
        LateAdjustment = "late_adjustment",
        /// An adjustment by the key result's own owner that no one else approved.
        OwnAdjustment = "own_adjustment",
        /// A check-in dated after the cycle's end and its days of grace.
        CheckInAfterEnd = "check_in_after_end",
    }
);

/// Defines a group of settings twice: complete, and with optional fields for an adoption.
macro_rules! settings {
    (
        $( #[doc = $about:literal] )* pub struct $whole:ident / $part:ident {
            $( $( #[doc = $doc:literal] )* $field:ident : $type:ty ),* $(,)?
        }
    ) => {
        $( #[doc = $about] )*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $whole { $( $( #[doc = $doc] )* pub $field: $type ),* }

        record! {
            $( #[doc = $about] )*
            pub struct $part { $( $( #[doc = $doc] )* may $field: $type ),* }
        }

        impl $whole {
            fn adopt(&mut self, part: &$part) {
                $( if let Some(value) = &part.$field { self.$field = value.clone(); } )*
            }
        }
    };
}

settings! {
    /// The scores that count as success.
    pub struct Expectations / ExpectationsPart {
        /// For a committed goal.
        committed: Score,
        /// For an aspirational goal.
        aspirational: Score,
    }
}

settings! {
    /// The status derived from a confidence; below `at_risk` it is behind.
    pub struct ConfidenceBands / ConfidenceBandsPart {
        /// The lowest confidence that is on track.
        on_track: Confidence,
        /// The lowest confidence that is at risk.
        at_risk: Confidence,
    }
}

settings! {
    /// The status derived from the gap to the pace (elapsed share of the cycle minus progress); beyond `at_risk` it is
    /// behind.
    pub struct Pace / PacePart {
        /// The widest gap that is on track.
        on_track: Share,
        /// The widest gap that is at risk.
        at_risk: Share,
    }
}

settings! {
    /// The interval of check-ins on a key result.
    pub struct Cadence / CadencePart {
        /// Days between check-ins.
        days: u32,
        /// Days of grace before a key result counts as stale.
        grace_days: u32,
    }
}

settings! {
    /// The figures that the rules apply.
    pub struct Limits / LimitsPart {
        /// Most objectives of one owner-unit and level in a cycle.
        objectives_max: u32,
        /// Fewest key results of an objective.
        key_results_min: u32,
        /// Most key results of an objective.
        key_results_max: u32,
        /// Shortest statement of a justification, in characters.
        statement_chars_min: u32,
        /// Days before the cycle's end in which an adjustment is late.
        late_adjustment_days: u32,
        /// Days after the cycle's end in which a check-in is still accepted.
        check_in_grace_days: u32,
    }
}

record! {
    /// A band of scores. A score belongs to the highest band it reaches, rounded half-up to one decimal.
    pub struct Band {
        /// The lowest score in the band.
        need from: Score,
        /// Such as `strong`.
        need name: Text [NAME],
    }
}

always!(
    ExpectationsPart, ConfidenceBandsPart, PacePart, CadencePart, LimitsPart, BTreeMap<Rule, Severity>,
);
small!(BTreeMap<Rule, Severity>);
plain!(BTreeMap<Rule, Severity> => json!({
    "type": "object",
    "propertyNames": Rule::schema(()),
    "additionalProperties": Severity::schema(()),
}));

record! {
    /// `okr.policy.adopted`: any part of a policy; absent parts keep their values.
    pub struct PolicyPatch {
        /// The formula of computed scores.
        may formula: Formula,
        /// All bands, from the highest score down to 0.
        may bands: Vec<Band> [up_to(20, ())],
        /// The scores that count as success.
        may expectations: ExpectationsPart,
        /// The status derived from a confidence.
        may confidence: ConfidenceBandsPart,
        /// The status derived from the gap to the pace.
        may pace: PacePart,
        /// The interval of check-ins on a key result.
        may cadence: CadencePart,
        /// The figures that the rules apply.
        may limits: LimitsPart,
        /// The effect of each rule.
        may rules: BTreeMap<Rule, Severity>,
        /// All words that mark a title as an output instead of an outcome.
        may output_words: Vec<Text> [up_to(200, NAME)],
        /// The approval of changes after the start.
        may approval: ApprovalRule,
        /// True if a goal's owner may approve another person's proposal for it.
        may owner_may_approve: bool,
    }
    check(this, at, faults) {
        if let Some(bands) = &this.bands {
            let falling = bands.is_sorted_by(|a, b| a.from > b.from);
            let grounded = bands.last().is_some_and(|band| band.from.number() == Number::ZERO);
            if !(falling && grounded) {
                let says = "list the bands from the highest score down; the last one must start at 0";
                faults.add(at.field("bands"), "bad_bands", says);
            }
        }
    }
}

impl Read for BTreeMap<Rule, Severity> {
    fn read(value: &Json<'_>, at: At<'_>, faults: &mut Faults) -> Option<Self> {
        let Json::Object(object) = value else {
            faults.add(
                at,
                "wrong_type",
                format_args!("must be an object of rules with their severities, not {}", value.name()),
            );
            return None;
        };
        let before = faults.len();
        let mut rules = BTreeMap::new();
        for (name, severity) in object.sorted() {
            let at = at.field(name);
            let severity = Severity::read(severity, at, faults);
            match Rule::of(name) {
                Some(rule) => rules.extend(severity.map(|severity| (rule, severity))),
                None => faults.add(at, "unknown_rule", Rule::unknown(name)),
            }
        }
        (faults.len() == before).then_some(rules)
    }
}

/// A complete policy.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Policy {
    /// The number of adoptions up to this policy; 0 is the default policy.
    pub version: u32,
    /// The formula of computed scores.
    pub formula: Formula,
    /// The bands of scores, from the highest down to 0.
    pub bands: Vec<Band>,
    /// The scores that count as success.
    pub expectations: Expectations,
    /// The status derived from a confidence.
    pub confidence: ConfidenceBands,
    /// The status derived from the gap to the pace.
    pub pace: Pace,
    /// The interval of check-ins on a key result.
    pub cadence: Cadence,
    /// The figures that the rules apply.
    pub limits: Limits,
    /// The effect of each rule.
    pub rules: BTreeMap<Rule, Severity>,
    /// Words that mark a title as an output instead of an outcome.
    pub output_words: Vec<Text>,
    /// The approval of changes after the start.
    pub approval: ApprovalRule,
    /// True if a goal's owner may approve another person's proposal for it.
    pub owner_may_approve: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            version: 0,
            formula: Formula::Linear1,
            bands: [("1.0", "too_easy"), ("0.7", "strong"), ("0.5", "meaningful"), ("0.3", "limited"), ("0", "little")]
                .into_iter()
                .map(|(from, name)| Band { from: score(from), name: text(name) })
                .collect(),
            expectations: Expectations { committed: score("1"), aspirational: score("0.7") },
            confidence: ConfidenceBands { on_track: confidence(8), at_risk: confidence(4) },
            pace: Pace { on_track: share("0.1"), at_risk: share("0.3") },
            cadence: Cadence { days: 7, grace_days: 2 },
            limits: Limits {
                objectives_max: 3,
                key_results_min: 2,
                key_results_max: 5,
                statement_chars_min: 20,
                late_adjustment_days: 14,
                check_in_grace_days: 14,
            },
            rules: Rule::ALL.iter().map(|rule| (*rule, default_severity(*rule))).collect(),
            output_words: [
                "launch",
                "publish",
                "ship",
                "build",
                "conduct",
                "release",
                "deliver",
                "implement",
                "create",
            ]
            .into_iter()
            .map(text)
            .collect(),
            approval: ApprovalRule::Off,
            owner_may_approve: false,
        }
    }
}

impl PolicyPatch {
    /// Reads a part of a policy on its own; fails with every fault in it.
    pub fn of_json<'v>(value: impl Into<Json<'v>>) -> Result<PolicyPatch, Vec<Violation>> {
        let mut faults = Faults::none();
        let read = PolicyPatch::read(&value.into(), At::from(""), &mut faults);
        read.filter(|_| faults.is_empty()).ok_or_else(|| faults.into_violations())
    }
}

impl Policy {
    /// Returns the policy after one more adoption.
    pub fn adopting(&self, patch: &PolicyPatch) -> Policy {
        let mut next = self.clone();
        next.version += 1;
        if let Some(formula) = patch.formula {
            next.formula = formula;
        }
        if let Some(bands) = &patch.bands {
            next.bands = bands.clone();
        }
        if let Some(part) = &patch.expectations {
            next.expectations.adopt(part);
        }
        if let Some(part) = &patch.confidence {
            next.confidence.adopt(part);
        }
        if let Some(part) = &patch.pace {
            next.pace.adopt(part);
        }
        if let Some(part) = &patch.cadence {
            next.cadence.adopt(part);
        }
        if let Some(part) = &patch.limits {
            next.limits.adopt(part);
        }
        if let Some(rules) = &patch.rules {
            next.rules.extend(rules.iter().map(|(rule, severity)| (*rule, *severity)));
        }
        if let Some(words) = &patch.output_words {
            next.output_words = words.clone();
        }
        next.approval = patch.approval.unwrap_or(next.approval);
        next.owner_may_approve = patch.owner_may_approve.unwrap_or(next.owner_may_approve);
        next
    }

    /// Returns the effect of a rule under this policy.
    pub fn severity(&self, rule: Rule) -> Severity {
        self.rules.get(&rule).copied().unwrap_or_else(|| default_severity(rule))
    }

    /// Returns the name of the band that a score belongs to.
    pub fn band(&self, score: Number) -> Option<&Text> {
        let tenths = score.rounded(1);
        self.bands.iter().find(|band| tenths >= band.from.number()).map(|band| &band.name)
    }
}

fn default_severity(rule: Rule) -> Severity {
    match rule {
        Rule::TooManyObjectives
        | Rule::KeyResultCount
        | Rule::OutputWorded
        | Rule::NumberInObjective
        | Rule::OutsideThemes
        | Rule::SupportsNothing
        | Rule::LateAdjustment => Severity::Warn,
        Rule::BaselineAndTarget
        | Rule::ExecutionShortfall
        | Rule::PreservesObjective
        | Rule::StatementLength
        | Rule::CheckInAfterEnd => Severity::Refuse,
        Rule::OwnAdjustment => Severity::Off,
    }
}

#[expect(clippy::expect_used, reason = "the default policy's own figures are within their bounds; a test builds it")]
fn number(text: &str) -> Number {
    text.parse().expect("a figure of the default policy")
}

#[expect(clippy::expect_used, reason = "the default policy's own figures are within their bounds; a test builds it")]
fn score(text: &str) -> Score {
    Score::new(number(text)).expect("a score of the default policy")
}

#[expect(clippy::expect_used, reason = "the default policy's own figures are within their bounds; a test builds it")]
fn share(text: &str) -> Share {
    Share::new(number(text)).expect("a share of the default policy")
}

#[expect(clippy::expect_used, reason = "the default policy's own figures are within their bounds; a test builds it")]
fn confidence(whole: u32) -> Confidence {
    Confidence::new(Number::from(whole)).expect("a confidence of the default policy")
}

#[expect(clippy::expect_used, reason = "the default policy's own words are not blank; a test builds it")]
fn text(word: &str) -> Text {
    Text::new(word).expect("a word of the default policy")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_score_belongs_to_the_band_of_its_first_decimal() {
        let policy = Policy::default();
        let band = |score: &str| policy.band(score.parse().unwrap()).unwrap().as_str().to_owned();
        for (score, name) in [
            ("1", "too_easy"),
            ("0.95", "too_easy"),
            ("0.949", "strong"),
            ("0.65", "strong"),
            ("0.649", "meaningful"),
            ("0.45", "meaningful"),
            ("0.44", "limited"),
            ("0.25", "limited"),
            ("0.2", "little"),
            ("0", "little"),
        ] {
            assert_eq!(band(score), name, "{score}");
        }
    }

    #[test]
    fn adopting_a_part_leaves_the_rest() {
        let mut faults = Faults::none();
        let patch = json!({"limits": {"key_results_max": 4}, "rules": {"late_adjustment": "refuse"}});
        let adopted =
            Policy::default().adopting(&PolicyPatch::read(&Json::from(&patch), At::from(""), &mut faults).unwrap());
        assert_eq!((adopted.version, adopted.limits.key_results_max, adopted.limits.key_results_min), (1, 4, 2));
        assert_eq!(adopted.severity(Rule::LateAdjustment), Severity::Refuse);
        assert_eq!(adopted.severity(Rule::OutputWorded), Severity::Warn);
    }

    #[test]
    fn every_fault_of_a_policy_is_named() {
        let mut faults = Faults::none();
        let patch = json!({"rules": {"no_such": "warn", "late_adjustment": "maybe"}, "bands": [], "x": 1});
        assert_eq!(PolicyPatch::read(&Json::from(&patch), At::from(""), &mut faults), None);
        let pointers: Vec<String> = faults.into_violations().into_iter().map(|fault| fault.pointer).collect();
        assert_eq!(pointers, ["/rules/late_adjustment", "/rules/no_such", "/x"]);
    }
}
