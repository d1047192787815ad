//! The method's three questions about a goal that is changed or retired in mid-quarter; recorded, or proposed for
//! approval.

use events::{Cause, SubjectId};
use maud::{Markup, html};

use super::fields::{one_of, prose, radios};
use super::filled::{Data, Filled};
use super::{Sheet, back};

pub(super) const WHY: [&str; 5] = [
    "justification/circumstances",
    "justification/cause",
    "justification/statement",
    "justification/preserves_objective",
    "justification/evidence",
];

/// Returns true if the change is proposed for another person's approval.
pub(super) fn is_proposed(filled: &Filled) -> bool {
    !filled.text("propose").is_empty()
}

/// Adds the answers to the changes.
pub(super) fn answered(data: Data<'_>) -> serde_json::Value {
    data.text(WHY[0]).text(WHY[1]).text(WHY[2]).flag(WHY[3]).lines(WHY[4]).value()
}

/// Returns the address after recording: the goal, or the proposals of its cycle.
pub(super) fn next(root: &str, goal: &str, filled: &Filled) -> String {
    let cycle = SubjectId::new(filled.text("cycle")).ok().filter(|_| is_proposed(filled));
    back(&cycle.map_or_else(|| format!("{root}/{goal}"), |cycle| format!("{root}/cycles/{cycle}/proposals")), &[])
}

pub(super) fn questions(sheet: &Sheet, cycle: &SubjectId) -> Markup {
    let causes: Vec<(String, String)> =
        Cause::ALL.iter().map(|cause| (cause.to_string(), meaning(*cause).to_owned())).collect();
    html! {
        section.panel {
            h2 { "Why: three questions" }
            (prose(sheet, WHY[0], "1. What has changed outside?", Some("A competitor, a lost customer, a dead channel: what anybody could go and look at."), 3))
            (one_of(sheet, WHY[1], "2. Because we are behind, or because circumstances changed?", None, &causes))
            (prose(sheet, WHY[2], "Say it in a sentence or two", Some("It is read by the board."), 2))
            (radios(sheet, WHY[3], "3. Is the spirit of the objective kept?", &[("yes", "Yes, it is still what we wanted"), ("no", "No")]))
            input type="hidden" name="cycle" value=(cycle);
            (prose(sheet, WHY[4], "Evidence", Some("Addresses, one a line. May be left out."), 2))
            p.quiet { "Where somebody else is to approve it: " button.small #propose name="propose" value="yes" { "Propose it" } }
        }
    }
}

fn meaning(cause: Cause) -> &'static str {
    match cause {
        Cause::ExternalChange => "Conditions outside changed",
        Cause::NewInformation => "We learnt something that was true all along",
        Cause::MeasurementCorrection => "The measurement was wrong, not the goal",
        Cause::ScopeChange => "What the goal covers was redrawn",
        Cause::ExecutionShortfall => "We are behind",
    }
}
