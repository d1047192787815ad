//! The chart of a key result: values against the pace, and confidence, over the same days.

use std::ops::Range;

use maud::{Markup, html};
use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::{DrawingArea, IntoDrawingArea as _};
use plotters::element::{PathElement, Rectangle};
use plotters::style::{IntoFont as _, TextStyle};

use super::canvas::{Canvas, Ink};

const WIDTH: u32 = 1000;
const VALUES_HEIGHT: u32 = 320;
const CONFIDENCE_HEIGHT: u32 = 130;

/// A point in a chart: days since the first, and a figure.
pub(in crate::web) type Spot = (f64, f64);

/// The data of the chart. The figures come from the API's answers; this module only scales them.
pub(in crate::web) struct Story {
    /// The number of days shown; the axis begins at 0.
    pub(in crate::web) days: f64,
    /// Days with a label.
    pub(in crate::web) ticks: Vec<(f64, String)>,
    /// The days of the cycle itself.
    pub(in crate::web) cycle: Range<f64>,
    pub(in crate::web) pace: Vec<Spot>,
    pub(in crate::web) target: Vec<Spot>,
    pub(in crate::web) baseline: Vec<Spot>,
    /// Values that earn a certain score, with that score.
    pub(in crate::web) thresholds: Vec<(f64, String)>,
    pub(in crate::web) values: Vec<Mark>,
    pub(in crate::web) confidence: Vec<Mark>,
    /// Changes of the goal itself.
    pub(in crate::web) changes: Vec<Mark>,
    /// Formats a value with its unit.
    pub(in crate::web) unit: fn(f64, &str) -> String,
    pub(in crate::web) unit_name: String,
    pub(in crate::web) title: String,
    pub(in crate::web) says: String,
}

/// A point with a tooltip and a link.
pub(in crate::web) struct Mark {
    pub(in crate::web) at: Spot,
    pub(in crate::web) kind: MarkKind,
    pub(in crate::web) says: String,
    pub(in crate::web) href: String,
}

/// The kind of a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum MarkKind {
    CheckIn,
    Backdated,
    Corrected,
    Change,
}

impl MarkKind {
    fn class(self) -> &'static str {
        match self {
            MarkKind::CheckIn => "check-in",
            MarkKind::Backdated => "backdated",
            MarkKind::Corrected => "corrected",
            MarkKind::Change => "change",
        }
    }
}

type Area<'a, 'c> = DrawingArea<Canvas<'c>, Shift>;
type Plot<'a, 'c> = ChartContext<'a, Canvas<'c>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Draws the chart; none if there are no figures.
pub(in crate::web) fn key_result(story: &Story) -> Option<Markup> {
    let (low, high) = extent(story)?;
    let mut shapes = Vec::new();
    let mut marks = Vec::new();
    {
        let canvas = Canvas { size: (WIDTH, VALUES_HEIGHT + CONFIDENCE_HEIGHT), shapes: &mut shapes };
        let (upper, lower) = canvas.into_drawing_area().split_vertically(VALUES_HEIGHT);
        values(&upper, story, low..high, &mut marks)?;
        confidence(&lower, story, &mut marks)?;
    }
    let height = VALUES_HEIGHT + CONFIDENCE_HEIGHT;
    Some(html! {
        svg.chart viewBox={ "0 0 " (WIDTH) " " (height) } role="group" aria-labelledby="chart-title chart-desc" {
            title #chart-title { (story.title) }
            desc #chart-desc { (story.says) }
            g aria-hidden="true" { @for shape in &shapes { (shape) } }
            @for mark in &marks { (mark) }
        }
    })
}

/// Returns the lowest and the highest figure, with a margin.
fn extent(story: &Story) -> Option<(f64, f64)> {
    let lines = [&story.target, &story.baseline, &story.pace].into_iter().flatten().map(|spot| spot.1);
    let all =
        lines.chain(story.values.iter().map(|mark| mark.at.1)).chain(story.thresholds.iter().map(|point| point.0));
    let (low, high) = all
        .filter(|figure| figure.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), figure| (low.min(figure), high.max(figure)));
    if !low.is_finite() || !high.is_finite() {
        return None;
    }
    let air = if high > low { (high - low) * 0.1 } else { high.abs().max(1.0) * 0.1 };
    Some((low - air, high + air))
}

fn plot<'a, 'c>(area: &'a Area<'a, 'c>, story: &Story, figures: Range<f64>, foot: u32) -> Option<Plot<'a, 'c>> {
    let mut chart = ChartBuilder::on(area);
    chart.margin_top(14).margin_right(16).margin_left(4).y_label_area_size(72).x_label_area_size(foot);
    chart.build_cartesian_2d(0.0..story.days, figures).ok()
}

fn mesh(plot: &mut Plot<'_, '_>, labels: usize, says: &dyn Fn(f64) -> String) -> Option<()> {
    let ink = Ink::Text.color();
    let text = TextStyle::from(("sans-serif", 13).into_font()).color(&ink);
    plot.configure_mesh()
        .disable_x_mesh()
        .max_light_lines(0)
        .y_labels(labels)
        .bold_line_style(Ink::Grid.style(false))
        .axis_style(Ink::Grid.style(false))
        .x_labels(0)
        .y_label_style(text)
        .y_label_formatter(&|figure| says(*figure))
        .draw()
        .ok()
}

fn path(plot: &mut Plot<'_, '_>, spots: &[Spot], ink: Ink) -> Option<()> {
    if spots.len() < 2 {
        return Some(());
    }
    plot.draw_series(std::iter::once(PathElement::new(spots.to_vec(), ink.style(false)))).ok().map(|_| ())
}

fn values(area: &Area<'_, '_>, story: &Story, figures: Range<f64>, marks: &mut Vec<Markup>) -> Option<()> {
    let mut plot = plot(area, story, figures.clone(), 4)?;
    let cycle = [(story.cycle.start, figures.start), (story.cycle.end, figures.end)];
    plot.draw_series(std::iter::once(Rectangle::new(cycle, Ink::Cycle.style(true)))).ok()?;
    // Between two thresholds the score earned is the same: every other band is shaded.
    for pair in story.thresholds.chunks(2) {
        if let [(low, _), (high, _)] = pair {
            let band = [(story.cycle.start, low.min(*high)), (story.cycle.end, low.max(*high))];
            plot.draw_series(std::iter::once(Rectangle::new(band, Ink::Band.style(true)))).ok()?;
        }
    }
    mesh(&mut plot, 6, &|figure| (story.unit)(figure, &story.unit_name))?;
    for (value, _) in &story.thresholds {
        path(&mut plot, &[(story.cycle.start, *value), (story.cycle.end, *value)], Ink::BandEdge)?;
    }
    path(&mut plot, &story.baseline, Ink::Baseline)?;
    path(&mut plot, &story.target, Ink::Target)?;
    path(&mut plot, &story.pace, Ink::Pace)?;
    let way: Vec<Spot> = story.values.iter().map(|mark| mark.at).collect();
    path(&mut plot, &way, Ink::Value)?;
    for (value, score) in &story.thresholds {
        let (x, y) = plot.backend_coord(&(story.cycle.end, *value));
        marks.push(html! { text.note aria-hidden="true" x=(x - 6) y=(y - 4) text-anchor="end" { "score " (score) } });
    }
    for mark in &story.changes {
        marks.push(flag(
            mark,
            plot.backend_coord(&(mark.at.0, figures.end)),
            plot.backend_coord(&(mark.at.0, figures.start)),
        ));
    }
    marks.extend(story.values.iter().map(|mark| dot(mark, plot.backend_coord(&mark.at), "")));
    Some(())
}

fn confidence(area: &Area<'_, '_>, story: &Story, marks: &mut Vec<Markup>) -> Option<()> {
    let mut plot = plot(area, story, 0.0..10.0, 28)?;
    let cycle = [(story.cycle.start, 0.0), (story.cycle.end, 10.0)];
    plot.draw_series(std::iter::once(Rectangle::new(cycle, Ink::Cycle.style(true)))).ok()?;
    mesh(&mut plot, 3, &|figure| format!("{figure:.0}"))?;
    for (day, name) in &story.ticks {
        let (x, y) = plot.backend_coord(&(*day, 0.0));
        marks.push(html! { text aria-hidden="true" x=(x) y=(y + 20) text-anchor="middle" { (name) } });
    }
    let way: Vec<Spot> = story.confidence.iter().map(|mark| mark.at).collect();
    path(&mut plot, &way, Ink::Confidence)?;
    marks.extend(story.confidence.iter().map(|mark| dot(mark, plot.backend_coord(&mark.at), "sure ")));
    Some(())
}

fn dot(mark: &Mark, (x, y): (i32, i32), what: &str) -> Markup {
    html! {
        a class={ "mark " (what) (mark.kind.class()) } href=(mark.href) aria-label=(mark.says) {
            title { (mark.says) }
            @match mark.kind {
                MarkKind::Corrected => path d=(format!("M{x},{} l6,6 l-6,6 l-6,-6 z", y - 6)) {},
                MarkKind::Backdated => circle cx=(x) cy=(y) r="5" {},
                MarkKind::CheckIn | MarkKind::Change => circle cx=(x) cy=(y) r="4.5" {},
            }
        }
    }
}

/// Draws a change of the goal as a line from top to bottom with a handle.
fn flag(mark: &Mark, (x, top): (i32, i32), (_, bottom): (i32, i32)) -> Markup {
    html! {
        a class={ "mark " (mark.kind.class()) } href=(mark.href) aria-label=(mark.says) {
            title { (mark.says) }
            line x1=(x) x2=(x) y1=(top) y2=(bottom) {}
            circle cx=(x) cy=(top) r="6" {}
        }
    }
}
