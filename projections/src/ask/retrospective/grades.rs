//! Outcomes of goals compared with expectations, and the method's response.

use events::{Ambition, Moment, Number, Policy, Ref, SubjectId, Text};
use serde::{Deserialize, Serialize};

use crate::ask::{Board, words};
use crate::calendar::end_of;
use crate::rows::{CycleRow, CycleState, ObjectiveRow};

/// The outcome of a goal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoalGrade {
    /// Client-chosen id of the goal, unique in the ledger.
    pub id: SubjectId,
    /// Short reference such as `O-3` or `KR-12`.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// The title in force.
    pub title: Text,
    /// The ambition of the objective, or of the key result's objective.
    pub ambition: Ambition,
    /// The score the ambition expects, 0 to 1.
    pub expected: Number,
    /// The final score, 0 to 1.
    pub score: Option<Number>,
    /// The computed score, 0 to 1.
    pub computed_score: Option<Number>,
    /// The grade given by people.
    pub graded: Option<Number>,
    /// The policy's band for the score.
    pub band: Option<Text>,
    /// Reached, missed, open, unknown or retired.
    pub grading: Grading,
    /// The outcome as a sentence.
    pub says: String,
    /// The method's advice; null unless the goal was reached or missed.
    pub response: Option<String>,
}

/// The outcome of a goal compared with its expected score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grading {
    /// The score reached the expected one.
    Reached,
    /// The score stayed below the expected one.
    Missed,
    /// The goal is still in progress.
    Open,
    /// The goal has no score.
    Unknown,
    /// The goal was retired.
    Retired,
}

/// Returns the outcomes of objectives, each followed by its key results, ordered by ref.
pub(super) fn of(
    shown: &Board,
    cycle: &CycleRow,
    policy: &Policy,
    objectives: &[ObjectiveRow],
    at: Moment,
) -> Vec<GoalGrade> {
    let is_over = cycle.state == CycleState::Closed || at > end_of(cycle.ends_on, cycle.time_zone);
    let mut grades = Vec::new();
    for objective in &shown.objectives {
        let goal = |id: &SubjectId, given, title: &Text, stands, (score, computed_score, graded)| {
            let grading = GradeInput { ambition: objective.ambition, stands, is_over, score, graded };
            grading.grade(policy, id.clone(), given, title.clone(), computed_score)
        };
        let row =
            objectives.binary_search_by_key(&objective.given.number, |row| row.no).ok().and_then(|n| objectives.get(n));
        let graded = row.and_then(|row| row.graded.as_ref()).map(|grade| grade.score.number());
        let figures = (objective.score, objective.computed_score, graded);
        grades.push(goal(&objective.id, objective.given, &objective.title, objective.state.stands(), figures));
        for one in &objective.key_results {
            let figures = (one.score.last, one.score.computed, one.score.graded);
            grades.push(goal(&one.id, one.given, &one.title, one.state.stands(), figures));
        }
    }
    grades
}

impl Grading {
    /// Returns the name shown to people.
    pub fn word(self) -> &'static str {
        match self {
            Grading::Reached => "reached",
            Grading::Missed => "missed",
            Grading::Open => "under way",
            Grading::Unknown => "no score",
            Grading::Retired => "retired",
        }
    }
}

struct GradeInput {
    ambition: Ambition,
    stands: bool,
    is_over: bool,
    score: Option<Number>,
    graded: Option<Number>,
}

impl GradeInput {
    fn grade(
        self,
        policy: &Policy,
        id: SubjectId,
        given: Ref,
        title: Text,
        computed_score: Option<Number>,
    ) -> GoalGrade {
        let expected = match self.ambition {
            Ambition::Committed => policy.expectations.committed,
            Ambition::Aspirational => policy.expectations.aspirational,
        };
        let expected = expected.number();
        let grading = match self.score {
            _ if !self.stands => Grading::Retired,
            _ if !self.is_over && self.graded.is_none() => Grading::Open,
            None => Grading::Unknown,
            Some(score) if score >= expected => Grading::Reached,
            Some(_) => Grading::Missed,
        };
        let band = self.score.and_then(|score| policy.band(score)).cloned();
        let says = match (grading, self.score) {
            (Grading::Retired, _) => format!("{given} “{title}” was retired."),
            (Grading::Open, Some(score)) => format!("{given} “{title}” is in progress, at {}.", words::score_of(score)),
            (Grading::Open, None) => format!("{given} “{title}” is in progress."),
            (_, None) => format!("{given} “{title}” has no score: it was neither measured nor graded."),
            (_, Some(score)) => format!(
                "{given} “{title}”: {} where {} was expected ({}){}.",
                words::score_of(score),
                words::score_of(expected),
                self.ambition,
                band.as_ref().map(|band| format!(", {}", words::words(band.as_str()))).unwrap_or_default(),
            ),
        };
        let is_decided = matches!(grading, Grading::Reached | Grading::Missed);
        let response = self.score.filter(|_| is_decided).map(|score| response(score, self.ambition, grading));
        GoalGrade {
            id,
            given,
            title,
            ambition: self.ambition,
            expected,
            score: self.score,
            computed_score,
            graded: self.graded,
            band,
            grading,
            says,
            response,
        }
    }
}

/// Returns the method's advice for a score.
fn response(score: Number, ambition: Ambition, grading: Grading) -> String {
    let tenths = score.rounded(1);
    let from = |text: &str| text.parse::<Number>().is_ok_and(|least| tenths >= least);
    let answer = if from("1") {
        "Outperformed, or too conservative: celebrate, and aim higher."
    } else if from("0.7") {
        "The right ambition: understand what worked."
    } else if from("0.5") {
        "Meaningful, but missed: find out what blocked it."
    } else if from("0.3") {
        "Limited: review it thoroughly."
    } else {
        "Little: is the objective still valid?"
    };
    match (ambition, grading) {
        (Ambition::Committed, Grading::Missed) => {
            format!("{answer} It was committed: discuss why the promise was not kept.")
        }
        _ => answer.to_owned(),
    }
}
