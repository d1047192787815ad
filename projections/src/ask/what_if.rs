//! What if: the scores had some events not been, or had they been computed by another formula.

use std::collections::{BTreeMap, BTreeSet};

use events::{Formula, Kind, Number, SubjectId};
use serde::{Deserialize, Serialize};

use super::board::board_by;
use super::feed::{feed, happenings, ledger_wide};
use super::resolve::find_cycle;
use super::{Asked, Board, BoardAsk, BoardSummary, History};
use crate::rows::{Error, Rows};

/// What is supposed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhatIfAsk {
    /// That no key result had been adjusted after the cycle's start.
    pub without_adjustments: bool,
    /// That these events had not been.
    pub without_events: BTreeSet<u64>,
    /// That scores were computed by this formula, also those of a closed cycle.
    pub formula: Option<Formula>,
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhatIfAnswer {
    /// The answer.
    Answered(Box<WhatIf>),
    /// These events are neither of the cycle nor of the whole ledger, so that leaving them out says nothing.
    NotOfCycle(BTreeSet<u64>),
    /// Without the cycle's opening there is nothing to look at.
    NoCycleLeft,
}

/// A cycle as it is and as it would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhatIf {
    /// As it is.
    pub actual: BoardSummary,
    /// As it would be.
    pub what_if: BoardSummary,
    /// The events left out.
    pub omitted: Vec<u64>,
    /// The key results whose figures differ, in the order of the board.
    pub differences: Vec<Difference>,
}

/// One key result as it is and as it would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Its id.
    pub key_result: SubjectId,
    /// As it is; null where it does not stand.
    pub actual: Option<Figures>,
    /// As it would be; null where it would not stand.
    pub what_if: Option<Figures>,
}

/// The figures of a key result that a what-if compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// The computed score.
    pub computed: Option<Number>,
    /// The score that counts.
    #[serde(rename = "final")]
    pub last: Option<Number>,
    /// The share of the way gone.
    pub progress: Option<Number>,
    /// The target.
    pub target: Option<Number>,
}

/// A cycle had some events not been; `None` where there is no such cycle. The other side comes from the same fold and the
/// same board, so that leaving out nothing changes nothing.
pub fn what_if<R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'_, R>,
    cycle_id: &str,
    ask: &WhatIfAsk,
) -> Result<Option<WhatIfAnswer>, Error> {
    let Some(cycle) = find_cycle(asked.rows, cycle_id)? else { return Ok(None) };
    let of_cycle = happenings(asked, cycle_id)?;
    let mut strangers = ask.without_events.clone();
    strangers.retain(|seq| of_cycle.binary_search_by_key(seq, |happening| happening.seq).is_err());
    if !strangers.is_empty() {
        let of_ledger = ledger_wide(asked)?;
        strangers.retain(|seq| !of_ledger.contains(seq));
    }
    if !strangers.is_empty() {
        return Ok(Some(WhatIfAnswer::NotOfCycle(strangers)));
    }

    let mut omitted = ask.without_events.clone();
    if let Some(started) = cycle.started.filter(|_| ask.without_adjustments) {
        let adjusted = of_cycle
            .iter()
            .filter(|happening| happening.kind == Kind::KeyResultAdjusted && happening.seq > started.seq);
        omitted.extend(adjusted.map(|happening| happening.seq));
    }

    let whole = BoardAsk::default();
    let Some(actual) = board_by(asked, cycle_id, &whole, None)? else { return Ok(None) };
    let rows = feed(history, asked, cycle_id, |event| !omitted.contains(&event.seq))?;
    let Some(supposed) = board_by(&asked.of(&rows), cycle_id, &whole, ask.formula)? else {
        return Ok(Some(WhatIfAnswer::NoCycleLeft));
    };
    Ok(Some(WhatIfAnswer::Answered(Box::new(WhatIf {
        differences: differences(&actual, &supposed),
        actual: actual.summary(),
        what_if: supposed.summary(),
        omitted: omitted.into_iter().collect(),
    }))))
}

fn differences(actual: &Board, supposed: &Board) -> Vec<Difference> {
    // By objective and key result as the refs count them: the order of the board.
    let mut sides: BTreeMap<(u32, u32), Difference> = BTreeMap::new();
    for (board, is_actual) in [(actual, true), (supposed, false)] {
        for objective in &board.objectives {
            for key_result in objective.key_results.iter().filter(|key_result| key_result.state.stands()) {
                let figures = Some(Figures {
                    computed: key_result.score.computed,
                    last: key_result.score.last,
                    progress: key_result.progress,
                    target: key_result.target,
                });
                let side = sides
                    .entry((objective.given.number, key_result.given.number))
                    .or_insert_with(|| Difference { key_result: key_result.id.clone(), actual: None, what_if: None });
                if is_actual { side.actual = figures } else { side.what_if = figures }
            }
        }
    }
    sides.into_values().filter(|side| side.actual != side.what_if).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::ask::board;
    use crate::ask::testing::{Ledger, justification};

    const NOW: &str = "2026-07-10T12:00:00Z";

    fn eventful() -> Ledger {
        let mut ledger = Ledger::quarter();
        ledger.note("2026-04-02T09:00:00Z", "policy.adopted", "policy", json!({"cadence": {"days": 14}}));
        ledger.check_in("2026-05-04T09:00:00Z", "cac", json!({"value": 980, "confidence": 6}));
        ledger.open("other", "2026-05-05T09:00:00Z");
        ledger.adjust("2026-05-19T09:00:00Z", "cac", 900);
        ledger.check_in("2026-05-20T09:00:00Z", "paid", json!({"value": 18, "confidence": 7}));
        ledger.late("2026-05-25T09:00:00Z", "2026-05-11T09:00:00Z", "check_in.recorded", "cac", json!({"value": 960}));
        let retired = json!({"justification": justification()});
        ledger.note("2026-06-01T09:00:00Z", "key_result.retired", "paid", retired);
        ledger
    }

    fn supposed(ledger: &Ledger, ask: &WhatIfAsk) -> WhatIfAnswer {
        let rows = ledger.rows(ledger.last());
        what_if(ledger, &ledger.asked(&rows, ledger.last(), NOW), "q2", ask).unwrap().unwrap()
    }

    fn answered(ledger: &Ledger, ask: &WhatIfAsk) -> WhatIf {
        match supposed(ledger, ask) {
            WhatIfAnswer::Answered(answer) => *answer,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn leaving_out_nothing_changes_nothing_to_the_byte() {
        let ledger = eventful();
        let answer = answered(&ledger, &WhatIfAsk::default());
        assert_eq!((answer.omitted.len(), answer.differences.len()), (0, 0));
        let bytes = |summary: &BoardSummary| serde_json::to_vec(summary).unwrap();
        assert_eq!(bytes(&answer.actual), bytes(&answer.what_if));
        // And so for the whole board from which the summary is taken.
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), NOW);
        let fed = feed(&ledger, &asked, "q2", |_| true).unwrap();
        let whole = BoardAsk::default();
        let (actual, same) = (board(&asked, "q2", &whole).unwrap(), board(&asked.of(&fed), "q2", &whole).unwrap());
        assert_eq!(serde_json::to_vec(&actual).unwrap(), serde_json::to_vec(&same).unwrap());
    }

    #[test]
    fn without_adjustments_the_first_target_stands_and_drafting_is_untouched() {
        let answer = answered(&eventful(), &WhatIfAsk { without_adjustments: true, ..WhatIfAsk::default() });
        assert_eq!(answer.omitted.len(), 1);
        let json: Value = serde_json::to_value(&answer.differences).unwrap();
        assert_eq!(
            json,
            json!([{"key_result": "cac",
                "actual": {"computed": 0.7, "final": 0.7, "progress": 0.7, "target": 900},
                "what_if": {"computed": 0.4667, "final": 0.4667, "progress": 0.4667, "target": 800}}])
        );
        assert_eq!(answer.what_if.score, Some("0.4667".parse().unwrap()));
    }

    #[test]
    fn an_event_left_out_takes_along_only_what_hangs_on_it() {
        let ledger = eventful();
        let retired = ledger.last();
        let answer = answered(&ledger, &WhatIfAsk { without_events: [retired].into(), ..WhatIfAsk::default() });
        assert_eq!(answer.differences.len(), 1);
        assert_eq!((answer.differences[0].actual, answer.differences[0].what_if.is_some()), (None, true));
        // Without its draft the check-ins of `cac` find nothing to apply to.
        let draft = ledger.events.iter().find(|event| event.subject.as_str() == "cac").unwrap().seq;
        let answer = answered(&ledger, &WhatIfAsk { without_events: [draft].into(), ..WhatIfAsk::default() });
        assert_eq!(answer.differences[0].what_if, None);
        assert_eq!(answer.what_if.score, None);
    }

    #[test]
    fn a_formula_is_supposed_of_a_closed_cycle_too() {
        let mut ledger = eventful();
        ledger.note("2026-07-01T09:00:00Z", "cycle.closed", "q2", json!({}));
        let answer = answered(&ledger, &WhatIfAsk { formula: Some(Formula::Ratio1), ..WhatIfAsk::default() });
        assert_eq!(answer.actual.computed_score, Some("0.7".parse().unwrap()));
        assert_eq!(answer.what_if.computed_score, Some("0.9375".parse().unwrap()));
    }

    #[test]
    fn events_of_elsewhere_are_named_and_the_opening_cannot_be_left_out() {
        let ledger = eventful();
        let of = |kind: &str, subject: &str| {
            let found = ledger
                .events
                .iter()
                .find(|event| event.fact.kind().as_str() == kind && event.subject.as_str() == subject);
            found.unwrap().seq
        };
        let (other, policy, own) =
            (of("okr.cycle.opened", "other"), of("okr.policy.adopted", "policy"), of("okr.cycle.opened", "q2"));
        let without =
            |seqs: &[u64]| WhatIfAsk { without_events: seqs.iter().copied().collect(), ..WhatIfAsk::default() };
        let strangers = WhatIfAnswer::NotOfCycle([other, 999].into());
        assert_eq!(supposed(&ledger, &without(&[other, policy, own, 999])), strangers);
        assert_eq!(supposed(&ledger, &without(&[own])), WhatIfAnswer::NoCycleLeft);
        assert_eq!(answered(&ledger, &without(&[policy])).omitted, [policy]);
    }
}
