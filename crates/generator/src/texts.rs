//! Texts of people: notes, blockers, plans, reasons. They are combined from parts, so that few are equal.

use events::{Cause, Justification, Text};

use crate::dice::Dice;
use crate::make::text;
use crate::words::SEGMENTS;

const NOTES: [&str; 14] = [
    "Two more pilots are live and the first figures look right",
    "The change went out on Thursday, so only three days of it are in this figure",
    "Flat this week, because half the team was at the customer conference",
    "Better than it looks: one large account distorts the mean",
    "The new wording on the page works, we keep it",
    "Numbers come from the weekly export; the dashboard is a day behind",
    "We talked to five customers and three say the same",
    "The experiment ended without a winner, the next one starts on Monday",
    "A good week, mostly because of the backlog we cleared",
    "Slower than planned since the handover took longer",
    "The rollout reached the second region without complaints",
    "Still on track if the contract is signed this month",
    "The first cohort is complete and can be compared now",
    "We stopped the campaign that did not pay and moved the budget",
];
const TAILS: [&str; 8] = [
    "; next look on Friday",
    ", most of all with",
    ", above all for",
    "; nothing new with",
    ", less so for",
    " and we see it first with",
    ", and it holds for",
    "; the exception is",
];
const BLOCKERS: [&str; 10] = [
    "Waiting for legal on the data agreement",
    "No backend engineer until the end of the month",
    "The vendor's interface is down every other day",
    "Access to the billing data is not granted yet",
    "The test environment is shared with two other teams",
    "Procurement needs four more weeks",
    "Two open positions in the team",
    "The pricing decision is still open",
    "Translations are late",
    "Security review has not begun",
];
const PLANS: [&str; 10] = [
    "Ask ten users why they stop at step three",
    "Move the second half of the accounts",
    "Start the next experiment",
    "Write up what worked and share it",
    "Call the five accounts that went quiet",
    "Agree the hand-over with support",
    "Try the shorter form",
    "Clean up the report so that it needs no manual step",
    "Train the weekend shift",
    "Review the outliers with finance",
];
const PROGRESS: [&str; 8] = [
    "Second region moved over",
    "Interviews done and evaluated",
    "New report agreed with finance",
    "Backlog under fifty",
    "Contract renewed for a year",
    "First cohort complete",
    "Alerts cut to those that matter",
    "Guide rewritten and read",
];
const PROBLEMS: [&str; 6] = [
    "The figure of last week included a test account",
    "Two people ill",
    "More returns than expected after the promotion",
    "One supplier could not deliver",
    "The import failed twice",
    "Support tickets on the new flow doubled",
];

pub(crate) fn note(dice: &mut Dice) -> Text {
    let tail = *dice.pick(&TAILS);
    let of = if tail.ends_with("Friday") { "" } else { *dice.pick(&SEGMENTS) };
    let space = if of.is_empty() { "" } else { " " };
    text(format!("{}{tail}{space}{of}.", dice.pick(&NOTES)))
}

pub(crate) fn blockers(dice: &mut Dice) -> Vec<Text> {
    some(dice, &BLOCKERS)
}

pub(crate) fn plans(dice: &mut Dice) -> Vec<Text> {
    some(dice, &PLANS)
}

pub(crate) fn progress(dice: &mut Dice) -> Vec<Text> {
    some(dice, &PROGRESS)
}

pub(crate) fn problems(dice: &mut Dice) -> Vec<Text> {
    some(dice, &PROBLEMS)
}

/// Picks one or two texts.
fn some(dice: &mut Dice, of: &[&str]) -> Vec<Text> {
    let first = dice.below(of.len());
    let second = (first + 1 + dice.below(of.len() - 1)) % of.len();
    let many = 1 + dice.below(2);
    [first, second].iter().take(many).map(|n| text(of[*n])).collect()
}

/// Returns a justification of a change in mid-quarter, for one of the causes that the method allows.
pub(crate) fn justification(dice: &mut Dice, cause: Cause) -> Justification {
    let (statement, circumstances) = match cause {
        Cause::ExternalChange | Cause::ExecutionShortfall => *dice.pick(&[
            ("A competitor left the market and its customers are asking us", "The insolvency was announced last week"),
            ("The platform's fees rose for everybody, whatever we do", "The new price list holds since the first"),
            ("The new regulation forbids the channel we had planned with", "It was published on Monday"),
            ("Our largest reseller was bought and stops selling for others", "The buyer confirmed it in writing"),
        ]),
        Cause::NewInformation => *dice.pick(&[
            ("The interviews show that this step matters more than we thought", "Forty interviews, done in week three"),
            ("The pilot says what the whole can bring, which we did not know", "Pilot ended with two hundred accounts"),
        ]),
        Cause::MeasurementCorrection => *dice.pick(&[
            (
                "The report counted test accounts, the real figure is another",
                "Found when finance compared both exports",
            ),
            (
                "Returns were left out of the baseline when it was measured",
                "Measured anew with the books of the quarter",
            ),
        ]),
        Cause::ScopeChange => *dice.pick(&[
            ("A second product line was moved to this team in mid-quarter", "Decided by the management on Tuesday"),
            ("The region was split and one half is now with another team", "In force since the start of the month"),
        ]),
    };
    let evidence = if dice.chance(400) {
        vec![text(format!("https://wiki.example.com/decisions/{}", 1_000 + dice.below(9_000)))]
    } else {
        Vec::new()
    };
    Justification {
        cause,
        statement: text(statement),
        circumstances: text(circumstances),
        preserves_objective: true,
        evidence,
    }
}
