//! The retrospective: the story of a cycle, in chapters.

use projections::ask::TrailItem;
use projections::ask::retrospective::{GoalGrade, Learnt, Retrospective, RetrospectiveWeek, Turn};

use super::{confidence, figure, table};
use crate::cli::screen::Style;

pub(crate) fn retro(answer: &Retrospective, style: Style) -> String {
    let cycle = &answer.cycle;
    let mut text = format!(
        "{}\n{} · {} · {} to {}\n{}\n\n{}\n",
        style.heading(1, &format!("Retrospective of {}", figure::one_line(cycle.title.as_str()))),
        cycle.id,
        cycle.state.as_str(),
        cycle.starts_on,
        cycle.ends_on,
        style.dim(&figure::as_of(&answer.ledger, answer.as_of)),
        table::sentences(&answer.says, style),
    );
    let mut chapter = |title: &str, body: String| {
        if !body.trim().is_empty() {
            text.push_str(&format!("\n{}\n\n{}\n", style.heading(2, title), body.trim_end()));
        }
    };
    chapter("How it went", answer.timeline.as_deref().map(|weeks| timeline(weeks, style)).unwrap_or_default());
    chapter("How sure people were", confidence::weekly(&answer.weekly_confidence, style));
    chapter(
        "Where it turned",
        answer.turns.iter().map(|turn| turning_point(turn, style)).collect::<Vec<_>>().join("\n"),
    );
    let adjustments: Vec<String> = answer.adjustments.iter().map(adjustment).collect();
    chapter("What was adjusted, and why", table::sentences(&adjustments, style));
    let blockers: Vec<String> = answer.blockers.iter().map(|one| one.says.clone()).collect();
    chapter("What was in the way", table::sentences(&blockers, style));
    chapter("What came of it", grades(&answer.grades, style));
    chapter("What was learnt", answer.learnt.iter().map(|one| lessons(one, style)).collect::<Vec<_>>().join("\n"));
    let carried = answer.carried_over.iter().map(|one| one.says.clone());
    let carried: Vec<String> = carried.chain(answer.to_carry_over.iter().map(|one| one.says.clone())).collect();
    chapter("What to carry over", table::sentences(&carried, style));
    text
}

fn timeline(weeks: &[RetrospectiveWeek], style: Style) -> String {
    let mut rows =
        table::ruled(style, &["from", "to", "score", "computed", "sure", "what happened, and what it moved"]);
    for week in weeks {
        let says = week.says.iter().map(|saying| saying.says.as_str());
        let told: Vec<String> = says.chain(week.moved.iter().map(String::as_str)).map(figure::one_line).collect();
        rows.add_row([
            week.from.to_string(),
            week.to.to_string(),
            figure::score(week.score),
            figure::score(week.computed_score),
            figure::mean(week.confidence),
            told.join("\n"),
        ]);
    }
    table::figures_in(&mut rows, 2..=4);
    table::unbroken(&mut rows, 0..=4);
    table::lines(&rows).join("\n")
}

fn turning_point(turn: &Turn, style: Style) -> String {
    if style.is_markdown() {
        return format!("{}\n\n{}\n", style.bold(&turn.says), table::sentences(&turn.around, style));
    }
    let around: Vec<(&str, String)> = turn.around.iter().map(|said| ("·", said.clone())).collect();
    let head = format!(" {}", turn.says);
    if around.is_empty() { head } else { format!("{head}\n{}", table::labelled(style, &around)) }
}

fn adjustment(item: &TrailItem) -> String {
    format!("{} ({}, event {}, by {})", item.summary, item.subject, item.seq, item.actor)
}

fn grades(grades: &[GoalGrade], style: Style) -> String {
    let mut rows = table::ruled(style, &["ref", "goal", "expected", "score", "computed", "band", "what to do"]);
    for one in grades {
        rows.add_row([
            one.given.to_string(),
            figure::one_line(one.title.as_str()),
            figure::score(Some(one.expected)),
            figure::score(one.score),
            figure::score(one.computed_score),
            one.band.as_ref().map(|band| band.as_str().replace('_', " ")).unwrap_or_default(),
            one.response.clone().unwrap_or_else(|| one.grading.word().to_owned()),
        ]);
    }
    table::figures_in(&mut rows, 2..=4);
    table::unbroken(&mut rows, [0, 2, 3, 4]);
    table::lines(&rows).join("\n")
}

fn lessons(one: &Learnt, style: Style) -> String {
    let said = &one.said;
    let lists = [
        ("Went well:", &said.went_well),
        ("Went badly:", &said.went_badly),
        ("Learnt:", &said.learnings),
        ("To do:", &said.actions),
    ];
    let rows: Vec<(&str, String)> =
        lists.into_iter().flat_map(|(label, list)| list.iter().map(move |text| (label, text.to_string()))).collect();
    let head = format!("{} ({})", style.bold(&figure::one_line(one.title.as_str())), figure::minute(said.time));
    let head = if style.is_markdown() { head } else { format!(" {head}") };
    format!("{head}\n{}", table::labelled(style, &rows))
}

#[cfg(test)]
mod tests {
    use projections::ask;
    use serde_json::json;

    use super::super::testing::{PIPED, quarter};
    use super::*;

    #[test]
    fn the_story_is_told_chapter_by_chapter() {
        let mut ledger = quarter();
        ledger.check_in("2026-06-22T09:00:00Z", "paid", json!({"value": 21, "confidence": 8}));
        ledger.note("2026-06-30T09:00:00Z", "key_result.scored", "paid", json!({"score": 0.9, "rationale": "nearly"}));
        ledger.note(
            "2026-07-01T09:00:00Z",
            "retrospective.recorded",
            "q2",
            json!({"learnings": ["ask in week three"]}),
        );
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), "2026-07-02T12:00:00Z");
        let told = ask::retrospective(&ledger, &asked, "q2").unwrap().unwrap();
        insta::assert_snapshot!(retro(&told, PIPED), @"
        Retrospective of q2
        q2 · started · 2026-04-01 to 2026-06-30
        test as of event 14, recorded 2026-07-01 09:00 UTC

         · “q2”: score 0.55 (meaningful), computed 0.54.
         · Of 1 objective, 0 reached the expected score.
         · 1 adjustment in mid-cycle; 1 blocker, 0 of them unresolved.

        How it went

         from        to          score  computed  sure  what happened, and what it moved
        ────────────────────────────────────────────────────────────────────────────────────────────────────
         2026-03-20  2026-03-31      –         –     –  cycle opened.
                                                        O-1 “Objective trial”: objective drafted:
                                                        “Objective trial”.
                                                        KR-1 “Key result paid”: key result drafted: “Key
                                                        result paid”, target 22 %.
                                                        KR-1 “Key result paid”: baseline set to 14 %.
                                                        KR-2 “Key result cac”: key result drafted: “Key
                                                        result cac”, target 800 USD.
                                                        KR-2 “Key result cac”: baseline set to 1100 USD.
         2026-04-01  2026-04-07   0.15      0.15   7.5  cycle started.
                                                        2 check-ins on 2 key results.
                                                        The cycle: score is 0.15 (it was unknown);
                                                        confidence is 7.5 (it was unknown).
                                                        O-1 “Objective trial”: score is 0.15 (it was
                                                        unknown); confidence is 7.5 (it was unknown).
         2026-04-08  2026-04-14   0.15      0.15   7.5
         2026-04-15  2026-04-21   0.15      0.15   7.5
         2026-04-22  2026-04-28   0.15      0.15   7.5
         2026-04-29  2026-05-05   0.16      0.16   7.5  KR-2 “Key result cac”: target 800 → 850 USD, eased,
                                                        external change: Advertising prices rose for
                                                        everyone in May.
                                                        The cycle: score rose from 0.15 to 0.16.
                                                        O-1 “Objective trial”: score rose from 0.15 to
                                                        0.16.
         2026-05-06  2026-05-12   0.26      0.26   5.5  1 check-in on 1 key result.
                                                        The cycle: score rose from 0.16 to 0.26; confidence
                                                        fell from 7.5 to 5.5.
                                                        O-1 “Objective trial”: score rose from 0.16 to
                                                        0.26; confidence fell from 7.5 to 5.5.
         2026-05-13  2026-05-19   0.26      0.26   5.5
         2026-05-20  2026-05-26   0.26      0.26   5.5
         2026-05-27  2026-06-02   0.26      0.26   5.5
         2026-06-03  2026-06-09   0.26      0.26   5.5
         2026-06-10  2026-06-16   0.26      0.26   5.5
         2026-06-17  2026-06-23   0.54      0.54   8.0  1 check-in on 1 key result.
                                                        The cycle: score rose from 0.26 to 0.54; confidence
                                                        rose from 5.5 to 8.
                                                        O-1 “Objective trial”: score rose from 0.26 to
                                                        0.54; confidence rose from 5.5 to 8.
         2026-06-24  2026-06-30   0.55      0.54   8.0  KR-1 “Key result paid”: graded 0.9, computed 0.875.
                                                        The cycle: score rose from 0.54 to 0.55.
                                                        O-1 “Objective trial”: score rose from 0.54 to
                                                        0.55.
         2026-07-01  2026-07-01   0.55      0.54   8.0  retrospective held; learnt: ask in week three.

        How sure people were

         ref  goal                      w1  w2  w3  w4  w5  w6  w7  w8  w9 w10 w11 w12 w13 went
        ─────────────────────────────────────────────────────────────────────────────────────────────────
         O-1  Objective trial          7.5   –   –   –   –   3   –   –   –   –   –   8   – ▆    ▃     ▇
         all  q2                       7.5   –   –   –   –   3   –   –   –   –   –   8   – ▆    ▃     ▇

        Where it turned

         O-1 “Objective trial”: score rose from 0.26 to 0.54 in the week to 2026-06-23.
             ·  KR-1 on 2026-06-22: checked in, 21 %, confidence 8.
         O-1 “Objective trial”: confidence rose from 5.5 to 8 in the week to 2026-06-23.
             ·  KR-1 on 2026-06-22: checked in, 21 %, confidence 8.
         O-1 “Objective trial”: confidence fell from 7.5 to 5.5 in the week to 2026-05-12.
             ·  KR-1 on 2026-05-11: checked in, 16.5 %, confidence 3, blocked by: Billing is down.

        What was adjusted, and why

         · target 800 → 850 USD, eased, external change: Advertising prices rose for everyone in May (cac,
           event 10, by tester)

        What was in the way

         · KR-1 “Key result paid”: “Billing is down” lasted 42 days, from 2026-05-11 to 2026-06-22.

        What came of it

         ref   goal             expected  score  computed  band        what to do
        ────────────────────────────────────────────────────────────────────────────────────────────────────
         O-1   Objective trial      1.00   0.55      0.54  meaningful  Meaningful, but missed: find out
                                                                       what blocked it. It was committed:
                                                                       discuss why the promise was not
                                                                       kept.
         KR-1  Key result paid      1.00   0.90      0.88  strong      The right ambition: understand what
                                                                       worked. It was committed: discuss
                                                                       why the promise was not kept.
         KR-2  Key result cac       1.00   0.20      0.20  little      Little: is the objective still
                                                                       valid? It was committed: discuss why
                                                                       the promise was not kept.

        What was learnt

         q2 (2026-07-01 09:00 UTC)
             Learnt:  ask in week three

        What to carry over

         · O-1 “Objective trial” scored 0.55 of the 1.00 expected: is it still worth pursuing? Carry it
           over (okr.objective.carried_over), or end it here.
        ");
        insta::assert_snapshot!(retro(&told, Style::MARKDOWN), @r"
        # Retrospective of q2
        q2 · started · 2026-04-01 to 2026-06-30
        test as of event 14, recorded 2026-07-01 09:00 UTC

        - “q2”: score 0.55 (meaningful), computed 0.54.
        - Of 1 objective, 0 reached the expected score.
        - 1 adjustment in mid-cycle; 1 blocker, 0 of them unresolved.

        ## How it went

        | from | to | score | computed | sure | what happened, and what it moved |
        | ---: | ---: | ---: | ---: | ---: | --- |
        | 2026-03-20 | 2026-03-31 | – | – | – | cycle opened.<br>O-1 “Objective trial”: objective drafted: “Objective trial”.<br>KR-1 “Key result paid”: key result drafted: “Key result paid”, target 22 %.<br>KR-1 “Key result paid”: baseline set to 14 %.<br>KR-2 “Key result cac”: key result drafted: “Key result cac”, target 800 USD.<br>KR-2 “Key result cac”: baseline set to 1100 USD. |
        | 2026-04-01 | 2026-04-07 | 0.15 | 0.15 | 7.5 | cycle started.<br>2 check-ins on 2 key results.<br>The cycle: score is 0.15 (it was unknown); confidence is 7.5 (it was unknown).<br>O-1 “Objective trial”: score is 0.15 (it was unknown); confidence is 7.5 (it was unknown). |
        | 2026-04-08 | 2026-04-14 | 0.15 | 0.15 | 7.5 |  |
        | 2026-04-15 | 2026-04-21 | 0.15 | 0.15 | 7.5 |  |
        | 2026-04-22 | 2026-04-28 | 0.15 | 0.15 | 7.5 |  |
        | 2026-04-29 | 2026-05-05 | 0.16 | 0.16 | 7.5 | KR-2 “Key result cac”: target 800 → 850 USD, eased, external change: Advertising prices rose for everyone in May.<br>The cycle: score rose from 0.15 to 0.16.<br>O-1 “Objective trial”: score rose from 0.15 to 0.16. |
        | 2026-05-06 | 2026-05-12 | 0.26 | 0.26 | 5.5 | 1 check-in on 1 key result.<br>The cycle: score rose from 0.16 to 0.26; confidence fell from 7.5 to 5.5.<br>O-1 “Objective trial”: score rose from 0.16 to 0.26; confidence fell from 7.5 to 5.5. |
        | 2026-05-13 | 2026-05-19 | 0.26 | 0.26 | 5.5 |  |
        | 2026-05-20 | 2026-05-26 | 0.26 | 0.26 | 5.5 |  |
        | 2026-05-27 | 2026-06-02 | 0.26 | 0.26 | 5.5 |  |
        | 2026-06-03 | 2026-06-09 | 0.26 | 0.26 | 5.5 |  |
        | 2026-06-10 | 2026-06-16 | 0.26 | 0.26 | 5.5 |  |
        | 2026-06-17 | 2026-06-23 | 0.54 | 0.54 | 8.0 | 1 check-in on 1 key result.<br>The cycle: score rose from 0.26 to 0.54; confidence rose from 5.5 to 8.<br>O-1 “Objective trial”: score rose from 0.26 to 0.54; confidence rose from 5.5 to 8. |
        | 2026-06-24 | 2026-06-30 | 0.55 | 0.54 | 8.0 | KR-1 “Key result paid”: graded 0.9, computed 0.875.<br>The cycle: score rose from 0.54 to 0.55.<br>O-1 “Objective trial”: score rose from 0.54 to 0.55. |
        | 2026-07-01 | 2026-07-01 | 0.55 | 0.54 | 8.0 | retrospective held; learnt: ask in week three. |

        ## How sure people were

        | ref | goal | w1 | w2 | w3 | w4 | w5 | w6 | w7 | w8 | w9 | w10 | w11 | w12 | w13 | went |
        | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |
        | O-1 | Objective trial | 7.5 | – | – | – | – | 3 | – | – | – | – | – | 8 | – | ▆    ▃     ▇ |
        | all | q2 | 7.5 | – | – | – | – | 3 | – | – | – | – | – | 8 | – | ▆    ▃     ▇ |

        ## Where it turned

        **O-1 “Objective trial”: score rose from 0.26 to 0.54 in the week to 2026-06-23.**

        - KR-1 on 2026-06-22: checked in, 21 %, confidence 8.

        **O-1 “Objective trial”: confidence rose from 5.5 to 8 in the week to 2026-06-23.**

        - KR-1 on 2026-06-22: checked in, 21 %, confidence 8.

        **O-1 “Objective trial”: confidence fell from 7.5 to 5.5 in the week to 2026-05-12.**

        - KR-1 on 2026-05-11: checked in, 16.5 %, confidence 3, blocked by: Billing is down.

        ## What was adjusted, and why

        - target 800 → 850 USD, eased, external change: Advertising prices rose for everyone in May (cac, event 10, by tester)

        ## What was in the way

        - KR-1 “Key result paid”: “Billing is down” lasted 42 days, from 2026-05-11 to 2026-06-22.

        ## What came of it

        | ref | goal | expected | score | computed | band | what to do |
        | --- | --- | ---: | ---: | ---: | --- | --- |
        | O-1 | Objective trial | 1.00 | 0.55 | 0.54 | meaningful | Meaningful, but missed: find out what blocked it. It was committed: discuss why the promise was not kept. |
        | KR-1 | Key result paid | 1.00 | 0.90 | 0.88 | strong | The right ambition: understand what worked. It was committed: discuss why the promise was not kept. |
        | KR-2 | Key result cac | 1.00 | 0.20 | 0.20 | little | Little: is the objective still valid? It was committed: discuss why the promise was not kept. |

        ## What was learnt

        **q2** (2026-07-01 09:00 UTC)

        - Learnt: ask in week three

        ## What to carry over

        - O-1 “Objective trial” scored 0.55 of the 1.00 expected: is it still worth pursuing? Carry it over (okr.objective.carried\_over), or end it here.
        ");
    }
}
