//! The chart of a key result: its values between baseline and target, with its weekly confidence below, over the days
//! of the cycle. An SVG, shared by pages and print.
//!
//! Pixels are floats; figures in words are formatted from exact numbers.

use std::collections::BTreeMap;

use events::{Moment, Number, SubjectId};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use projections::ask::{BoardKeyResult, ConfidenceLine};
use projections::rows::FieldChange;
use rust_decimal::prelude::ToPrimitive as _;

use super::Pack;
use crate::figure;

/// Width of a chart, in SVG units.
pub(super) const WIDTH: u32 = 360;

/// Height of a chart, in SVG units.
pub(super) const HEIGHT: u32 = 172;

const FONT: &str = "Libertinus Serif, Georgia, serif";
const INK: RGBColor = RGBColor(0x33, 0x3a, 0x44);
const FAINT: RGBColor = RGBColor(0x8a, 0x93, 0xa0);
const RULE: RGBColor = RGBColor(0xd9, 0xde, 0xe4);
// Okabe and Ito's palette, which people with colour blindness can distinguish.
const VALUE: RGBColor = RGBColor(0x00, 0x72, 0xb2);
const TARGET: RGBColor = RGBColor(0xd5, 0x5e, 0x00);
const SURE: RGBColor = RGBColor(0x00, 0x9e, 0x73);

/// The layout of a chart.
const LEFT: i32 = 6;
const RIGHT: i32 = 272;
const TOP: i32 = 12;
const BOTTOM: i32 = 100;
/// Font size, and the height of a line of text.
const LETTERS: i32 = 15;
const LINE: i32 = 14;
const SURE_TOP: i32 = 120;
const SURE_BOTTOM: i32 = 150;

/// The charts of a pack.
pub(super) struct Charts<'a> {
    pack: &'a Pack,
    /// By key result.
    histories: BTreeMap<&'a SubjectId, KeyResultHistory<'a>>,
}

/// Facts about a key result that the board does not contain.
#[derive(Default, Clone)]
struct KeyResultHistory<'a> {
    line: Option<&'a ConfidenceLine>,
    /// Stated values with their moments.
    values: Vec<(Moment, Number)>,
    /// Changes in mid-cycle.
    changes: Vec<(Moment, &'a FieldChange)>,
}

impl<'a> Charts<'a> {
    pub(super) fn of(pack: &'a Pack) -> Self {
        let mut histories: BTreeMap<&SubjectId, KeyResultHistory<'_>> = BTreeMap::new();
        for line in pack.weeks.iter().flat_map(|line| &line.parts) {
            histories.entry(&line.id).or_default().line.get_or_insert(line);
        }
        for stated in pack.check_ins.iter().map(|check_in| &check_in.stated) {
            let value = stated.value.map(|value| (stated.time, value));
            histories.entry(&stated.key_result).or_default().values.extend(value);
        }
        for item in pack.adjustments.iter().map(|adjustment| &adjustment.item) {
            let changes = item.changes.iter().map(|change| (item.time, change));
            histories.entry(&item.subject).or_default().changes.extend(changes);
        }
        Charts { pack, histories }
    }

    /// Returns the chart of a key result.
    pub(super) fn chart(&self, key_result: &'a BoardKeyResult) -> Chart<'a> {
        let cycle = &self.pack.board.cycle;
        let since_1970 =
            |day: chrono::NaiveDate| day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp() as f64 / 86_400.0;
        let history = self.histories.get(&key_result.id).cloned().unwrap_or_default();
        Chart {
            key_result,
            line: history.line,
            targets: targets(key_result, &history.changes),
            values: history.values,
            days: (since_1970(cycle.starts_on), since_1970(cycle.ends_on) + 1.0),
            elapsed: float(cycle.elapsed),
        }
    }
}

/// The data of a chart.
pub(super) struct Chart<'a> {
    key_result: &'a BoardKeyResult,
    line: Option<&'a ConfidenceLine>,
    /// Stated values with their moments.
    values: Vec<(Moment, Number)>,
    /// The targets, each with the moment it took effect; `None` for the first.
    targets: Vec<(Option<Moment>, Number)>,
    /// The first and the last moment of the cycle, in days since 1970.
    days: (f64, f64),
    /// The elapsed share of the cycle.
    elapsed: f64,
}

impl Chart<'_> {
    /// Describes the chart in words, for people who do not see it.
    pub(super) fn words(&self) -> String {
        let metric = &self.key_result.metric;
        let way = figure::way(self.key_result.baseline, self.key_result.target, metric);
        let now = figure::short(self.key_result.current, metric);
        let stated = figure::count(self.values.len() as u64, "value");
        format!("{}: {way}, now {now}; {stated} over the cycle", self.key_result.given)
    }

    pub(super) fn svg(&self) -> Result<String, String> {
        let mut svg = String::new();
        {
            let root = SVGBackend::with_string(&mut svg, (WIDTH, HEIGHT)).into_drawing_area();
            self.draw(&root).map_err(|error| error.to_string())?;
            root.present().map_err(|error| error.to_string())?;
        }
        Ok(svg)
    }

    fn draw<B: DrawingBackend>(&self, root: &DrawingArea<B, plotters::coord::Shift>) -> Drawn<B> {
        self.draw_weeks(root)?;
        self.draw_values(root)
    }

    fn draw_values<B: DrawingBackend>(&self, root: &DrawingArea<B, plotters::coord::Shift>) -> Drawn<B> {
        let metric = &self.key_result.metric;
        let baseline = self.key_result.baseline;
        let known = self.values.iter().map(|(_, value)| *value);
        let known = known.chain(self.targets.iter().map(|(_, target)| *target)).chain(baseline).map(float);
        let (low, high) =
            known.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        if !low.is_finite() || !high.is_finite() {
            return label(root, "no figures yet", (LEFT, (TOP + BOTTOM) / 2), FAINT, HPos::Left);
        }
        let room = if high > low { high - low } else { 1.0 };
        let y = |value: Number| BOTTOM - pixels((float(value) - low) / room, BOTTOM - TOP);
        let mut labels = Vec::new();
        if let Some(baseline) = baseline {
            root.draw(&PathElement::new([(LEFT, y(baseline)), (RIGHT, y(baseline))], FAINT.stroke_width(1)))?;
            labels.push((y(baseline), format!("from {}", figure::short(Some(baseline), metric)), FAINT));
        }
        for (n, (from, target)) in self.targets.iter().enumerate() {
            let begins = from.map_or(LEFT, |from| self.x(from));
            let next = self.targets.get(n + 1);
            let ends = next.and_then(|(from, _)| *from).map_or(RIGHT, |from| self.x(from));
            dashed(root, (begins, ends), y(*target), TARGET)?;
            match next {
                Some((_, next)) => {
                    root.draw(&PathElement::new([(ends, y(*target)), (ends, y(*next))], TARGET.stroke_width(1)))?
                }
                None => labels.push((y(*target), format!("to {}", figure::short(Some(*target), metric)), TARGET)),
            }
        }
        let points: Vec<(i32, i32)> = self.values.iter().map(|(at, value)| (self.x(*at), y(*value))).collect();
        root.draw(&PathElement::new(points.clone(), VALUE.stroke_width(2)))?;
        for point in &points {
            root.draw(&Circle::new(*point, 2, VALUE.filled()))?;
        }
        if let Some((_, last)) = self.values.last() {
            labels.push((y(*last), figure::short(Some(*last), metric), VALUE));
        }
        for (at, text, colour) in spread(labels) {
            label(root, &text, (RIGHT + 6, at), colour, HPos::Left)?;
        }
        Ok(())
    }

    /// Draws the weekly confidences as bars, over a line for the days of the cycle.
    fn draw_weeks<B: DrawingBackend>(&self, root: &DrawingArea<B, plotters::coord::Shift>) -> Drawn<B> {
        let gone = LEFT + pixels(self.elapsed, RIGHT - LEFT);
        if gone < RIGHT {
            root.draw(&PathElement::new([(gone, TOP - 6), (gone, SURE_BOTTOM)], RULE.stroke_width(1)))?;
        }
        root.draw(&PathElement::new([(LEFT, SURE_BOTTOM), (RIGHT, SURE_BOTTOM)], RULE.stroke_width(1)))?;
        let weeks = ((self.days.1 - self.days.0) / 7.0).max(1.0);
        let wide = f64::from(RIGHT - LEFT) / weeks;
        let every = (weeks / 14.0).ceil().max(1.0) as u32;
        for week in self.line.iter().flat_map(|line| &line.weeks) {
            let begins = LEFT + (wide * f64::from(week.week.saturating_sub(1))) as i32;
            let ends = (begins + (wide * 0.8) as i32).max(begins + 1);
            if ends > RIGHT + 1 {
                continue;
            }
            if week.week % every == 0 || week.week == 1 {
                label(root, &week.week.to_string(), ((begins + ends) / 2, SURE_BOTTOM + 12), FAINT, HPos::Center)?;
            }
            if let Some(confidence) = week.confidence {
                let top = SURE_BOTTOM - pixels(float(confidence) / 10.0, SURE_BOTTOM - SURE_TOP).max(1);
                root.draw(&Rectangle::new([(begins, top), (ends, SURE_BOTTOM)], SURE.filled()))?;
            }
        }
        let last = figure::confidence(self.key_result.confidence);
        label(root, &format!("sure {last}"), (RIGHT + 6, (SURE_TOP + SURE_BOTTOM) / 2), INK, HPos::Left)
    }

    fn x(&self, at: Moment) -> i32 {
        let day = at.utc().timestamp() as f64 / 86_400.0;
        let share = (day - self.days.0) / (self.days.1 - self.days.0).max(1.0);
        LEFT + pixels(share.clamp(0.0, 1.0), RIGHT - LEFT)
    }
}

type Drawn<B> = Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;

/// Returns the successive targets: the one at the start, then each adjusted one.
fn targets(key_result: &BoardKeyResult, changes: &[(Moment, &FieldChange)]) -> Vec<(Option<Moment>, Number)> {
    let first = key_result.original_target.or(key_result.target).map(|target| (None, target));
    let later = changes.iter().filter(|(_, change)| change.field == "target");
    let later = later.filter_map(|(time, change)| Some((Some(*time), serde_json::from_str(change.to.as_str()).ok()?)));
    first.into_iter().chain(later).collect()
}

fn dashed<B: DrawingBackend>(
    root: &DrawingArea<B, plotters::coord::Shift>,
    (from, to): (i32, i32),
    y: i32,
    colour: RGBColor,
) -> Drawn<B> {
    let mut begins = from;
    while begins < to {
        root.draw(&PathElement::new([(begins, y), ((begins + 8).min(to), y)], colour.stroke_width(1)))?;
        begins += 13;
    }
    Ok(())
}

fn label<B: DrawingBackend>(
    root: &DrawingArea<B, plotters::coord::Shift>,
    text: &str,
    at: (i32, i32),
    colour: RGBColor,
    side: HPos,
) -> Drawn<B> {
    let style = (FONT, LETTERS).into_text_style(root).color(&colour).pos(Pos::new(side, VPos::Center));
    root.draw(&Text::new(text.to_owned(), at, style))
}

/// Moves labels apart until none overlap.
fn spread(mut labels: Vec<(i32, String, RGBColor)>) -> Vec<(i32, String, RGBColor)> {
    labels.sort_by_key(|(at, _, _)| *at);
    let mut free = TOP - 6;
    for (at, _, _) in &mut labels {
        *at = (*at).max(free);
        free = *at + LINE;
    }
    let mut free = BOTTOM + 8;
    for (at, _, _) in labels.iter_mut().rev() {
        *at = (*at).min(free);
        free = *at - LINE;
    }
    labels
}

fn pixels(share: f64, of: i32) -> i32 {
    (share * f64::from(of)).round() as i32
}

fn float(number: Number) -> f64 {
    number.decimal().to_f64().unwrap_or_default()
}
