//! Goalposts: changes to goals after the start, by group and one by one, and the remaining scope.

use comfy_table::Table;
use events::TimeZone;
use projections::ask::goalposts::{Appeared, Goalposts, Move, Moves, Replacement, Scope, Vanished};
use projections::ask::ladder::Rungs;
use projections::calendar::day_of;

use super::{figure, table};
use crate::cli::screen::Style;

/// Lays out the goalposts of a cycle. Days are those of its time zone.
pub(crate) fn goalposts(answer: &Goalposts, zone: TimeZone, style: Style) -> String {
    let title = figure::one_line(answer.title.as_str());
    let heading = style.heading(2, &format!("Goalposts of {title} ({})", answer.cycle));
    let mut text = format!("{heading}\n{}\n", style.dim(&figure::as_of(&answer.ledger, answer.as_of)));
    if answer.started.is_none() {
        text.push_str("\nThe cycle is not started: until then nothing is moved, it is being agreed.\n");
        return text;
    }
    text.push_str(&format!("\n{}\n", table::sentences(&in_short(answer), style)));
    if !answer.moves.is_empty() {
        text.push_str(&format!("\n{}\n", table::lines(&groups(answer, style)).join("\n")));
        text.push_str(&format!("\n{}\n\n", style.heading(3, "Move by move")));
        text.push_str(&format!("{}\n", table::lines(&moves(&answer.moves, zone, style)).join("\n")));
    }
    text.push_str(&format!("\n{}\n\n", style.heading(3, "What was set at the start, and what is scored")));
    text.push_str(&format!("{}\n", table::sentences(&scope(&answer.scope), style)));
    text
}

fn in_short(answer: &Goalposts) -> Vec<String> {
    let Rungs { original, time_weighted, final_wording, as_graded } = answer.ladder;
    let all = &answer.total;
    let ways = figure::ways(all);
    let moved = match ways.as_slice() {
        [] => "nothing was moved after the start".to_owned(),
        ways => format!("{}: {}", figure::count(u64::from(all.moves), "move"), ways.join(", ")),
    };
    vec![
        moved,
        format!("what was moved brought the cycle's computed score {}", figure::signed(answer.lift)),
        format!(
            "as agreed at the start {}, by each wording for its time {}, as worded at the end {}, as graded {}",
            figure::score(original),
            figure::score(time_weighted),
            figure::score(final_wording),
            figure::score(as_graded)
        ),
    ]
}

fn groups(answer: &Goalposts, style: Style) -> Table {
    let header = ["", "moves", "eased", "by", "hardened", "by", "other", "retired", "new", "days left", "lift"];
    let mut rows = table::ruled(style, &header);
    let mut add = |name: String, moved: &Moves| {
        let days = |days: i64| days.to_string();
        rows.add_row([
            name,
            moved.moves.to_string(),
            moved.eased.to_string(),
            figure::percent(Some(moved.eased_by)),
            moved.hardened.to_string(),
            figure::percent(Some(moved.hardened_by)),
            (moved.remeasured + moved.reworded).to_string(),
            moved.retired.to_string(),
            moved.appeared.to_string(),
            moved.days_left_least.map_or(figure::NONE.into(), days),
            figure::signed(moved.lift),
        ]);
    };
    add("the cycle".into(), &answer.total);
    for one in &answer.by_objective {
        add(format!("{} {}", one.given, figure::one_line(one.title.as_str())), &one.moved);
    }
    for one in &answer.by_team {
        add(one.team.as_ref().map_or("of no team".into(), |team| format!("team {team}")), &one.moved);
    }
    for one in &answer.by_level {
        add(format!("level {}", one.level), &one.moved);
    }
    for one in &answer.by_cause {
        let because = |cause: events::Cause| format!("because of {}", cause.as_str().replace('_', " "));
        add(one.cause.map_or("drafted".into(), because), &one.moved);
    }
    table::figures_in(&mut rows, 1..=10);
    table::unbroken(&mut rows, 1..=10);
    rows
}

fn moves(moves: &[Move], zone: TimeZone, style: Style) -> Table {
    let mut rows = table::ruled(style, &["event", "day", "goal", "what", "of its way", "lift"]);
    for one in moves {
        rows.add_row([
            one.seq.to_string(),
            day_of(one.time, zone).to_string(),
            one.given.to_string(),
            figure::one_line(&one.summary),
            figure::signed_percent(one.share),
            figure::signed(one.lift),
        ]);
    }
    table::figures_in(&mut rows, [0, 4, 5]);
    table::unbroken(&mut rows, [0, 1, 2, 4, 5]);
    rows
}

fn scope(scope: &Scope) -> Vec<String> {
    let mut says = Vec::new();
    for (of, what) in [(scope.objectives, "objective"), (scope.key_results, "key result")] {
        says.push(format!(
            "{} set at the start, {} retired since, {} drafted later; {} stand, {} of them with a score",
            figure::count(u64::from(of.set_at_start), what),
            of.vanished,
            of.appeared,
            of.standing,
            of.scored
        ));
    }
    says.extend(scope.vanished.iter().map(gone));
    says.extend(scope.appeared.iter().map(new));
    says
}

fn gone(one: &Vanished) -> String {
    let title = figure::one_line(one.title.as_str());
    let mut says = format!("gone: {} {title}, {} (event {})", one.given, figure::days_left(one.days_left), one.seq);
    if one.with_objective {
        says.push_str(", with its objective");
    }
    let why = &one.justification;
    says.push_str(&format!(", {}: {}", why.cause.as_str().replace('_', " "), figure::one_line(why.statement.as_str())));
    if !one.replaced_by.is_empty() {
        let names: Vec<&str> = one.replaced_by.iter().map(Replacement::name).collect();
        says.push_str(&format!("; replaced by {}", names.join(" and ")));
    }
    says
}

fn new(one: &Appeared) -> String {
    let title = figure::one_line(one.title.as_str());
    let mut says = format!("new: {} {title}, {} (event {})", one.given, figure::days_left(one.days_left), one.seq);
    if !one.replaces.is_empty() {
        let ids: Vec<String> = one.replaces.iter().map(ToString::to_string).collect();
        says.push_str(&format!(", in the place of {}", ids.join(", ")));
    }
    if !one.stands {
        says.push_str(", retired again");
    }
    says
}

#[cfg(test)]
mod tests {
    use projections::ask;
    use projections::ask::testing::justification;
    use serde_json::json;

    use super::super::testing::{NOW, PIPED, quarter};
    use super::*;

    fn answer() -> Goalposts {
        let mut ledger = quarter();
        let retired = json!({"justification": justification()});
        ledger.note("2026-05-11T10:00:00Z", "key_result.retired", "paid", retired);
        let rows = ledger.rows(ledger.last());
        ask::goalposts(&ledger.asked(&rows, ledger.last(), NOW), "q2").unwrap().unwrap()
    }

    #[test]
    fn what_was_moved_is_told_by_group_and_move_by_move() {
        insta::assert_snapshot!(goalposts(&answer(), TimeZone::UTC, PIPED), @r"
        Goalposts of q2 (q2)
        test as of event 12, recorded 2026-05-11 10:00 UTC

         · 2 moves: 1 eased, 1 retired
         · what was moved brought the cycle's computed score -0.04
         · as agreed at the start 0.24, by each wording for its time 0.24, as worded at the end 0.20, as
           graded 0.20

                              moves  eased    by  hardened   by  other  retired  new  days left   lift
        ───────────────────────────────────────────────────────────────────────────────────────────────
         the cycle                2      1  17 %         0  0 %      0        1    0         50  -0.04
         O-1 Objective trial      2      1  17 %         0  0 %      0        1    0         50  -0.04
         of no team               2      1  17 %         0  0 %      0        1    0         50  -0.04
         level company            2      1  17 %         0  0 %      0        1    0         50  -0.04
         because of external      2      1  17 %         0  0 %      0        1    0         50  -0.04
         change

        Move by move

         event  day         goal  what                                                of its way   lift
        ────────────────────────────────────────────────────────────────────────────────────────────────
            10  2026-05-04  KR-2  target 800 → 850 USD, eased, external change:            +17 %  +0.02
                                  Advertising prices rose for everyone in May
            12  2026-05-11  KR-1  key result retired, 50 days left, 13 points behind           –  -0.06
                                  pace, confidence 3, external change: Advertising
                                  prices rose for everyone in May

        What was set at the start, and what is scored

         · 1 objective set at the start, 0 retired since, 0 drafted later; 1 stand, 1 of them with a score
         · 2 key results set at the start, 1 retired since, 0 drafted later; 1 stand, 1 of them with a
           score
         · gone: KR-1 Key result paid, 50 days left (event 12), external change: Advertising prices rose
           for everyone in May
        ");
    }

    #[test]
    fn days_are_those_of_the_cycle() {
        let zone = TimeZone::try_from("Pacific/Pago_Pago".to_owned()).unwrap();
        let told = goalposts(&answer(), zone, PIPED);
        assert!(told.contains("10  2026-05-03  KR-2") && told.contains("12  2026-05-10  KR-1"), "{told}");
    }

    #[test]
    fn in_markdown_it_is_tables_and_lists() {
        insta::assert_snapshot!(goalposts(&answer(), TimeZone::UTC, Style::MARKDOWN), @r"
        ## Goalposts of q2 (q2)
        test as of event 12, recorded 2026-05-11 10:00 UTC

        - 2 moves: 1 eased, 1 retired
        - what was moved brought the cycle's computed score -0.04
        - as agreed at the start 0.24, by each wording for its time 0.24, as worded at the end 0.20, as graded 0.20

        |  | moves | eased | by | hardened | by | other | retired | new | days left | lift |
        | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
        | the cycle | 2 | 1 | 17 % | 0 | 0 % | 0 | 1 | 0 | 50 | -0.04 |
        | O-1 Objective trial | 2 | 1 | 17 % | 0 | 0 % | 0 | 1 | 0 | 50 | -0.04 |
        | of no team | 2 | 1 | 17 % | 0 | 0 % | 0 | 1 | 0 | 50 | -0.04 |
        | level company | 2 | 1 | 17 % | 0 | 0 % | 0 | 1 | 0 | 50 | -0.04 |
        | because of external change | 2 | 1 | 17 % | 0 | 0 % | 0 | 1 | 0 | 50 | -0.04 |

        ### Move by move

        | event | day | goal | what | of its way | lift |
        | ---: | ---: | --- | --- | --- | --- |
        | 10 | 2026-05-04 | KR-2 | target 800 → 850 USD, eased, external change: Advertising prices rose for everyone in May | +17 % | +0.02 |
        | 12 | 2026-05-11 | KR-1 | key result retired, 50 days left, 13 points behind pace, confidence 3, external change: Advertising prices rose for everyone in May | – | -0.06 |

        ### What was set at the start, and what is scored

        - 1 objective set at the start, 0 retired since, 0 drafted later; 1 stand, 1 of them with a score
        - 2 key results set at the start, 1 retired since, 0 drafted later; 1 stand, 1 of them with a score
        - gone: KR-1 Key result paid, 50 days left (event 12), external change: Advertising prices rose for everyone in May
        ");
    }
}
