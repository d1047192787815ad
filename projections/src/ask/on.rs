//! The board on a past day, by event `time`, as far as known now.

use chrono::NaiveDate;
use events::Moment;

use super::feed::{feed, was_so_by};
use super::partial_rows::PartialRows;
use super::resolve::find_cycle;
use super::{Asked, Board, BoardAsk, History, board};
use crate::calendar::end_of;
use crate::rows::{Error, Rows};

/// Returns the board at the end of a day in the cycle's time zone, or at the query's moment if that is earlier, from
/// all events that happened by then, whenever they were recorded. `None` if the cycle is unknown or was not open yet.
pub fn board_on<R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'_, R>,
    cycle_id: &str,
    day: NaiveDate,
    ask: &BoardAsk,
) -> Result<Option<Board>, Error> {
    let Some((rows, at)) = rows_on(history, asked, cycle_id, day)? else { return Ok(None) };
    board(&Asked { at, ..asked.of(&rows) }, cycle_id, ask)
}

/// Returns the rows of a cycle as of a day, for any question, and the moment by which dates are judged. `None` if the
/// cycle is unknown.
pub fn rows_on<'a, R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'a, R>,
    cycle_id: &str,
    day: NaiveDate,
) -> Result<Option<(PartialRows<'a, R>, Moment)>, Error> {
    let Some(cycle) = find_cycle(asked.rows, cycle_id)? else { return Ok(None) };
    // Recording times increase strictly, so events without a time of their own may be slightly ahead of the clock.
    let now = asked.as_of.recorded_at.map_or(asked.at, |last| last.max(asked.at));
    let at = end_of(day, cycle.time_zone).min(now);
    Ok(Some((feed(history, asked, cycle_id, |event| was_so_by(event, at))?, at)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ask::testing::Ledger;

    const NOW: &str = "2026-06-10T12:00:00Z";

    fn current(board: &Board) -> Option<String> {
        board.objectives[0].key_results[0].current.map(|value| value.to_string())
    }

    fn on(ledger: &Ledger, seq: u64, day: &str) -> Board {
        let rows = ledger.rows(seq);
        let asked = ledger.asked(&rows, seq, NOW);
        board_on(ledger, &asked, "q2", day.parse().unwrap(), &BoardAsk::default()).unwrap().unwrap()
    }

    #[test]
    fn a_backdated_check_in_changes_the_day_it_speaks_of_and_no_earlier_knowledge() {
        let mut ledger = Ledger::quarter();
        let before = ledger.check_in("2026-05-04T09:00:00Z", "paid", json!({"value": 16}));
        let rows = ledger.rows(before);
        let known_then = board(&ledger.asked(&rows, before, NOW), "q2", &BoardAsk::default()).unwrap();
        ledger.late("2026-06-01T09:00:00Z", "2026-05-05T09:00:00Z", "check_in.recorded", "paid", json!({"value": 18}));

        assert_eq!(current(&on(&ledger, before, "2026-05-05")).as_deref(), Some("16"));
        assert_eq!(current(&on(&ledger, ledger.last(), "2026-05-05")).as_deref(), Some("18"));
        assert_eq!(current(&on(&ledger, ledger.last(), "2026-05-04")).as_deref(), Some("16"));
        let rows = ledger.rows(before);
        let still = board(&ledger.asked(&rows, before, NOW), "q2", &BoardAsk::default()).unwrap();
        assert_eq!(still, known_then);
    }

    #[test]
    fn a_day_ends_at_midnight_of_the_cycles_time_zone() {
        let mut ledger = Ledger::quarter();
        // 00:30 on the 5th in Berlin, but still the 4th in UTC.
        ledger.check_in("2026-05-04T22:30:00Z", "paid", json!({"value": 16}));
        assert_eq!(current(&on(&ledger, ledger.last(), "2026-05-04")), None);
        assert_eq!(current(&on(&ledger, ledger.last(), "2026-05-05")).as_deref(), Some("16"));
    }

    #[test]
    fn today_is_now_and_a_day_before_the_opening_has_no_board() {
        let mut ledger = Ledger::quarter();
        ledger.check_in("2026-05-04T09:00:00Z", "cac", json!({"value": 840}));
        ledger.open("other", "2026-05-05T09:00:00Z");
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), NOW);
        let whole = BoardAsk::default();
        let now = board(&asked, "q2", &whole).unwrap();
        assert_eq!(board_on(&ledger, &asked, "q2", "2026-06-10".parse().unwrap(), &whole).unwrap(), now);
        assert_eq!(board_on(&ledger, &asked, "q2", "2026-12-31".parse().unwrap(), &whole).unwrap(), now);
        assert_eq!(board_on(&ledger, &asked, "q2", "2026-03-01".parse().unwrap(), &whole).unwrap(), None);
    }

    #[test]
    fn a_correction_tells_what_was_true_when_the_check_in_was_made() {
        let mut ledger = Ledger::quarter();
        let slip = ledger.check_in("2026-05-04T09:00:00Z", "paid", json!({"value": 160}));
        let data = json!({"corrects": format!("e{slip}"), "value": 16, "reason": "a slip of the finger"});
        ledger.note("2026-05-06T09:00:00Z", "check_in.corrected", "paid", data);

        assert_eq!(current(&on(&ledger, slip, "2026-05-04")).as_deref(), Some("160"), "as it was known then");
        assert_eq!(current(&on(&ledger, ledger.last(), "2026-05-04")).as_deref(), Some("16"), "as it is known now");
        assert_eq!(current(&on(&ledger, ledger.last(), "2026-05-03")), None);
    }
}
