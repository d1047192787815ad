//! The quarter week by week: the figures known at the end of each week, and its events.

use ::events::SubjectId;
use axum::response::Response;
use maud::{Markup, html};
use projections::ask::confidence::LineKind;
use projections::ask::replay::Frame;
use projections::ask::{self, Frames, History, ReplayAnswer, Step};
use projections::calendar::day_of;
use projections::rows::Rows;

use super::layout::{Here, Page, Tab};
use super::page_request::{Drawn, PageRequest};
use super::parts::{confidence, empty, score, status};
use super::view::View;
use super::{brief, events, trail, when};
use crate::figure;
use crate::ledger::Error;
use crate::request::question::{Calendar, found};

/// The most events shown per frame.
const EVENTS_MAX: usize = 500;

pub(super) async fn replay(mut page_request: PageRequest) -> Response {
    let step = page_request.params.word("step").unwrap_or(Step::Week);
    let frame = page_request.params.whole("frame");
    let id = page_request.id.clone();
    page_request.draw(Calendar::Cycle(id.clone()), move |view| draw(view, &id, step, frame)).await
}

fn draw(view: &View<'_>, id: &str, step: Step, asked: Option<u64>) -> Result<Drawn, Error> {
    let known = view.look.asked();
    let cycle = found(ask::cycle(&known, id)?, view.look, "a cycle", id)?;
    let past = view.ledger.past();
    let ahead = match found(ask::replay_frames(&past, &known, id, step)?, view.look, "a cycle", id)? {
        ReplayAnswer::Told(frames) => frames,
        ReplayAnswer::TooLong(frames) => {
            let says = format!("{frames} frames are too many for a page: use a longer step");
            return Err(Error::invalid("?step", "too_many_frames", says));
        }
    };
    let root = format!("/ledgers/{}", view.ledger.slug());
    let path = format!("{root}/cycles/{id}/replay");
    let frames = ahead.ahead();
    let last = frames.saturating_sub(1);
    // Starts at the first frame; an address with a frame's number can be shared.
    let n = asked.and_then(|n| usize::try_from(n).ok()).map_or(0, |n| n.saturating_sub(1).min(last));
    let Shown { before, frame } = Shown::nth(ahead, n)?;
    let to = |n: usize| {
        when::address(
            &path,
            &[("step", (step != Step::Week).then_some(step.as_str())), ("frame", Some(&(n + 1).to_string()))],
        )
    };
    let name = |frame: &Frame| match step {
        Step::Event => format!("event {}", frame.as_of.seq),
        Step::Day => when::day(day_of(frame.to, cycle.time_zone)),
        Step::Week => {
            let days = day_of(frame.from, cycle.time_zone).signed_duration_since(cycle.starts_on).num_days();
            let until = when::plain(day_of(frame.to, cycle.time_zone));
            if days < 0 { format!("Planning, until {until}") } else { format!("Week {}, until {until}", days / 7 + 1) }
        }
    };
    let body = html! {
        div.heading { div { h1 { "Replay" } p.quiet { "What people could see, as they could see it: what was recorded late turns up late." } } }
        @match &frame {
            None => (empty("Nothing has happened yet", html! { "A replay begins with the first event of a cycle." })),
            Some(frame) => {
                div.view #player data-frames=(frames) data-path=(when::address(&path, &[("step", (step != Step::Week).then_some(step.as_str()))])) {
                    div.player {
                        button #play type="button" hidden { "▶ Play" }
                        div.moment #frame-moment data-part {
                            p.known { strong { (name(frame)) } " " span.quiet { (n + 1) " of " (frames) } }
                            div.steps {
                                @if n > 0 { a.step rel="prev" href=(to(n - 1)) { "‹ back" } }
                                @if n < last { a.step rel="next" href=(to(n + 1)) { "on ›" } }
                            }
                        }
                        form.scrub method="get" action=(path) {
                            @if step != Step::Week { input type="hidden" name="step" value=(step); }
                            input type="range" #frame name="frame" min="1" max=(frames) value=(n + 1) aria-label="Frame";
                            noscript { button.small { "Show" } }
                        }
                    }
                }
                div.replay #told data-part {
                    (figures(frame, before.as_ref(), &root, &cycle.time_zone.to_string()))
                    section.panel {
                        h2 { "What happened" }
                        @if frame.happened.is_empty() { p.quiet { "Nothing was recorded." } }
                        ul.story {
                            @for saying in &frame.says { li { (trail::sentence(&saying.says)) } }
                            @for moved in frame.moved.iter().filter(|_| n > 0).filter(|moved| moved.kind != LineKind::KeyResult) { li.quiet { (trail::sentence(&moved.says)) } }
                        }
                        details { summary { (figure::count(frame.happened.len() as u64, "event")) }
                        ol.feed { @for event in frame.happened.iter().take(EVENTS_MAX) { (events::line(event.as_str(), view.ledger.slug())) } }
                        @if frame.happened.len() > EVENTS_MAX {
                            p.quiet { "These are the first of them. " a href=(format!("{root}/events?cycle={id}")) { "All events" } }
                        }
                        }
                    }
                }
            }
        }
    };
    Ok(Drawn::page(Page { title: "Replay".into(), here: Here::in_cycle(view, &brief(&cycle), Tab::Replay), body }))
}

/// A frame, and the one before it.
struct Shown {
    before: Option<Frame>,
    frame: Option<Frame>,
}

impl Shown {
    /// Computes frames up to the one at `n`; only that one needs its events.
    fn nth<H: History, R: Rows + ?Sized>(mut ahead: Frames<'_, H, R>, n: usize) -> Result<Shown, Error> {
        let mut shown = Shown { before: None, frame: None };
        for at in 0..=n {
            ahead.tell_events(at == n);
            shown.before = std::mem::replace(&mut shown.frame, ahead.next().transpose()?);
        }
        Ok(shown)
    }
}

fn figures(frame: &Frame, before: Option<&Frame>, root: &str, zone: &str) -> Markup {
    let board = &frame.board;
    let earlier = |id: &SubjectId| {
        before
            .and_then(|before| before.board.objectives.iter().find(|objective| objective.id == *id))
            .and_then(|objective| objective.confidence)
    };
    html! {
        section.panel {
            div.replay-stats title={ "days in " (zone) } {
                div { span.label { "Score" } span.big { (figure::score(board.score)) } }
                div { span.label { "Confidence" } span.big { (figure::mean(board.confidence)) } }
                div { span.label { "On track" } span.big { (board.counts.on_track) } }
                div { span.label { "At risk" } span.big { (board.counts.at_risk) } }
                div { span.label { "Behind" } span.big { (board.counts.behind) } }
            }
            table.plain {
                thead { tr { th { "Objective" } th.end { "Score" } th.end { "Confidence" } th { "Status" } } }
                tbody { @for objective in &board.objectives {
                    tr {
                        td { span.ref { (objective.given) } " " a href={ (root) "/objectives/" (objective.id) "?as_of=" (frame.as_of.seq) } { (objective.title) } }
                        td.end { (score(objective.score)) }
                        td.end.nowrap { (confidence(objective.confidence, earlier(&objective.id))) }
                        td { (status(objective.status)) }
                    }
                } }
            }
        }
    }
}
