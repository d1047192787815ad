//! Every rule of the policy in every severity: silent, a warning, a refusal. Each message names the policy.

use events::{Rule, Severity};
use serde_json::json;

use super::No;
use super::given::*;

/// Returns a history, an event to submit after it, and the pointer of the rule's finding.
fn case(rule: Rule) -> (Given, Submitted, &'static str) {
    let draft = |fields| submitted("objective.drafted", "new", with(objective("q2"), fields));
    let reason = |fields| {
        let data = json!({"changes": {"target": {"to": 20}}, "justification": with(justification(), fields)});
        submitted("key_result.adjusted", "paid", data)
    };
    let metric = json!({"name": "sites", "kind": "increase"});
    match rule {
        Rule::TooManyObjectives => {
            let given = planned().and_policy(json!({"limits": {"objectives_max": 1}}));
            (given, draft(json!({})), "")
        }
        Rule::KeyResultCount => {
            let given = planned().and_policy(json!({"limits": {"key_results_max": 2}}));
            (given, submitted("key_result.drafted", "third", key_result("trial", metric, 5)), "")
        }
        Rule::BaselineAndTarget => {
            let given = planned().and(submitted("key_result.drafted", "third", key_result("trial", metric, 5)));
            (given, submitted("cycle.started", "q2", json!({})), "/subject")
        }
        Rule::OutputWorded => {
            let data = with(key_result("trial", metric, 5), json!({"title": "Launch the site"}));
            (planned(), submitted("key_result.drafted", "third", data), "/data/title")
        }
        Rule::NumberInObjective => (planned(), draft(json!({"title": "Reach 100 calls"})), "/data/title"),
        Rule::OutsideThemes => {
            let theme = submitted("theme.declared", "focus", json!({"cycle": "q2", "title": "Focus"}));
            (planned().and(theme), draft(json!({})), "/data/themes")
        }
        Rule::SupportsNothing => {
            let given = planned().and(submitted("team.formed", "core", json!({"name": "Core"})));
            (given, draft(json!({"level": "team", "team": "core"})), "/data/supports")
        }
        Rule::ExecutionShortfall => {
            (under_way(), reason(json!({"cause": "execution_shortfall"})), "/data/justification/cause")
        }
        Rule::PreservesObjective => {
            (under_way(), reason(json!({"preserves_objective": false})), "/data/justification/preserves_objective")
        }
        Rule::StatementLength => (under_way(), reason(json!({"statement": "so"})), "/data/justification/statement"),
        Rule::LateAdjustment => (under_way().at("2026-06-25T09:00:00Z"), reason(json!({})), ""),
        Rule::OwnAdjustment => (under_way(), reason(json!({})).by("/people/ben"), "/source"),
        Rule::CheckInAfterEnd => {
            (under_way().at("2026-07-20T09:00:00Z"), check_in("paid", json!({"value": 16})), "/time")
        }
    }
}

#[test]
fn every_rule_can_be_off_warn_or_refuse() {
    for rule in Rule::ALL {
        let (given, event, pointer) = case(*rule);
        for severity in Severity::ALL {
            let given = given.clone().and_rule(rule.as_str(), severity.as_str());
            let version = given.policy().version;
            let then = given.when(event.clone());
            match severity {
                Severity::Off => drop(then.then_recorded()),
                Severity::Warn => {
                    let says = then.then_advised(rule.as_str());
                    assert!(says.ends_with(&format!("(advised by policy version {version})")), "{says}");
                }
                Severity::Refuse => {
                    let says = then.then_refused(No::Invalid, [(pointer, rule.as_str())]);
                    assert!(says[0].ends_with(&format!("(refused by policy version {version})")), "{says:?}");
                }
            }
        }
    }
}

#[test]
fn a_warning_names_the_default_policy() {
    let (_, event, _) = case(Rule::NumberInObjective);
    let says = planned().when(event).then_advised("number_in_objective");
    assert!(says.ends_with("(advised by the default policy)"), "{says}");
}

/// A policy applies only to events recorded after it.
#[test]
fn a_new_policy_does_not_change_earlier_records() {
    use crate::rows::{CycleRow, KeyResultRow, ObjectiveRow, TrailRow, all};

    let eased = adjusted("paid", json!({"target": {"to": 20}})).by("/people/ben");
    let given = under_way().and(check_in("paid", json!({"value": 16, "confidence": 6}))).and(eased.clone());
    let stands = |given: &Given| {
        let trail: Vec<TrailRow> = all(&given.rows, &CycleRow::trail("q2")).unwrap();
        let key_results: Vec<KeyResultRow> = all(&given.rows, &CycleRow::key_results("q2")).unwrap();
        let objectives: Vec<ObjectiveRow> = all(&given.rows, &CycleRow::objectives("q2")).unwrap();
        (trail, key_results, objectives)
    };
    let all_refused: serde_json::Map<_, _> = Rule::ALL.iter().map(|rule| (rule.to_string(), "refuse".into())).collect();
    let strict = json!({"rules": all_refused, "approval": "required", "formula": "ratio-1",
        "limits": {"late_adjustment_days": 90}});
    let after = given.clone().and_policy(strict);
    assert_eq!(stands(&after), stands(&given));
    // The same adjustment would be refused now.
    let again = adjusted("paid", json!({"target": {"to": 19}})).by("/people/ben");
    let violations = [("/type", "approval_required"), ("", "late_adjustment"), ("/source", "own_adjustment")];
    after.when(again).then_refused(No::Invalid, violations);
}
