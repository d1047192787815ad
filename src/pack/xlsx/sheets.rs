//! The sheets of past records: check-ins, adjustments, restatements.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::cells::{self, Cell, CellFormats, figure, moment, text};
use crate::figure;
use crate::pack::{Adjustment, CheckIn, Pack};

pub(super) fn check_ins(sheet: &mut Worksheet, pack: &Pack, formats: &CellFormats) -> Result<(), XlsxError> {
    let head = [
        ("Event", 9.0),
        ("Time (UTC)", 17.0),
        ("Recorded (UTC)", 17.0),
        ("Key result", 10.0),
        ("Title", 50.0),
        ("Value", 12.0),
        ("Confidence", 11.0),
        ("Corrected by", 14.0),
    ];
    formats.table_head(sheet, &head)?;
    let mut row = 0;
    for CheckIn { given, title, stated } in &pack.check_ins {
        row += 1;
        let corrected: Vec<String> = stated.corrected_by.iter().map(u64::to_string).collect();
        let cells = [
            Cell::Whole(stated.seq),
            moment(Some(stated.time)),
            moment(Some(stated.recorded_at)),
            text(&given.to_string()),
            text(title.as_str()),
            figure(stated.value),
            figure(stated.confidence.map(events::Confidence::number)),
            text(&corrected.join(", ")),
        ];
        formats.row(sheet, row, &cells)?;
    }
    formats.finish(sheet, row, &head)
}

pub(super) fn adjustments(sheet: &mut Worksheet, pack: &Pack, formats: &CellFormats) -> Result<(), XlsxError> {
    let head = [
        ("Event", 9.0),
        ("Time (UTC)", 17.0),
        ("Goal", 8.0),
        ("Title", 40.0),
        ("By", 20.0),
        ("What", 50.0),
        ("Field", 14.0),
        ("Before", 16.0),
        ("After", 16.0),
        ("Cause", 20.0),
        ("Why", 50.0),
        ("What changed outside", 50.0),
        ("Objective preserved", 12.0),
        ("Evidence", 40.0),
    ];
    formats.table_head(sheet, &head)?;
    let mut row = 0;
    for Adjustment { given, title, item, .. } in &pack.adjustments {
        // One row per field, so that formulas can use old and new values.
        for n in 0..item.changes.len().max(1) {
            row += 1;
            let change = item.changes.get(n);
            let why = item.justification.as_ref();
            let cells = [
                Cell::Whole(item.seq),
                moment(Some(item.time)),
                text(&given.to_string()),
                text(title.as_str()),
                text(item.actor.as_str()),
                text(&item.summary),
                text(change.map_or("", |change| change.field.as_str())),
                cells::json(change.map(|change| &change.from)),
                cells::json(change.map(|change| &change.to)),
                text(&why.map(|why| why.cause.as_str().replace('_', " ")).unwrap_or_default()),
                text(why.map_or("", |why| why.statement.as_str())),
                text(why.map_or("", |why| why.circumstances.as_str())),
                why.map_or(Cell::Nothing, |why| Cell::Yes(why.preserves_objective)),
                text(
                    &why.map(|why| why.evidence.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
                        .unwrap_or_default(),
                ),
            ];
            formats.row(sheet, row, &cells)?;
        }
    }
    formats.finish(sheet, row, &head)
}

pub(super) fn restatements(sheet: &mut Worksheet, pack: &Pack, formats: &CellFormats) -> Result<(), XlsxError> {
    let head = [
        ("Report", 16.0),
        ("Title", 30.0),
        ("Issued (UTC)", 17.0),
        ("Stands on", 10.0),
        ("Goal", 8.0),
        ("Goal title", 46.0),
        ("Figure", 20.0),
        ("Told", 14.0),
        ("Known now", 14.0),
        ("By events", 14.0),
    ];
    formats.table_head(sheet, &head)?;
    let mut row = 0;
    for told in &pack.restatements {
        for one in &told.figures {
            row += 1;
            let events: Vec<String> = one.events.iter().map(u64::to_string).collect();
            let cells = [
                text(told.report.id.as_str()),
                text(told.report.title.as_str()),
                moment(Some(told.report.time)),
                Cell::Whole(told.report.stands_on),
                text(&one.given.map(|given| given.to_string()).unwrap_or_default()),
                text(one.title.as_str()),
                text(&figure::field(&one.figure)),
                cells::json(Some(&one.reported)),
                cells::json(Some(&one.restated)),
                text(&events.join(", ")),
            ];
            formats.row(sheet, row, &cells)?;
        }
    }
    formats.finish(sheet, row, &head)
}
