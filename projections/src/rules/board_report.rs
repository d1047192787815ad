//! Rules of board reports.

use events::BoardReportIssued;

use super::judge::Judge;
use crate::rows::{Error, Rows};

/// A report covers an existing cycle in any state: boards also see plans and closed quarters.
pub(super) fn issued<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, data: &BoardReportIssued) -> Result<(), Error> {
    judge.new_id()?;
    judge.cycle("/data/cycle", &data.cycle)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use events::Fact;
    use serde_json::json;

    use super::super::No;
    use super::super::given::*;

    fn issued(id: &str, cycle: &str) -> Submitted {
        submitted("board_report.issued", id, json!({"cycle": cycle, "title": "May board"}))
    }

    fn stands_on(event: &events::Recorded) -> Option<u64> {
        match &event.fact {
            Fact::BoardReportIssued(data) => data.stands_on,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_report_includes_the_event_before_it_even_in_its_own_entry() {
        let given = under_way();
        let last = given.last();
        let recorded = given.clone().when(issued("may", "q2")).then_recorded();
        assert_eq!(stands_on(&recorded[0]), Some(last));
        let entry =
            [check_in("paid", json!({"value": 16})), issued("may", "q2"), check_in("paid", json!({"value": 17}))];
        let recorded = given.when_all(entry).then_recorded();
        assert_eq!((recorded[1].seq, stands_on(&recorded[1])), (last + 2, Some(last + 1)));
    }

    #[test]
    fn a_report_needs_an_existing_cycle_and_a_new_id() {
        under_way().when(issued("may", "q9")).then_refused(No::Invalid, [("/data/cycle", "unknown_subject")]);
        under_way().when(issued("may", "paid")).then_refused(No::Invalid, [("/data/cycle", "wrong_subject")]);
        let given = closed().and(issued("may", "q2"));
        let says = given.when(issued("may", "q2")).then_refused(No::Conflict, [("/subject", "id_taken")]);
        assert_eq!(says, ["`may` is already a board report: choose another id"]);
        planned().when(issued("paid", "q2")).then_refused(No::Conflict, [("/subject", "id_taken")]);
    }
}
