//! The pack as a workbook: figures are numbers, days are dates, and text is text, never a formula.
//!
//! ```text
//! Summary       position in the history, figures, objectives, a chart of their scores
//! Board         one row per key result
//! Check-ins     one row each
//! Adjustments   one row each, with reasons
//! Restatements  reported figures with later corrections, if there are reports
//! Confidence    objectives and key results by weeks, a chart of the objectives
//! ```

mod cells;
mod sheets;

use projections::ask::{BoardObjective, ConfidenceLine, LineKind};
use rust_xlsxwriter::{
    Chart, ChartEmptyCells, ChartSolidFill, ChartType, Color, DocProperties, ExcelDateTime, Workbook, Worksheet,
    XlsxError,
};

use self::cells::{Cell, CellFormats, day, figure, moment, text};
use super::Pack;
use crate::figure;

pub(super) fn write(pack: &Pack) -> Result<Vec<u8>, String> {
    book(pack).map_err(|error| error.to_string())
}

fn book(pack: &Pack) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let formats = CellFormats::new();
    let mut properties = DocProperties::new().set_title(pack.title()).set_author(&pack.organisation);
    // The creation date comes from the ledger, because the bytes must not depend on a clock.
    let dated = pack.dated().map_or(0, |at| at.utc().timestamp());
    properties = properties.set_creation_datetime(&ExcelDateTime::from_timestamp(dated)?);
    book.set_properties(&properties.set_comment(pack.as_of_words()));
    summary(book.add_worksheet().set_name("Summary")?, pack, &formats)?;
    board(book.add_worksheet().set_name("Board")?, pack, &formats)?;
    sheets::check_ins(book.add_worksheet().set_name("Check-ins")?, pack, &formats)?;
    sheets::adjustments(book.add_worksheet().set_name("Adjustments")?, pack, &formats)?;
    if !pack.restatements.is_empty() {
        sheets::restatements(book.add_worksheet().set_name("Restatements")?, pack, &formats)?;
    }
    confidence(book.add_worksheet().set_name("Confidence")?, pack, &formats)?;
    book.save_to_buffer()
}

fn summary(sheet: &mut Worksheet, pack: &Pack, formats: &CellFormats) -> Result<(), XlsxError> {
    let board = &pack.board;
    let (cycle, counts) = (&board.cycle, &board.counts);
    formats.widths(sheet, &[22.0, 60.0, 22.0, 12.0, 12.0, 12.0, 14.0, 12.0])?;
    sheet.write_string_with_format(0, 0, cells::truncated(&pack.organisation), &formats.title)?;
    let mut facts = vec![
        ("Cycle", text(cycle.title.as_str())),
        ("State", text(cycle.state.as_str())),
        ("From", day(Some(cycle.starts_on))),
        ("To", day(Some(cycle.ends_on))),
        ("Gone", Cell::Share(Some(cycle.elapsed))),
        ("Last event known", Cell::Whole(board.as_of.seq)),
        ("Recorded (UTC)", moment(board.as_of.recorded_at)),
    ];
    facts.extend(pack.on.map(|on| ("What was true on", day(Some(on)))));
    facts.extend(pack.part().map(|part| ("Part", text(&part))));
    facts.extend([
        ("Score", Cell::Score(board.score)),
        ("Computed score", Cell::Score(board.computed_score)),
        ("Grade", text(board.grade.as_ref().map_or("", |grade| grade.as_str()))),
        ("Confidence", figure(board.confidence)),
        ("Key results", Cell::Whole(counts.key_results.into())),
        ("On track", Cell::Whole(counts.on_track.into())),
        ("At risk", Cell::Whole(counts.at_risk.into())),
        ("Behind", Cell::Whole(counts.behind.into())),
        ("Unknown", Cell::Whole(counts.unknown.into())),
        ("Stale", Cell::Whole(counts.stale.into())),
        ("Adjusted", Cell::Whole(counts.adjusted.into())),
        ("Retired", Cell::Whole(counts.retired.into())),
    ]);
    let mut row = 1;
    let fact_formats = CellFormats::of_facts();
    for (name, fact) in facts {
        sheet.write_string_with_format(row, 0, name, &formats.label)?;
        fact_formats.write(sheet, row, 1, &fact)?;
        row += 1;
    }
    row += 1;
    formats.header(sheet, row, &["Ref", "Objective", "Owner", "Score", "Computed", "Confidence", "Status", "State"])?;
    let first = row + 1;
    for objective in &board.objectives {
        row += 1;
        let cells = [
            text(&objective.given.to_string()),
            text(objective.title.as_str()),
            text(objective.owner.as_str()),
            Cell::Score(objective.score),
            Cell::Score(objective.computed_score),
            figure(objective.confidence),
            text(&figure::status(objective.status)),
            text(objective.state.as_str()),
        ];
        formats.row(sheet, row, &cells)?;
    }
    if row >= first {
        let mut chart = Chart::new(ChartType::Bar);
        for (column, name, color) in [(3, "Score", 0x0b_5a8a), (4, "Computed", 0x9d_b8c9)] {
            let series = chart.add_series();
            series
                .set_categories(("Summary", first, 0, row, 0))
                .set_values(("Summary", first, column, row, column))
                .set_format(ChartSolidFill::new().set_color(Color::RGB(color)))
                .set_name(name);
        }
        chart.title().set_name("Scores of objectives");
        chart.x_axis().set_min(0.0).set_max(1.0);
        chart.y_axis().set_reverse();
        sheet.insert_chart(1, 2, chart.set_width(560).set_height(380))?;
    }
    formats.print(sheet, None);
    Ok(())
}

fn board(sheet: &mut Worksheet, pack: &Pack, formats: &CellFormats) -> Result<(), XlsxError> {
    let head = [
        ("Objective", 9.0),
        ("Objective title", 36.0),
        ("Key result", 9.0),
        ("Title", 46.0),
        ("Owner", 18.0),
        ("Unit", 12.0),
        ("Kind", 11.0),
        ("Baseline", 12.0),
        ("Target", 12.0),
        ("Original target", 13.0),
        ("Current", 12.0),
        ("Progress", 10.0),
        ("Computed", 10.0),
        ("Graded", 10.0),
        ("Final", 10.0),
        ("Confidence", 11.0),
        ("Before", 9.0),
        ("Status", 11.0),
        ("Last check-in", 13.0),
        ("Stale", 8.0),
        ("Blockers", 40.0),
        ("Adjustments", 12.0),
        ("State", 11.0),
    ];
    let mut row = 0;
    formats.table_head(sheet, &head)?;
    for objective in &pack.board.objectives {
        for key_result in &objective.key_results {
            row += 1;
            let metric = &key_result.metric;
            let blockers: Vec<&str> = key_result.blockers.iter().map(|blocker| blocker.as_str()).collect();
            let mut cells = beginning(objective).to_vec();
            cells.extend([
                text(&key_result.given.to_string()),
                text(key_result.title.as_str()),
                text(key_result.owner.as_str()),
                text(metric.unit.as_ref().map_or("", |unit| unit.as_str())),
                text(metric.kind.as_str()),
                figure(key_result.baseline),
                figure(key_result.target),
                figure(key_result.original_target),
                figure(key_result.current),
                Cell::Share(key_result.progress),
                Cell::Score(key_result.score.computed),
                Cell::Score(key_result.score.graded),
                Cell::Score(key_result.score.last),
                figure(key_result.confidence),
                figure(key_result.previous_confidence),
                text(&figure::status(key_result.status)),
                day(key_result.last_check_in_on),
                Cell::Yes(key_result.stale),
                text(&blockers.join("\n")),
                Cell::Whole(key_result.adjustments.into()),
                text(key_result.state.as_str()),
            ]);
            formats.row(sheet, row, &cells)?;
        }
    }
    formats.finish(sheet, row, &head)
}

fn beginning(objective: &BoardObjective) -> [Cell; 2] {
    [text(&objective.given.to_string()), text(objective.title.as_str())]
}

/// Most series of a chart. Source: Excel's specifications and limits.
const SERIES_MAX: usize = 255;

/// Returns true if a chart with this many lines shows those of this kind. Above Excel's limit only the cycle is shown.
fn is_drawn(kind: LineKind, lines: usize) -> bool {
    match kind {
        LineKind::KeyResult => false,
        LineKind::Objective => lines <= SERIES_MAX,
        LineKind::Cycle => true,
    }
}

fn confidence(sheet: &mut Worksheet, pack: &Pack, formats: &CellFormats) -> Result<(), XlsxError> {
    let numbers = pack.week_numbers();
    let names: Vec<String> = numbers.iter().map(|week| format!("w{week}")).collect();
    let mut head = vec![("Ref", 9.0), ("Goal", 50.0)];
    head.extend(names.iter().map(|name| (name.as_str(), 6.5)));
    formats.table_head(sheet, &head)?;
    let mut lines: Vec<&ConfidenceLine> =
        pack.weeks.iter().flat_map(|line| std::iter::once(line).chain(&line.parts)).collect();
    lines.extend(&pack.confidence);
    let last_column = u16::try_from(head.len()).unwrap_or(u16::MAX).saturating_sub(1);
    let mut chart = Chart::new(ChartType::Line);
    let charted = lines.iter().filter(|line| line.kind != LineKind::KeyResult).count();
    let (mut row, mut series) = (0, 0);
    for line in lines {
        row += 1;
        let name = line.given.map_or_else(|| "all".to_owned(), |given| given.to_string());
        let mut cells = vec![text(&name), text(line.title.as_str())];
        cells.extend((0..numbers.len()).map(|n| figure(line.weeks.get(n).and_then(|week| week.confidence))));
        formats.row(sheet, row, &cells)?;
        if is_drawn(line.kind, charted) && !numbers.is_empty() {
            let weeks = chart.add_series();
            weeks.set_categories(("Confidence", 0, 2, 0, last_column));
            weeks.set_values(("Confidence", row, 2, row, last_column)).set_name(&name);
            series += 1;
        }
    }
    formats.finish(sheet, row, &head)?;
    if series > 0 {
        chart.title().set_name("Confidence by week");
        chart.y_axis().set_min(0.0).set_max(10.0);
        // A week without check-ins is a gap, not a drop to zero.
        chart.show_empty_cells_as(ChartEmptyCells::Connected);
        sheet.insert_chart(row + 2, 1, chart.set_width(760).set_height(340))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_more_lines_than_a_chart_can_have_only_that_of_the_whole_is_drawn() {
        let drawn =
            |lines| [LineKind::Cycle, LineKind::Objective, LineKind::KeyResult].map(|kind| is_drawn(kind, lines));
        assert_eq!([drawn(255), drawn(256)], [[true, true, false], [true, false, false]]);
    }
}
