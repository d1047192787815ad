//! The policy: each rule and its reason.

use projections::ask::PolicyStands;

use super::{figure, table};
use crate::cli::screen::Style;

pub(crate) fn policy(answer: &PolicyStands, style: Style) -> String {
    let version = match (answer.version, answer.adopted_by) {
        (0, _) | (_, None) => "the default, which nobody adopted".to_owned(),
        (version, Some(seq)) => format!("version {version}, adopted by event {seq}"),
    };
    let mut text = format!(
        "{}: {version}\n{}\n\n",
        style.bold("The policy in force"),
        style.dim(&figure::as_of(&answer.ledger, answer.as_of)),
    );
    let mut rows = table::ruled(style, &["rule", "does", "what", "why"]);
    for rule in &answer.rules {
        rows.add_row([rule.rule.to_string(), rule.severity.to_string(), rule.does.clone(), rule.reason.clone()]);
    }
    let approval = &answer.approval;
    rows.add_row([
        "approval".to_owned(),
        approval.approval.to_string(),
        approval.does.clone(),
        approval.reason.clone(),
    ]);
    table::unbroken(&mut rows, [0, 1]);
    text.push_str(&table::lines(&rows).join("\n"));
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use projections::ask;
    use serde_json::json;

    use super::super::testing::{NOW, PIPED, quarter};
    use super::*;

    #[test]
    fn each_rule_says_what_it_does_and_why() {
        let mut ledger = quarter();
        let adopted = json!({"rules": {"late_adjustment": "refuse"}, "limits": {"late_adjustment_days": 21}});
        ledger.note("2026-05-11T10:00:00Z", "policy.adopted", "policy", adopted);
        let rows = ledger.rows(ledger.last());
        let shown = policy(&ask::policy(&ledger.asked(&rows, ledger.last(), NOW)).unwrap(), PIPED);
        assert!(shown.starts_with("The policy in force: version 1, adopted by event 12\n"), "{shown}");
        let joined = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(joined.contains("late_adjustment refuse"), "{shown}");
        assert!(shown.lines().all(|line| line.chars().count() <= 100), "{shown}");
    }
}
