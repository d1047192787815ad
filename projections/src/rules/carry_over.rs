//! Rules of carrying an objective over into another cycle.
//!
//! The new objective is drafted in the other cycle, in the same entry or an earlier one. Its wording and its measures
//! are chosen again, not copied.

use events::{ObjectiveCarriedOver, SubjectId};

use super::judge::Judge;
use crate::rows::{CycleState, Error, ObjectiveRow, Rows, SubjectKind, row};

pub(super) fn carried_over<R: Rows + ?Sized>(
    judge: &mut Judge<'_, R>,
    data: &ObjectiveCarriedOver,
) -> Result<(), Error> {
    let to_cycle = judge.cycle("/data/to_cycle", &data.to_cycle)?;
    let old = judge.objective()?;
    if let Some((cycle, old)) = &old {
        // The old cycle may be closed: carry-overs are often decided after its end.
        if cycle.state == CycleState::Open {
            judge.under_way(cycle);
        }
        judge.objective_stands(old);
        if let Some(before) = &old.carried_to {
            let says =
                format!("`{}` was already carried over to `{}` (event {})", old.id, before.objective, before.at.seq);
            judge.conflict("/subject", "already_carried_over", says);
        }
        if cycle.id == data.to_cycle {
            let says =
                format!("the objective already belongs to the cycle `{}`: carry it over to another cycle", cycle.id);
            judge.invalid("/data/to_cycle", "same_cycle", says);
        }
    }
    if let Some(cycle) = to_cycle.filter(|cycle| cycle.state == CycleState::Closed) {
        let says = format!("the cycle `{}` is closed: carry over to an open or started cycle", cycle.id);
        judge.conflict("/data/to_cycle", "cycle_closed", says);
    }
    check_new(judge, data, old.map(|(_, old)| old.id.clone()))
}

fn check_new<R: Rows + ?Sized>(
    judge: &mut Judge<'_, R>,
    data: &ObjectiveCarriedOver,
    old: Option<SubjectId>,
) -> Result<(), Error> {
    let id = &data.new_id;
    let place = match judge.subject(id)? {
        Some(SubjectKind::Objective(place)) => place,
        None => {
            let says = format!(
                "there is no `{id}` in this ledger: draft it in `{}` first, in this entry or an earlier one \
                 (okr.objective.drafted)",
                data.to_cycle
            );
            judge.invalid("/data/new_id", "unknown_subject", says);
            return Ok(());
        }
        other => {
            judge.not_a("/data/new_id", id, "an objective", other);
            return Ok(());
        }
    };
    if old.as_ref() == Some(id) {
        judge.invalid(
            "/data/new_id",
            "goes_on_as_itself",
            "an objective cannot be carried over to itself: draft a new objective",
        );
        return Ok(());
    }
    if place.cycle != data.to_cycle {
        let says = format!("`{id}` is an objective of the cycle `{}`, not of `{}`", place.cycle, data.to_cycle);
        judge.invalid("/data/new_id", "other_cycle", says);
    }
    let Some(new) = row::<ObjectiveRow>(judge.rows, &place.key())? else { return Ok(()) };
    if new.retired.is_some() {
        let says = format!("the objective `{id}` ({}) is retired: carry over to an active objective", new.given());
        judge.conflict("/data/new_id", "already_retired", says);
    }
    if let Some(before) = new.carried_from {
        let says = format!(
            "`{id}` already continues `{}` (event {}): draft another objective",
            before.objective, before.at.seq
        );
        judge.conflict("/data/new_id", "already_carried_over", says);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use events::Fact;
    use serde_json::json;

    use super::super::No;
    use super::super::given::*;

    fn carried(to_cycle: &str, new_id: &str) -> Submitted {
        submitted("objective.carried_over", "trial", json!({"to_cycle": to_cycle, "new_id": new_id}))
    }

    fn next() -> [Submitted; 2] {
        [opened("q3", "Europe/Berlin"), submitted("objective.drafted", "trial-on", objective("q3"))]
    }

    fn both() -> Given {
        next().into_iter().fold(under_way(), Given::and)
    }

    #[test]
    fn an_objective_is_carried_over_to_one_drafted_earlier_or_in_the_same_entry() {
        let recorded = both().when(carried("q3", "O-2")).then_recorded();
        match &recorded[0].fact {
            Fact::ObjectiveCarriedOver(data) => {
                assert_eq!(data.new_id.as_str(), "trial-on");
                assert_eq!(data.from_cycle.as_ref().map(|cycle| cycle.as_str()), Some("q2"));
            }
            other => panic!("{other:?}"),
        }
        let [opened, drafted] = next();
        closed().when_all([opened, drafted, carried("q3", "trial-on")]).then_recorded();
    }

    #[test]
    fn an_objective_is_carried_over_once_and_continues_only_one() {
        let given = both().and(submitted("objective.drafted", "more", objective("q3"))).and(carried("q3", "trial-on"));
        given.clone().when(carried("q3", "more")).then_refused(No::Conflict, [("/subject", "already_carried_over")]);
        let given = given.and(submitted("objective.drafted", "other", objective("q2")));
        let second = submitted("objective.carried_over", "other", json!({"to_cycle": "q3", "new_id": "trial-on"}));
        given.when(second).then_refused(No::Conflict, [("/data/new_id", "already_carried_over")]);
    }

    #[test]
    fn missing_misplaced_and_retired_objectives_are_reported() {
        let says = both().when(carried("q3", "no")).then_refused(No::Invalid, [("/data/new_id", "unknown_subject")]);
        assert!(says[0].contains("draft it in `q3` first"), "{says:?}");
        both()
            .when(carried("q2", "trial"))
            .then_refused(No::Invalid, [("/data/to_cycle", "same_cycle"), ("/data/new_id", "goes_on_as_itself")]);
        both()
            .when(carried("q9", "paid"))
            .then_refused(No::Invalid, [("/data/to_cycle", "unknown_subject"), ("/data/new_id", "wrong_subject")]);
        let elsewhere = both().and(opened("q4", "Europe/Berlin"));
        elsewhere.when(carried("q4", "trial-on")).then_refused(No::Invalid, [("/data/new_id", "other_cycle")]);
        let retired = submitted("objective.retired", "trial-on", json!({"justification": justification()}));
        both()
            .and(retired)
            .when(carried("q3", "trial-on"))
            .then_refused(No::Conflict, [("/data/new_id", "already_retired")]);
        let planned = next().into_iter().fold(planned(), Given::and);
        planned.when(carried("q3", "trial-on")).then_refused(No::Conflict, [("/subject", "cycle_not_started")]);
    }
}
