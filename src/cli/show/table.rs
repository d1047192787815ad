//! Tables: one line under the header, and nothing else that is not data.

use comfy_table::{
    Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, LineStyle, Row, Table, TableStyle, Width,
};
use projections::ask::Standing;

use super::figure;
use crate::cli::screen::Style;
use crate::markdown;

const RULED: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─'));

/// A table with a header.
pub(super) fn ruled(style: Style, header: &[&str]) -> Table {
    let mut table = plain(style);
    table.load_style(RULED).set_header(header.iter().map(Cell::new).collect::<Vec<_>>());
    table
}

/// A table without lines.
pub(super) fn plain(style: Style) -> Table {
    let mut table = Table::new();
    table.force_no_tty().set_width(style.width).set_content_arrangement(ContentArrangement::Dynamic);
    table.load_style(TableStyle::new());
    if style.is_colourful {
        table.enforce_styling();
    }
    table
}

/// Aligns columns of figures to the right.
pub(super) fn figures_in(table: &mut Table, columns: impl IntoIterator<Item = usize>) {
    for column in columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// Keeps columns as wide as what is in them: others give way.
pub(super) fn unbroken(table: &mut Table, columns: impl IntoIterator<Item = usize>) {
    for column in columns {
        if let Some(column) = table.column_mut(column) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
}

/// Gives a column a width.
pub(super) fn width_of(table: &mut Table, column: usize, width: u16) {
    if let Some(column) = table.column_mut(column) {
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
    }
}

/// Gives a column a width, with a blank before it only.
pub(super) fn close(table: &mut Table, column: usize, width: u16) {
    width_of(table, column, width);
    if let Some(column) = table.column_mut(column) {
        column.set_padding((1, 0));
    }
}

/// The table's lines, without blanks at their ends.
pub(super) fn lines(table: &Table) -> Vec<String> {
    if table.width() == Some(Style::MARKDOWN.width) {
        return markdown(table);
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

/// The table in Markdown: one line a row, whatever is in its cells.
fn markdown(table: &Table) -> Vec<String> {
    let cells = |row: &Row| row.cell_iter().map(|cell| cell.content()).collect::<Vec<_>>();
    let rows: Vec<Vec<String>> = table.row_iter().map(cells).collect();
    let mut header: Vec<String> = table.header().map(cells).unwrap_or_default();
    header.resize(rows.iter().map(Vec::len).max().unwrap_or_default().max(header.len()), String::new());
    // A table does not tell how its columns are aligned: those of figures are told by what is in them.
    let is_figure = |text: &String| text.chars().all(|c| c.is_ascii_digit() || " .,%–-()".contains(c));
    let rule = (0..header.len()).map(|column| {
        let is_figures = !rows.is_empty() && rows.iter().filter_map(|row| row.get(column)).all(is_figure);
        if is_figures { "---:".to_owned() } else { "---".to_owned() }
    });
    let rule: Vec<String> = rule.collect();
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let text = |cells: Vec<String>| line(cells.iter().map(|cell| markdown::cell(cell)).collect());
    [text(header), line(rule)].into_iter().chain(rows.into_iter().map(text)).collect()
}

/// A block of labelled texts, indented, each text wrapped beside its label.
pub(super) fn labelled(style: Style, rows: &[(&str, String)]) -> String {
    if style.is_markdown() {
        let item = |(label, text): &(&str, String)| format!("- {} {}", style.text(label), style.text(text));
        return format!("\n{}\n", rows.iter().map(item).collect::<Vec<_>>().join("\n"));
    }
    let mut table = plain(style);
    for (label, text) in rows {
        table.add_row([Cell::new(label), Cell::new(figure::one_line(text))]);
    }
    if let Some(label) = table.column_mut(0) {
        label.set_padding((5, 1));
        label.set_constraint(ColumnConstraint::ContentWidth);
    }
    lines(&table).join("\n")
}

/// Short statements one after the other, indented, broken between them where a line is full.
pub(super) fn flowing(parts: &[String], indent: usize, style: Style) -> String {
    let mut text = String::new();
    let mut room = 0;
    for part in parts {
        let wide = part.chars().count() + 3;
        if text.is_empty() || wide > room {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&" ".repeat(indent));
            room = usize::from(style.width).saturating_sub(indent + wide - 3);
        } else {
            text.push_str(" · ");
            room -= wide;
        }
        text.push_str(part);
    }
    text
}

/// Sentences, one an item, each wrapped behind its mark.
pub(super) fn sentences(says: &[String], style: Style) -> String {
    if style.is_markdown() {
        return says.iter().map(|says| format!("- {}", style.paragraph(says))).collect::<Vec<_>>().join("\n");
    }
    let mut table = plain(style);
    for says in says {
        table.add_row([Cell::new("·"), Cell::new(figure::one_line(says))]);
    }
    if let Some(mark) = table.column_mut(0) {
        mark.set_padding((1, 0));
        mark.set_constraint(ColumnConstraint::ContentWidth);
    }
    lines(&table).join("\n")
}

/// A status, coloured by what it means.
pub(super) fn status(status: Standing, text: String) -> Cell {
    let cell = Cell::new(text);
    match status {
        Standing::OnTrack => cell.fg(Color::Green),
        Standing::AtRisk => cell.fg(Color::Yellow),
        Standing::Behind => cell.fg(Color::Red),
        Standing::Unknown => cell,
    }
}
