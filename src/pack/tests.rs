//! Properties of all formats, and the effect of hostile text on each. PDFs need the press:
//! `cargo build -p okr-ledger-press`, unless the tests of the whole workspace are run.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::process::{Command, Stdio};

use calamine::{Data, Reader as _, Xlsx};
use rust_decimal::prelude::ToPrimitive as _;

use super::testing::{HOSTILE, empty, quarter, written_all_over};
use super::{Format, PRINTED_MAX, Pack, SHEET_ROWS_MAX, csv};

fn hostile() -> impl Iterator<Item = (String, Pack)> {
    let long = ["x".repeat(10_000), "word ".repeat(2_000).trim_end().to_owned()];
    HOSTILE.iter().map(|text| (*text).to_owned()).chain(long).map(|text| (text.clone(), written_all_over(&text)))
}

fn text(pack: &Pack, format: Format) -> String {
    String::from_utf8(pack.write(format).unwrap()).unwrap()
}

/// Reads a CSV as rows by column names.
fn rows(pack: &Pack) -> Vec<BTreeMap<String, String>> {
    let written = pack.write(Format::Csv).unwrap();
    ::csv::Reader::from_reader(written.as_slice()).deserialize().map(|row| row.unwrap()).collect()
}

fn workbook(pack: &Pack) -> Xlsx<Cursor<Vec<u8>>> {
    Xlsx::new(Cursor::new(pack.write(Format::Xlsx).unwrap())).unwrap()
}

#[test]
fn the_same_pack_has_the_same_bytes_in_every_format() {
    let written = |pack: Pack| Format::ALL.map(|format| pack.write(format).unwrap());
    let first = written(quarter());
    // A format that noted the time would note it to the second.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    for ((format, first), again) in Format::ALL.into_iter().zip(first).zip(written(quarter())) {
        assert!(first == again, "{format}");
    }
}

#[test]
fn a_cycle_without_goals_has_a_pack() {
    for (format, written) in Format::ALL.map(|format| (format, empty().write(format).unwrap())) {
        assert!(!written.is_empty(), "{format}");
    }
}

#[test]
fn a_pack_that_a_format_cannot_take_is_refused_before_it_is_laid_out() {
    let mut pack = quarter();
    let key_result = pack.board.objectives[0].key_results[0].clone();
    pack.board.objectives[0].key_results = vec![key_result; PRINTED_MAX + 1];
    let told = pack.write(Format::Pdf).unwrap_err().to_string();
    assert!(
        told.starts_with("2001 key results are too many for pdf, which can contain at most 2000: filter by team"),
        "{told}"
    );
    assert!(Format::ALL.into_iter().filter(|format| *format != Format::Pdf).all(|format| pack.fits(format).is_ok()));
    pack.board.objectives[0].key_results.pop();
    assert!(pack.fits(Format::Pdf).is_ok());

    let check_in = pack.check_ins[0].clone();
    pack.check_ins = vec![check_in; SHEET_ROWS_MAX + 1];
    let told = pack.write(Format::Xlsx).unwrap_err().to_string();
    assert!(told.starts_with("1048576 check-ins are too many for xlsx, which can contain at most 1048575"), "{told}");
    pack.check_ins.pop();
    assert!(pack.fits(Format::Xlsx).is_ok());
}

#[test]
fn a_csv_tells_the_board_and_begins_no_formula() {
    let rows_of_quarter = rows(&quarter());
    let cac = &rows_of_quarter[1];
    let told = ["key_result", "baseline", "target", "original_target", "current", "stale", "as_of_seq"];
    assert_eq!(told.map(|name| cac[name].as_str()), ["KR-2", "1100", "850", "800", "-1050.5", "true", "13"]);
    for (text, pack) in hostile() {
        for row in rows(&pack) {
            for name in ["objective_title", "objective_owner", "title", "owner", "metric", "unit"] {
                assert_eq!(csv::read_back(&row[name]), text, "{name}");
                assert!(!row[name].starts_with(['=', '+', '-', '@', '\t', '\r']), "{name}: {}", row[name]);
            }
            assert!(row["baseline"].parse::<f64>().is_ok());
        }
        let blockers: Vec<String> = rows(&pack).iter().map(|row| csv::read_back(&row["blockers"])).collect();
        assert_eq!(blockers, [text.as_str(), ""]);
    }
}

#[test]
fn a_workbook_has_the_boards_figures_as_numbers_and_its_days_as_dates() {
    let pack = quarter();
    let mut book = workbook(&pack);
    assert_eq!(book.sheet_names(), ["Summary", "Board", "Check-ins", "Adjustments", "Restatements", "Confidence"]);
    let board = book.worksheet_range("Board").unwrap();
    let column = |name: &str| {
        let head = board.rows().next().unwrap();
        head.iter().position(|cell| *cell == Data::String(name.to_owned())).unwrap()
    };
    for (n, key_result) in pack.board.objectives[0].key_results.iter().enumerate() {
        let row = board.rows().nth(n + 1).unwrap();
        for (name, figure) in [
            ("Baseline", key_result.baseline),
            ("Target", key_result.target),
            ("Original target", key_result.original_target),
            ("Current", key_result.current),
            ("Progress", key_result.progress),
            ("Computed", key_result.score.computed),
            ("Graded", key_result.score.graded),
            ("Final", key_result.score.last),
            ("Confidence", key_result.confidence),
            ("Before", key_result.previous_confidence),
        ] {
            let wanted = figure.map_or(Data::Empty, |figure| Data::Float(figure.decimal().to_f64().unwrap()));
            assert_eq!(row[column(name)], wanted, "{name} of {}", key_result.given);
        }
        let heard = match &row[column("Last check-in")] {
            Data::DateTime(at) => at.as_datetime().map(|at| at.date()),
            other => panic!("{other:?}"),
        };
        assert_eq!(heard, key_result.last_check_in_on);
    }
    let adjustments = book.worksheet_range("Adjustments").unwrap();
    let eased = adjustments.rows().nth(1).unwrap();
    assert_eq!((&eased[7], &eased[8]), (&Data::Float(800.0), &Data::Float(850.0)));
    let check_ins = book.worksheet_range("Check-ins").unwrap();
    assert_eq!(check_ins.rows().count(), 1 + pack.check_ins.len());
}

#[test]
fn a_workbook_holds_text_as_text() {
    for (text, pack) in hostile() {
        let mut book = workbook(&pack);
        let texts = [("Board", 1), ("Board", 3), ("Board", 4), ("Board", 20), ("Adjustments", 10), ("Adjustments", 11)];
        for (sheet, column) in texts {
            let range = book.worksheet_range(sheet).unwrap();
            assert_eq!(range.rows().nth(1).unwrap()[column], Data::String(text.clone()), "{sheet} {column}");
        }
        for sheet in book.sheet_names() {
            assert!(
                book.worksheet_formula(&sheet).unwrap().cells().all(|(_, _, formula)| formula.is_empty()),
                "{sheet}"
            );
        }
    }
}

#[test]
fn an_office_reads_the_boards_figures() {
    let pack = quarter();
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("board.xlsx");
    std::fs::write(&book, pack.write(Format::Xlsx).unwrap()).unwrap();
    // Export each sheet to a file, each cell with all of its digits.
    let ran = Command::new("soffice")
        .arg(format!("-env:UserInstallation=file://{}/profile", folder.path().display()))
        .args([
            "--headless",
            "--convert-to",
            "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1",
        ])
        .arg("--outdir")
        .args([folder.path(), &book])
        .output();
    if ran.is_err() {
        eprintln!("NOT TESTED: there is no LibreOffice here");
        return;
    }
    let board = std::fs::read(folder.path().join("board-Board.csv")).unwrap();
    let rows = ::csv::Reader::from_reader(board.as_slice()).into_deserialize::<BTreeMap<String, String>>();
    for (row, key_result) in rows.zip(&pack.board.objectives[0].key_results) {
        let row = row.unwrap();
        assert_eq!(row["Key result"], key_result.given.to_string());
        for (name, figure) in [
            ("Baseline", key_result.baseline),
            ("Target", key_result.target),
            ("Current", key_result.current),
            ("Final", key_result.score.last),
            ("Confidence", key_result.confidence),
        ] {
            assert_eq!(row[name].parse().ok(), figure, "{name} of {}", key_result.given);
        }
    }
}

#[test]
fn a_page_holds_text_as_text_and_fetches_nothing() {
    let wholesome = text(&quarter(), Format::Html);
    assert!(wholesome.contains("default-src 'none'") && !wholesome.contains("<script"), "{wholesome}");
    let tags = |page: &str| page.matches('<').count();
    let wanted = tags(&text(&written_all_over("plain"), Format::Html));
    for (written, pack) in hostile() {
        let page = text(&pack, Format::Html);
        assert_eq!(tags(&page), wanted, "{written:.60}");
        assert!(!page.contains(" src=") || written.contains(" src="), "{written:.60}");
        assert!(page.contains(written.trim().split(['<', '&', '"', '\n']).next().unwrap()), "{written:.60}");
    }
}

#[test]
fn markdown_keeps_text_in_its_cells() {
    // The page must have the same lines with the same cells for every text.
    let shape = |page: &str| -> Vec<usize> {
        let bars = |line: &str| line.replace("\\|", "").matches('|').count();
        page.lines().map(bars).collect()
    };
    let wanted = shape(&text(&written_all_over("plain"), Format::Md));
    for (_, pack) in hostile() {
        let page = text(&pack, Format::Md);
        assert_eq!(shape(&page), wanted, "{page}");
        assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
    }
}

#[test]
fn print_holds_text_as_text() {
    for (written, pack) in hostile() {
        let pdf = pack.write(Format::Pdf).unwrap();
        assert!(pdf.starts_with(b"%PDF-"), "{written:.60}");
        let Some(read) = read(&pdf) else { continue };
        // Letters missing from all fonts must be explained.
        assert_eq!(read.contains("stands for each"), written.contains('成'), "{read:.2000}");
        let squeezed = |text: &str| text.replace([' ', '\n', '\u{200b}'], "");
        if written.is_ascii() && !written.contains('\t') {
            let from = squeezed(&written).chars().take(40).collect::<String>();
            assert!(squeezed(&read).contains(&from), "no `{from}` in {read:.2000}");
        }
    }
}

#[test]
fn print_tells_the_quarter() {
    let Some(read) = read(&quarter().write(Format::Pdf).unwrap()) else { return };
    for wanted in [
        "as of event 13",
        "Key result cac",
        "was 800",
        "Advertising prices rose for everyone in May",
        "Billing is down",
        "May board",
        "knowing up to event 11",
    ] {
        assert!(read.contains(wanted), "no `{wanted}` in {read}");
    }
}

/// Extracts the text of a PDF if `pdftotext` is installed.
fn read(pdf: &[u8]) -> Option<String> {
    let mut command = Command::new("pdftotext");
    let child = command.args(["-layout", "-", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = child else {
        eprintln!("NOT TESTED: there is no pdftotext here");
        return None;
    };
    child.stdin.take().unwrap().write_all(pdf).unwrap();
    Some(String::from_utf8_lossy(&child.wait_with_output().unwrap().stdout).into_owned())
}
