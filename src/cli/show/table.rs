//! Tables with a single rule, under the header.

use comfy_table::{
    Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, LineStyle, Row, Table, TableStyle, Width,
};
use projections::ask::Standing;

use super::figure;
use crate::cli::screen::Style;
use crate::markdown;

const RULED: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─'));

/// Creates a table with a header.
pub(super) fn ruled(style: Style, header: &[&str]) -> Table {
    let mut table = plain(style);
    table.load_style(RULED).set_header(header.iter().map(Cell::new).collect::<Vec<_>>());
    table
}

/// Creates a table without rules.
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

/// Keeps columns as wide as their content; other columns shrink instead.
pub(super) fn unbroken(table: &mut Table, columns: impl IntoIterator<Item = usize>) {
    for column in columns {
        if let Some(column) = table.column_mut(column) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
}

pub(super) fn width_of(table: &mut Table, column: usize, width: u16) {
    if let Some(column) = table.column_mut(column) {
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
    }
}

/// Sets a column's width, with a blank before it only.
pub(super) fn close(table: &mut Table, column: usize, width: u16) {
    width_of(table, column, width);
    if let Some(column) = table.column_mut(column) {
        column.set_padding((1, 0));
    }
}

/// Returns the table's lines without trailing blanks.
pub(super) fn lines(table: &Table) -> Vec<String> {
    if table.width() == Some(Style::MARKDOWN.width) {
        return markdown(table);
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

/// Returns the table in Markdown: one line per row, whatever the cells contain.
fn markdown(table: &Table) -> Vec<String> {
    let cells = |row: &Row| row.cell_iter().map(|cell| cell.content()).collect::<Vec<_>>();
    let rows: Vec<Vec<String>> = table.row_iter().map(cells).collect();
    let mut header: Vec<String> = table.header().map(cells).unwrap_or_default();
    header.resize(rows.iter().map(Vec::len).max().unwrap_or_default().max(header.len()), String::new());
    // comfy_table does not expose a column's alignment, so columns of figures are recognised by their content.
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

/// Lays out labelled texts as an indented block, each text wrapped beside its label.
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

/// Joins short statements with dots, indented; lines break between statements only.
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

/// Lays out sentences as items, each wrapped behind its bullet.
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

/// Returns a cell in the colour of its status.
pub(super) fn status(status: Standing, text: String) -> Cell {
    let cell = Cell::new(text);
    match status {
        Standing::OnTrack => cell.fg(Color::Green),
        Standing::AtRisk => cell.fg(Color::Yellow),
        Standing::Behind => cell.fg(Color::Red),
        Standing::Unknown => cell,
    }
}
