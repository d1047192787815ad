//! Cells and their formats.

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use events::{Moment, Number};
use projections::rows::JsonText;
use rust_decimal::prelude::ToPrimitive as _;
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Worksheet, XlsxError};

use crate::figure;

/// Most characters of a cell. Source: Excel's specifications and limits.
const CHARS_MAX: usize = 32_767;

#[derive(Debug, Clone)]
pub(super) enum Cell {
    Text(String),
    Figure(Number),
    Share(Option<Number>),
    Score(Option<Number>),
    Whole(u64),
    Day(NaiveDate),
    Moment(NaiveDateTime),
    Yes(bool),
    Nothing,
}

pub(super) fn text(text: &str) -> Cell {
    if text.is_empty() { Cell::Nothing } else { Cell::Text(truncated(text)) }
}

pub(super) fn figure(number: Option<Number>) -> Cell {
    number.map_or(Cell::Nothing, Cell::Figure)
}

pub(super) fn day(day: Option<NaiveDate>) -> Cell {
    day.map_or(Cell::Nothing, Cell::Day)
}

/// Returns a cell with a moment in UTC, to the second.
pub(super) fn moment(at: Option<Moment>) -> Cell {
    let to_the_second = |at: Moment| DateTime::from_timestamp(at.utc().timestamp(), 0);
    at.and_then(to_the_second).map_or(Cell::Nothing, |at| Cell::Moment(at.naive_utc()))
}

/// Returns a cell with a changed value, as a number if it is one.
pub(super) fn json(value: Option<&JsonText>) -> Cell {
    let Some(value) = value else { return Cell::Nothing };
    match serde_json::from_str::<Number>(value.as_str()) {
        Ok(number) => Cell::Figure(number),
        Err(_) if value.as_str() == "null" => Cell::Nothing,
        Err(_) => text(&figure::json(value)),
    }
}

/// Cuts a text to the length of a cell. Excel counts UTF-16 units.
pub(super) fn truncated(text: &str) -> String {
    let mut room = CHARS_MAX;
    let fits = |character: &char| {
        let needs = character.len_utf16();
        let fits = needs <= room;
        room = room.saturating_sub(needs);
        fits
    };
    text.chars().take_while(fits).collect()
}

/// The formats of cells.
pub(super) struct CellFormats {
    pub(super) title: Format,
    pub(super) label: Format,
    head: Format,
    text: Format,
    figure: Format,
    share: Format,
    score: Format,
    day: Format,
    moment: Format,
}

impl CellFormats {
    pub(super) fn new() -> CellFormats {
        let cell = || Format::new().set_align(FormatAlign::Top);
        CellFormats {
            title: Format::new().set_bold().set_font_size(16.0),
            label: cell().set_font_color(Color::RGB(0x5b_6675)),
            head: Format::new()
                .set_bold()
                .set_text_wrap()
                .set_align(FormatAlign::VerticalCenter)
                .set_indent(1)
                .set_background_color(Color::RGB(0x0b_5a8a))
                .set_font_color(Color::White)
                .set_border_bottom(FormatBorder::Thin),
            text: cell().set_text_wrap().set_indent(1),
            figure: cell().set_align(FormatAlign::Right),
            share: cell().set_num_format("0%"),
            score: cell().set_num_format("0.00"),
            day: cell().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Left).set_indent(1),
            moment: cell().set_num_format("yyyy-mm-dd hh:mm").set_align(FormatAlign::Left).set_indent(1),
        }
    }

    /// Creates formats for facts of mixed types in one column, aligned next to their names.
    pub(super) fn of_facts() -> CellFormats {
        let CellFormats { figure, share, score, .. } = CellFormats::new();
        let [figure, share, score] =
            [figure, share, score].map(|format| format.set_align(FormatAlign::Left).set_indent(1));
        CellFormats { figure, share, score, ..CellFormats::new() }
    }

    /// Writes a cell. Text is written as text, whatever it looks like.
    pub(super) fn write(&self, sheet: &mut Worksheet, row: u32, column: u16, cell: &Cell) -> Result<(), XlsxError> {
        match cell {
            Cell::Text(text) => sheet.write_string_with_format(row, column, text, &self.text)?,
            Cell::Figure(number) => sheet.write_number_with_format(row, column, float(*number), &self.figure)?,
            Cell::Share(Some(share)) => sheet.write_number_with_format(row, column, float(*share), &self.share)?,
            Cell::Score(Some(score)) => sheet.write_number_with_format(row, column, float(*score), &self.score)?,
            // A cell is exact up to 2^53; no ledger has that many events.
            Cell::Whole(whole) => sheet.write_number_with_format(row, column, *whole as f64, &self.figure)?,
            Cell::Day(day) => match is_of_excels_calendar(*day) {
                true => sheet.write_datetime_with_format(row, column, *day, &self.day)?,
                false => sheet.write_string_with_format(row, column, day.to_string(), &self.text)?,
            },
            Cell::Moment(at) => match is_of_excels_calendar(at.date()) {
                true => sheet.write_datetime_with_format(row, column, *at, &self.moment)?,
                false => sheet.write_string_with_format(row, column, at.to_string(), &self.text)?,
            },
            Cell::Yes(yes) => sheet.write_boolean_with_format(row, column, *yes, &self.text)?,
            Cell::Share(None) | Cell::Score(None) | Cell::Nothing => sheet,
        };
        Ok(())
    }

    pub(super) fn row(&self, sheet: &mut Worksheet, row: u32, cells: &[Cell]) -> Result<(), XlsxError> {
        cells.iter().zip(0..).try_for_each(|(cell, column)| self.write(sheet, row, column, cell))
    }

    pub(super) fn header(&self, sheet: &mut Worksheet, row: u32, names: &[&str]) -> Result<(), XlsxError> {
        for (name, column) in names.iter().zip(0..) {
            sheet.write_string_with_format(row, column, *name, &self.head)?;
        }
        Ok(())
    }

    pub(super) fn widths(&self, sheet: &mut Worksheet, widths: &[f64]) -> Result<(), XlsxError> {
        for (width, column) in widths.iter().zip(0..) {
            sheet.set_column_width(column, *width)?;
        }
        Ok(())
    }

    /// Writes the header of a sheet that is one table, and freezes it.
    pub(super) fn table_head(&self, sheet: &mut Worksheet, head: &[(&str, f64)]) -> Result<(), XlsxError> {
        self.header(sheet, 0, &head.iter().map(|(name, _)| *name).collect::<Vec<_>>())?;
        self.widths(sheet, &head.iter().map(|(_, width)| *width).collect::<Vec<_>>())?;
        sheet.set_row_height(0, 30)?;
        sheet.set_freeze_panes(1, 0)?;
        Ok(())
    }

    /// Adds the filter and the print settings to a complete table.
    pub(super) fn finish(&self, sheet: &mut Worksheet, last_row: u32, head: &[(&str, f64)]) -> Result<(), XlsxError> {
        let last_column = u16::try_from(head.len()).unwrap_or(u16::MAX).saturating_sub(1);
        sheet.autofilter(0, 0, last_row, last_column)?;
        self.print(sheet, Some(0));
        Ok(())
    }

    /// Sets up printing: landscape, one page wide, with the header on every page.
    pub(super) fn print(&self, sheet: &mut Worksheet, header: Option<u32>) {
        sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
        if let Some(header) = header {
            // Fails only for rows outside the sheet.
            _ = sheet.set_repeat_rows(header, header);
        }
    }
}

/// Returns true for dates in Excel's calendar.
fn is_of_excels_calendar(day: NaiveDate) -> bool {
    (1900..=9999).contains(&chrono::Datelike::year(&day))
}

/// Returns the nearest number in a workbook's precision.
fn float(number: Number) -> f64 {
    number.decimal().to_f64().unwrap_or_default()
}
