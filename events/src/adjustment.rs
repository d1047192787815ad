//! Proposals to change a goal after its cycle has started, their outcomes, and the approval stamped into the resulting
//! change.

use crate::change::Change;
use crate::fields::{Fields, Read};
use crate::id::{EventId, SubjectId};
use crate::json::Json;
use crate::justification::{Context, Justification};
use crate::key_result::KeyResultChanges;
use crate::limits::{NAME, TEXT, up_to};
use crate::metric::{Metric, Thresholds};
use crate::number::{Number, Score, Weight};
use crate::objective::{Ambition, Level, ObjectiveChanges};
use crate::place::At;
use crate::record::{always, record};
use crate::replacements::Replacements;
use crate::text::Text;
use crate::violation::Faults;

/// Defines the changeable fields of goals in one place: those of key results, those of objectives, and the shared ones.
macro_rules! goal_changes {
    (
        key_result { $( $( #[doc = $k_doc:literal] )* $k:ident : $k_type:ty $([$k_limit:expr])? ),* $(,)? }
        objective { $( $( #[doc = $o_doc:literal] )* $o:ident : $o_type:ty $([$o_limit:expr])? ),* $(,)? }
        both { $( $( #[doc = $b_doc:literal] )* $b:ident : $b_type:ty $([$b_limit:expr])? ),* $(,)? }
    ) => {
        record! {
            /// The changes of a goal that a proposal asks for: at least one. The event's subject decides whether the
            /// goal is a key result or an objective.
            pub struct GoalChanges {
                $( $( #[doc = $k_doc] )* may $k: Change<$k_type> $([$k_limit])?, )*
                $( $( #[doc = $o_doc] )* may $o: Change<$o_type> $([$o_limit])?, )*
                $( $( #[doc = $b_doc] )* may $b: Change<$b_type> $([$b_limit])?, )*
            }
            check(this, at, faults) {
                if *this == GoalChanges::none() {
                    faults.add(at, "nothing_changes", "name at least one field to change: {\"target\": {\"to\": 800}}");
                }
                for field in this.cleared_mandatory() {
                    faults.add(at.field(field).field("to"), "required", format_args!("`{field}` cannot be cleared"));
                }
            }
        }

        impl GoalChanges {
            /// Returns changes that name no field.
            pub fn none() -> Self {
                GoalChanges { $( $k: None, )* $( $o: None, )* $( $b: None, )* }
            }

            /// Returns the names of the changed fields.
            pub fn fields(&self) -> Vec<&'static str> {
                let named = [
                    $( (stringify!($k), self.$k.is_some()), )*
                    $( (stringify!($o), self.$o.is_some()), )*
                    $( (stringify!($b), self.$b.is_some()), )*
                ];
                named.into_iter().filter_map(|(field, there)| there.then_some(field)).collect()
            }

            /// Returns the changes without the `from` values that the ledger stamped.
            pub fn unstamped(self) -> Self {
                GoalChanges {
                    $( $k: self.$k.map(Change::unstamped), )*
                    $( $o: self.$o.map(Change::unstamped), )*
                    $( $b: self.$b.map(Change::unstamped), )*
                }
            }

            /// Converts to changes of a key result; fails with the fields that a key result does not have.
            pub fn of_key_result(&self) -> Result<KeyResultChanges, Vec<&'static str>> {
                let foreign: Vec<&str> = [$( (stringify!($o), self.$o.is_some()) ),*]
                    .into_iter().filter_map(|(field, there)| there.then_some(field)).collect();
                match foreign.is_empty() {
                    true => Ok(KeyResultChanges { $( $k: self.$k.clone(), )* $( $b: self.$b.clone(), )* }),
                    false => Err(foreign),
                }
            }

            /// Converts to changes of an objective; fails with the fields that an objective does not have.
            pub fn of_objective(&self) -> Result<ObjectiveChanges, Vec<&'static str>> {
                let foreign: Vec<&str> = [$( (stringify!($k), self.$k.is_some()) ),*]
                    .into_iter().filter_map(|(field, there)| there.then_some(field)).collect();
                match foreign.is_empty() {
                    true => Ok(ObjectiveChanges { $( $o: self.$o.clone(), )* $( $b: self.$b.clone(), )* }),
                    false => Err(foreign),
                }
            }
        }

        impl From<KeyResultChanges> for GoalChanges {
            fn from(changes: KeyResultChanges) -> Self {
                GoalChanges { $( $k: changes.$k, )* $( $b: changes.$b, )* ..GoalChanges::none() }
            }
        }

        impl From<ObjectiveChanges> for GoalChanges {
            fn from(changes: ObjectiveChanges) -> Self {
                GoalChanges { $( $o: changes.$o, )* $( $b: changes.$b, )* ..GoalChanges::none() }
            }
        }
    };
}

goal_changes! {
    key_result {
        /// In the metric's unit; cannot be cleared.
        target: Number,
        /// At most 20 pairs of score and value; null removes them.
        thresholds: Thresholds [up_to(20, ())],
        /// The corrected baseline, in the metric's unit; cannot be cleared.
        baseline: Number,
        /// Null means the cycle's last day.
        due_on: chrono::NaiveDate,
        /// Replaces name, unit, kind and milestones together; cannot be cleared.
        metric: Metric,
        /// The score that the owner expects, 0 to 1.
        expected_score: Score,
    }
    objective {
        /// At most 20,000 characters; null clears it.
        description: Text [TEXT],
        /// Cannot be cleared.
        level: Level,
        /// Required for a team objective.
        team: SubjectId,
        /// The person accountable; cannot be cleared.
        owner: Text [NAME],
        /// Committed or aspirational; cannot be cleared.
        ambition: Ambition,
        /// The objective or key result to support.
        supports: SubjectId,
        /// Replaces the whole list, at most 20.
        themes: Vec<SubjectId> [up_to(20, ())],
    }
    both {
        /// At most 500 characters; cannot be cleared.
        title: Text [NAME],
        /// The weight in the mean one level up; null means 1.
        weight: Weight,
    }
}

impl GoalChanges {
    /// Returns the mandatory fields that the changes would clear.
    fn cleared_mandatory(&self) -> Vec<&'static str> {
        let cleared = [
            ("target", self.target.as_ref().is_some_and(|change| change.to.is_none())),
            ("baseline", self.baseline.as_ref().is_some_and(|change| change.to.is_none())),
            ("metric", self.metric.as_ref().is_some_and(|change| change.to.is_none())),
            ("title", self.title.as_ref().is_some_and(|change| change.to.is_none())),
            ("level", self.level.as_ref().is_some_and(|change| change.to.is_none())),
            ("owner", self.owner.as_ref().is_some_and(|change| change.to.is_none())),
            ("ambition", self.ambition.as_ref().is_some_and(|change| change.to.is_none())),
        ];
        cleared.into_iter().filter_map(|(field, cleared)| cleared.then_some(field)).collect()
    }
}

always!(GoalChanges);

record! {
    // Faults that span fields are named beside a missing justification.
    read by hand;
    /// `okr.adjustment.proposed`: a change of the subject, or its retirement, for another person to approve.
    pub struct AdjustmentProposed {
        /// The changes; absent if the goal would be retired.
        may changes: GoalChanges,
        /// True if the goal would be retired.
        #[serde(default)]
        or_default retire: bool,
        /// The goals that would take its place.
        #[serde(default)]
        or_default replaced_by: Replacements [up_to(20, ())],
        /// The reason.
        need justification: Justification,
        /// The goal's state at the moment of the proposal.
        stamp context: Context,
    }
}

impl Read for AdjustmentProposed {
    fn read(value: &Json<'_>, at: At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(value, at, faults)?;
        let changes: Option<Option<GoalChanges>> = fields.may("changes", faults);
        let retire: Option<Option<bool>> = fields.may("retire", faults);
        let replaced_by: Option<Option<Replacements>> = fields.may("replaced_by", faults);
        let justification = fields.need("justification", faults);
        fields.close(faults);
        let (changes, retire, replaced_by) = (changes?, retire?.unwrap_or(false), replaced_by?.unwrap_or_default());
        match (&changes, retire) {
            (None, false) => faults.add(
                at,
                "nothing_changes",
                "the proposal changes nothing: name the changes, {\"changes\": {\"target\": {\"to\": 800}}}, or retire \
                 the goal, {\"retire\": true}",
            ),
            (Some(_), true) => {
                let says = "a proposal either changes a goal or retires it: leave out `retire` or `changes`";
                faults.add(at.field("retire"), "out_of_place", says);
            }
            (None, true) | (Some(_), false) => {}
        }
        if !replaced_by.is_empty() && !retire {
            let says = "only a retired goal can be replaced: add {\"retire\": true} or leave out `replaced_by`";
            faults.add(at.field("replaced_by"), "out_of_place", says);
        }
        let is_one = changes.is_some() != retire && (replaced_by.is_empty() || retire);
        let justification = justification?;
        is_one.then_some(AdjustmentProposed { changes, retire, replaced_by, justification, context: None })
    }
}

record! {
    /// `okr.adjustment.approved`: the ledger records the proposed change in the same entry.
    pub struct AdjustmentApproved {
        /// The id of the proposal's event.
        need proposal: EventId,
        /// A free-text comment.
        may note: Text [TEXT],
    }
}

record! {
    /// `okr.adjustment.declined`
    pub struct AdjustmentDeclined {
        /// The id of the proposal's event.
        need proposal: EventId,
        /// The reason for declining.
        need note: Text [TEXT],
    }
}

record! {
    /// `okr.adjustment.withdrawn`: only the proposer can withdraw a proposal.
    pub struct AdjustmentWithdrawn {
        /// The id of the proposal's event.
        need proposal: EventId,
        /// A free-text comment.
        may note: Text [TEXT],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn faults_of(data: Value) -> Vec<String> {
        let mut faults = Faults::none();
        let read = AdjustmentProposed::read(&Json::from(&data), At::from(""), &mut faults);
        let found: Vec<String> =
            faults.into_violations().into_iter().map(|fault| format!("{} {}", fault.pointer, fault.rule)).collect();
        assert_eq!(read.is_none(), !found.is_empty(), "{data}");
        found
    }

    fn proposed(data: Value) -> Value {
        let mut whole = json!({"justification": {"cause": "scope_change", "statement": "It covers less now",
            "circumstances": "One region was sold", "preserves_objective": true}});
        whole.as_object_mut().unwrap().extend(data.as_object().unwrap().clone());
        whole
    }

    #[test]
    fn a_proposal_changes_a_goal_or_retires_it() {
        assert_eq!(faults_of(proposed(json!({"changes": {"target": {"to": 3}}}))), [""; 0]);
        assert_eq!(faults_of(proposed(json!({"retire": true, "replaced_by": "other"}))), [""; 0]);
        assert_eq!(faults_of(proposed(json!({}))), [" nothing_changes"]);
        assert_eq!(faults_of(proposed(json!({"changes": {}, "retire": true}))), ["/changes nothing_changes"]);
        let both = json!({"changes": {"title": {"to": "x"}}, "retire": true});
        assert_eq!(faults_of(proposed(both)), ["/retire out_of_place"]);
        let kept = json!({"changes": {"title": {"to": "x"}}, "replaced_by": "other"});
        assert_eq!(faults_of(proposed(kept)), ["/replaced_by out_of_place"]);
        let cleared = json!({"changes": {"owner": {"to": null}, "target": {"to": null}, "due_on": {"to": null}}});
        assert_eq!(faults_of(proposed(cleared)), ["/changes/target/to required", "/changes/owner/to required"]);
    }

    #[test]
    fn fields_go_with_one_kind_of_goal_or_both() {
        let of = |data: Value| GoalChanges::read(&Json::from(&data), At::from(""), &mut Faults::none()).unwrap();
        let to = json!({"to": 3});
        let both = of(json!({"weight": to}));
        assert!(both.of_key_result().is_ok() && both.of_objective().is_ok());
        let mixed = of(json!({"weight": to, "target": to, "owner": {"to": "Ada"}}));
        assert_eq!(mixed.of_key_result(), Err(vec!["owner"]));
        assert_eq!(mixed.of_objective(), Err(vec!["target"]));
        let measured = of(json!({"weight": to, "target": to}));
        assert_eq!(measured.of_key_result().map(GoalChanges::from), Ok(measured));
    }

    #[test]
    fn the_outcome_of_an_approval_has_an_id_derived_from_its_own() {
        let id = |text: &str| EventId::new(text).unwrap();
        assert_eq!(id("a1").of_outcome(), Ok(id("a1#recorded")));
        assert!(id(&"x".repeat(256)).of_outcome().is_err());
    }
}
