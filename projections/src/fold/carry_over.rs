//! Folding of objectives carried over into another cycle.
//!
//! The event belongs to both cycles. A fold over the events of one cycle finds only one end of the carry-over and links
//! that end.

use events::{ObjectiveCarriedOver, Recorded, SubjectId};

use super::stamp;
use super::trail::{self, Concerning, Details};
use crate::rows::{
    BySubject, CarriedOver, Changes, CycleRow, Error, ObjectiveRow, Rows, RowsMut, SubjectKind, put, row, subject,
};

pub(super) fn carried_over(
    rows: &mut impl RowsMut,
    event: &Recorded,
    data: &ObjectiveCarriedOver,
) -> Result<(), Error> {
    let end = |cycle: Option<SubjectId>, objective: &SubjectId| CarriedOver {
        cycle,
        objective: objective.clone(),
        note: data.note.clone(),
        at: stamp(event),
    };
    let details = || Details { remark: data.note.as_ref(), ..Details::default() };
    if let Some((cycle, mut old)) = find(rows, &event.subject)? {
        let mut changes = Changes::default();
        changes.note("carried_over_to", &None, &Some(&data.new_id));
        old.carried_to = Some(end(Some(data.to_cycle.clone()), &data.new_id));
        old.touched = event.seq;
        put(rows, event.seq, &old)?;
        trail::write(rows, event, &cycle, Concerning::Objective(&old), changes, details())?;
    }
    put(rows, event.seq, &BySubject { subject: data.new_id.clone(), seq: event.seq })?;
    if let Some((cycle, mut new)) = find(rows, &data.new_id)?
        && cycle.id == data.to_cycle
        && new.id != event.subject
    {
        let mut changes = Changes::default();
        changes.note("carried_over_from", &None, &Some(&event.subject));
        new.carried_from = Some(end(data.from_cycle.clone(), &event.subject));
        new.touched = event.seq;
        put(rows, event.seq, &new)?;
        trail::write(rows, event, &cycle, Concerning::Objective(&new), changes, details())?;
    }
    Ok(())
}

fn find(rows: &impl Rows, id: &SubjectId) -> Result<Option<(CycleRow, ObjectiveRow)>, Error> {
    let Some(SubjectKind::Objective(place)) = subject(rows, id)? else { return Ok(None) };
    let cycle = row(rows, &CycleRow::key_of(place.cycle.as_str()))?;
    Ok(cycle.zip(row(rows, &place.key())?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::ask::testing::Ledger;
    use crate::ask::{BoardAsk, WhatIfAnswer, WhatIfAsk, audit_objective, board, board_on, feed, objective, what_if};

    const NOW: &str = "2026-07-20T12:00:00Z";

    fn carried() -> Ledger {
        let mut ledger = Ledger::quarter();
        ledger.open("q3", "2026-06-20T09:00:00Z");
        ledger.objective("q3", "trial-on", "2026-06-21T09:00:00Z");
        let data = json!({"to_cycle": "q3", "new_id": "trial-on", "note": "half of it", "from_cycle": "q2"});
        ledger.note(
            "2026-06-29T09:00:00Z",
            "objective.carried_over",
            "trial",
            json!({"to_cycle": "q3", "new_id": "trial-on", "note": "half of it"}),
        );
        // The rules stamp the source cycle into the event, but this test ledger bypasses the rules.
        if let Some(events::Fact::ObjectiveCarriedOver(fact)) = ledger.events.last_mut().map(|event| &mut event.fact) {
            *fact = serde_json::from_value(data).unwrap();
        }
        ledger
    }

    #[test]
    fn both_ends_name_each_other_even_when_only_one_cycle_is_folded() {
        let ledger = carried();
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), NOW);
        for (cycle, id, to, from) in [("q2", "trial", Some("trial-on"), None), ("q3", "trial-on", None, Some("trial"))]
        {
            let stands = objective(&asked, id).unwrap().unwrap();
            let end = |end: &Option<crate::rows::CarriedOver>| end.as_ref().map(|end| end.objective.to_string());
            assert_eq!((end(&stands.carried_to).as_deref(), end(&stands.carried_from).as_deref()), (to, from));
            let whole = BoardAsk::default();
            let now = board(&asked, cycle, &whole).unwrap().unwrap();
            let shown = &now.objectives[0];
            assert_eq!((shown.carried_to.is_some(), shown.carried_from.is_some()), (to.is_some(), from.is_some()));
            let fed = feed(&ledger, &asked, cycle, |_| true).unwrap();
            assert_eq!(board(&asked.of(&fed), cycle, &whole).unwrap().unwrap(), now);
            let before = board_on(&ledger, &asked, cycle, "2026-06-28".parse().unwrap(), &whole).unwrap().unwrap();
            assert_eq!((&before.objectives[0].carried_to, &before.objectives[0].carried_from), (&None, &None));
            let without = WhatIfAsk { without_events: [ledger.last()].into(), ..WhatIfAsk::default() };
            assert!(matches!(what_if(&ledger, &asked, cycle, &without).unwrap(), Some(WhatIfAnswer::Answered(_))));
        }
        let said = |id: &str| audit_objective(&asked, id).unwrap().unwrap().trail.pop().unwrap();
        assert_eq!(said("trial").summary, "carried over to trial-on, half of it");
        assert_eq!(
            (said("trial-on").summary.as_str(), said("trial-on").subject.as_str()),
            ("carried over from trial, half of it", "trial-on")
        );
    }
}
