//! The slider over the days of a cycle, with a second handle for comparisons.

use chrono::{Days, NaiveDate};
use events::Moment;
use maud::{Markup, html};
use projections::ask::{Audit, BoardReports, CycleStands};
use projections::calendar::day_of;

use super::filters::Filters;
use crate::web::when;

/// The days that the slider covers.
pub(super) struct Timeline {
    pub(super) first: NaiveDate,
    pub(super) last: NaiveDate,
    starts_on: NaiveDate,
    ends_on: NaiveDate,
    marks: Vec<DayMark>,
}

/// A marked day on the slider.
struct DayMark {
    day: NaiveDate,
    says: String,
    /// True for a board report, false for an adjustment.
    is_report: bool,
}

impl Timeline {
    /// Covers the cycle's first day, or the day it was opened while it is still planned, up to the last day on which an
    /// event was recorded about it, and no later than today.
    pub(super) fn of(cycle: &CycleStands, trail: &Audit, reports: &BoardReports, now: Moment) -> Timeline {
        let day = |moment| day_of(moment, cycle.time_zone);
        let today = day(now);
        let closings = cycle.closings.iter().map(|closing| closing.recorded_at);
        let heard = closings.chain(trail.trail.iter().map(|line| line.recorded_at)).map(day).max();
        let last = heard.map_or(cycle.ends_on, |heard| heard.max(cycle.ends_on)).min(today);
        let first = if last < cycle.starts_on { day(cycle.opened.recorded_at).min(last) } else { cycle.starts_on };
        let adjusted = trail.trail.iter().filter(|line| line.adjustment);
        let adjusted =
            adjusted.map(|line| DayMark { day: day(line.recorded_at), says: line.summary.clone(), is_report: false });
        let reported = reports.board_reports.iter();
        let reported = reported.map(|report| DayMark {
            day: day(report.recorded_at),
            says: format!("reported to the board: {}", report.title),
            is_report: true,
        });
        let marks = adjusted.chain(reported).filter(|mark| (first..=last).contains(&mark.day)).collect();
        Timeline { first, last, starts_on: cycle.starts_on, ends_on: cycle.ends_on, marks }
    }

    /// Returns the day so many days after the first.
    pub(super) fn nth(&self, days: u64) -> NaiveDate {
        self.first.checked_add_days(Days::new(days.min(self.length()))).unwrap_or(self.last)
    }

    /// Renders the slider with its marks, and links that step by a week and work without JavaScript.
    pub(super) fn slider(&self, path: &str, on: NaiveDate, from: Option<NaiveDate>, filters: &Filters) -> Markup {
        let on = on.clamp(self.first, self.last);
        let to = |day| filters.address(path, day, from);
        let step = |day: Option<NaiveDate>| day.unwrap_or(on).clamp(self.first, self.last);
        let (back, on_one) = (step(on.checked_sub_days(Days::new(7))), step(on.checked_add_days(Days::new(7))));
        html! {
            section.timeline aria-label="The moment that is looked at" {
                div.moment #moments data-part {
                    p.known {
                        @if let Some(from) = from { span.from { (when::plain(from)) } " → " }
                        strong #moment { (when::day(on)) } " " span.quiet #week { (self.week(on)) }
                    }
                    div.steps {
                        a.step href=(to(back)) rel="prev" aria-label="A week earlier" { "‹ week" }
                        a.step href=(to(on_one)) rel="next" aria-label="A week later" { "week ›" }
                        @if on < self.last { a.step href=(to(self.last)) { "latest" } }
                        @if from.is_some() {
                            a.step href=(filters.address(path, on, None)) { "stop comparing" }
                        } @else if on > self.first {
                            a.step href=(filters.address(path, on, Some(back))) { "compare with a week before" }
                        }
                    }
                }
                (self.track(path, on, from, filters))
                div.ends { span { (when::short(self.first)) } span { (when::short(self.last)) } }
            }
        }
    }

    fn track(&self, path: &str, on: NaiveDate, from: Option<NaiveDate>, filters: &Filters) -> Markup {
        html! {
            div.track {
                svg.marks #marks data-part width="100%" height="18" {
                    @for week in self.weeks() {
                        line.week x1={ (week) "%" } x2={ (week) "%" } y1="12" y2="18" {}
                    }
                    @for mark in &self.marks {
                        a href=(filters.address(path, mark.day, from)) aria-label={ (when::day(mark.day)) ": " (mark.says) } {
                            title { (when::day(mark.day)) ": " (mark.says) }
                            circle.report[mark.is_report] cx={ (self.place(mark.day)) "%" } cy="7" r="5" {}
                        }
                    }
                }
                div.handles.two[from.is_some()] #handles data-part {
                    @if let Some(from) = from {
                        (self.handle("from_day", "Compare with what was known on", from))
                    }
                    (self.handle("day", "Known on", on))
                }
            }
            noscript { button.small { "Show this day" } }
        }
    }

    fn handle(&self, name: &str, says: &str, day: NaiveDate) -> Markup {
        html! {
            input type="range" name=(name) id=(name) aria-label=(says) aria-valuetext=(when::day(day))
                min="0" max=(self.length()) value=(self.offset(day));
        }
    }

    fn week(&self, on: NaiveDate) -> String {
        let days = on.signed_duration_since(self.starts_on).num_days();
        if days < 0 {
            "before the first week".into()
        } else if on > self.ends_on {
            "after the last week".into()
        } else {
            format!("week {}", days / 7 + 1)
        }
    }

    fn length(&self) -> u64 {
        self.offset(self.last)
    }

    fn offset(&self, day: NaiveDate) -> u64 {
        u64::try_from(day.signed_duration_since(self.first).num_days()).unwrap_or_default()
    }

    /// Returns the starts of the weeks, as percentages of the slider's width.
    fn weeks(&self) -> Vec<String> {
        let mut weeks = Vec::new();
        let mut day = self.starts_on;
        while day <= self.last && weeks.len() < 60 {
            if day >= self.first {
                weeks.push(self.place(day));
            }
            let Some(next) = day.checked_add_days(Days::new(7)) else { break };
            day = next;
        }
        weeks
    }

    fn place(&self, day: NaiveDate) -> String {
        let tenths = self.offset(day).saturating_mul(1_000).checked_div(self.length()).unwrap_or_default();
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}
