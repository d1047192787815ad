use serde_json::json;

use crate::rules::No;
use crate::rules::given::*;

#[test]
fn a_policy_has_a_subject_of_its_own() {
    let part = json!({"cadence": {"days": 14}});
    given([]).when(submitted("policy.adopted", "policy", part.clone())).then_recorded();
    planned().when(submitted("policy.adopted", "q2", part)).then_refused(No::Invalid, [("/subject", "wrong_subject")]);
}

#[test]
fn figures_that_contradict_those_in_force_are_refused() {
    let adopt = |part| given([]).when(submitted("policy.adopted", "policy", part));
    adopt(json!({"confidence": {"on_track": 3}, "pace": {"at_risk": 0.05}, "limits": {"key_results_min": 6}}))
        .then_refused(
            No::Invalid,
            [("/data/confidence", "wrong_order"), ("/data/pace", "wrong_order"), ("/data/limits", "wrong_order")],
        );
    adopt(json!({"confidence": {"on_track": 3, "at_risk": 3}, "pace": {"at_risk": 0.1},
        "limits": {"key_results_min": 6, "key_results_max": 6}}))
    .then_recorded();
}
