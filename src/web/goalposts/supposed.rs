//! The what-if switches: the scores without some of the moves, beside the actual scores.

use events::Number;
use maud::{Markup, html};
use projections::ask::goalposts::Move;
use projections::ask::{Board, BoardKeyResult, Difference, Figures, WhatIf, WhatIfAsk};

use crate::figure;
use crate::web::trail::{self, Names};
use crate::web::when;

/// The assumptions and their result.
pub(super) struct Supposed<'a> {
    pub(super) path: &'a str,
    pub(super) as_of: Option<&'a str>,
    pub(super) ask: &'a WhatIfAsk,
    /// None if there are no assumptions.
    pub(super) answer: Option<&'a WhatIf>,
    pub(super) board: &'a Board,
}

impl Supposed<'_> {
    /// Returns the address that leaves out this event only.
    pub(super) fn without(&self, seq: u64) -> String {
        let seq = seq.to_string();
        format!("{}#what-if", when::address(self.path, &[("as_of", self.as_of), ("without_events", Some(&seq))]))
    }

    pub(super) fn draw(&self, moves: &[Move], names: &Names) -> Markup {
        let ask = self.ask;
        let kinds = [
            ("adjustments", "every adjustment", ask.without_adjustments),
            ("retirements", "every retirement", ask.without_retirements),
            ("corrections", "every correction of a check-in", ask.without_corrections),
            ("grades", "every grade that people gave", ask.without_grades),
        ];
        html! {
            section.panel #what-if {
                h2 { "What if it had not been moved?" }
                div.what-if {
                    form method="get" action={ (self.path) "#what-if" } data-show="" {
                        @if let Some(as_of) = self.as_of { input type="hidden" name="as_of" value=(as_of); }
                        @if let Some(formula) = ask.formula { input type="hidden" name="formula" value=(formula); }
                        @if !moves.is_empty() {
                            fieldset.field {
                                legend { "Leave out a move" }
                                @for one in moves { (switch(one, names, ask.without_events.contains(&one.seq))) }
                            }
                        }
                        fieldset.field {
                            legend { "Leave out all of a kind" }
                            @for (kind, says, is_out) in kinds {
                                label.choice { input type="checkbox" name="without" value=(kind) id={ "without-" (kind) } checked[is_out]; span { (says) } }
                            }
                        }
                        button { "Show what would be" }
                    }
                    div #supposed data-part aria-live="polite" {
                        @match self.answer {
                            None => p.quiet { "Choose what to leave out: the cycle is then told anew from all its other events, and stands here beside what it is." },
                            Some(answer) => (self.both(answer)),
                        }
                    }
                }
            }
        }
    }

    fn both(&self, answer: &WhatIf) -> Markup {
        let (is, would) = (&answer.actual, &answer.what_if);
        let seqs: Vec<String> = answer.omitted.iter().map(u64::to_string).collect();
        html! {
            p.known {
                @match seqs.as_slice() {
                    [] => "No event is left out.",
                    [seq] => { "Had event " (seq) " not been:" }
                    seqs => { "Had " (figure::count(seqs.len() as u64, "event")) " not been (" (seqs.join(", ")) "):" }
                }
            }
            div.table-scroll tabindex="0" role="region" aria-label="As it is, and as it would be" {
                table.plain.sides {
                    thead { tr { th { "" } th.end { "Computed" } th.end { "What if" } th.end { "Score" } th.end { "What if" } } }
                    tbody {
                        tr.whole {
                            th scope="row" { "The cycle" }
                            (sides(is.computed_score, would.computed_score))
                            (sides(is.score, would.score))
                        }
                        @for objective in &is.objectives {
                            @let other = would.objectives.iter().find(|other| other.id == objective.id);
                            tr {
                                th scope="row" { span.ref { (objective.given) } " " (objective.title) }
                                (sides(objective.computed_score, other.and_then(|other| other.computed_score)))
                                (sides(objective.score, other.and_then(|other| other.score)))
                            }
                        }
                    }
                }
            }
            @if answer.differences.is_empty() { p.quiet { "No key result's figures differ." } }
            @else {
                h3 { "Key results that differ" }
                ul.story { @for difference in &answer.differences { li { (self.differs(difference)) } } }
            }
        }
    }

    fn differs(&self, difference: &Difference) -> Markup {
        let mut lines = self.board.objectives.iter().flat_map(|objective| &objective.key_results);
        let line = lines.find(|line| line.id == difference.key_result);
        let name = match line {
            Some(line) => html! { span.ref { (line.given) } " " (line.title) },
            None => html! { (difference.key_result) },
        };
        html! {
            (name) ": "
            @match (&difference.actual, &difference.what_if) {
                (Some(is), Some(would)) => {
                    @for (n, (what, is, would)) in differing_figures(is, would, line).into_iter().enumerate() {
                        @if n > 0 { ", " }
                        (what) " " (is) " → " span.after { (would) }
                    }
                    "."
                }
                (Some(is), None) => { "it stands with a score of " (figure::score(is.last)) ", and would not." }
                (None, Some(would)) => { "it would stand, with a score of " (figure::score(would.last)) "." }
                (None, None) => "it does not stand.",
            }
        }
    }
}

/// Returns the figures that differ: name, actual, hypothetical.
fn differing_figures(
    is: &Figures,
    would: &Figures,
    line: Option<&BoardKeyResult>,
) -> Vec<(&'static str, String, String)> {
    let target = |value: Option<Number>| match line {
        Some(line) => figure::value(value, &line.metric),
        None => value.map_or(figure::NONE.into(), |value| value.to_string()),
    };
    let all = [
        ("target", target(is.target), target(would.target)),
        ("progress", figure::percent(is.progress), figure::percent(would.progress)),
        ("computed score", figure::score(is.computed), figure::score(would.computed)),
        ("score", figure::score(is.last), figure::score(would.last)),
    ];
    all.into_iter().filter(|(_, is, would)| is != would).collect()
}

fn switch(one: &Move, names: &Names, is_out: bool) -> Markup {
    let name = names.get(one.subject.as_str()).map_or(one.subject.as_str(), |(_, title)| title.as_str());
    html! {
        label.choice {
            input type="checkbox" name="without_events" value=(one.seq) id={ "without-" (one.seq) } checked[is_out];
            span {
                (trail::sentence(&one.summary))
                span.hint { (name) " · event " (one.seq) " · lift " (figure::signed(one.lift)) }
            }
        }
    }
}

fn sides(is: Option<Number>, would: Option<Number>) -> Markup {
    html! {
        td.end { (figure::score(is)) }
        td.end.differs[is != would] { (figure::score(would)) }
    }
}
