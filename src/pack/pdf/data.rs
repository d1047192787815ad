//! The document of a pack: figures and texts as printed, charts as SVG. None of them contains markup.

use std::collections::BTreeMap;

use events::{Moment, SubjectId};
use press_document::{
    self as print, BoardPack, Date, Document, Format, KeyResult, Objective, Reason, Report, RestatedFigure,
    StatusCount, Weeks,
};
use projections::ask::{BoardKeyResult, BoardObjective, ConfidenceLine, Restatements};

use crate::figure;
use crate::pack::chart::Charts;
use crate::pack::{Adjustment, Pack, plain};

/// Most printed characters of a text in a list. Real texts are shorter; reasons are printed in full.
const TITLE_MAX: usize = 400;
const LINE_MAX: usize = 160;
const NAME_MAX: usize = 80;

pub(super) fn of(pack: &Pack) -> Result<Document, String> {
    Ok(Document { format: Format, dated: pack.dated().and_then(date), pack: values(pack)? })
}

fn date(at: Moment) -> Option<Date> {
    use chrono::{Datelike as _, Timelike as _};
    let at = at.utc();
    let part = |part: u32| u8::try_from(part).ok();
    Some(Date {
        year: at.year(),
        month: part(at.month())?,
        day: part(at.day())?,
        hour: part(at.hour())?,
        minute: part(at.minute())?,
        second: part(at.second())?,
    })
}

fn values(pack: &Pack) -> Result<BoardPack, String> {
    let board = &pack.board;
    let (cycle, counts) = (&board.cycle, &board.counts);
    let charts = Charts::of(pack);
    let mut adjusted: BTreeMap<&SubjectId, Vec<String>> = BTreeMap::new();
    for one in &pack.adjustments {
        let said = format!("{}: {}", one.given, part(&one.item.summary, TITLE_MAX));
        adjusted.entry(&one.objective).or_default().push(said);
    }
    let mut own = |id: &SubjectId| adjusted.remove(id).unwrap_or_default();
    let objectives =
        board.objectives.iter().map(|objective| of_objective(pack, &charts, objective, own(&objective.id)));
    let objectives = objectives.collect::<Result<Vec<Objective>, String>>()?;
    let numbers = pack.week_numbers();
    let mut weeks: Vec<Weeks> = pack
        .weeks
        .iter()
        .map(|line| of_weeks(&line.given.map(|given| given.to_string()).unwrap_or_default(), line, numbers.len()))
        .collect();
    weeks.extend(pack.confidence.iter().map(|line| of_weeks("all", line, numbers.len())));
    Ok(BoardPack {
        organisation: part(&pack.organisation, LINE_MAX),
        document: pack.title(),
        title: part(cycle.title.as_str(), LINE_MAX),
        running: plain::short(cycle.title.as_str(), 60),
        from: cycle.starts_on.to_string(),
        to: cycle.ends_on.to_string(),
        state: cycle.state.as_str().to_owned(),
        elapsed: figure::percent(Some(cycle.elapsed)),
        stands: pack.as_of_words(),
        path: pack.path(),
        part: pack.part().map_or_else(String::new, |part| text(&part)),
        score: figure::score(board.score),
        computed: figure::score(board.computed_score),
        grade: board.grade.as_ref().map_or_else(String::new, |grade| text(grade.as_str())),
        confidence: figure::mean(board.confidence),
        key_results: counts.key_results.to_string(),
        objectives_count: figure::count(counts.objectives.into(), "objective"),
        counts: split(pack),
        stale: counts.stale.to_string(),
        adjusted: counts.adjusted.to_string(),
        retired: counts.retired.to_string(),
        objectives,
        week_numbers: numbers.iter().map(u32::to_string).collect(),
        weeks,
        reports: pack.restatements.iter().map(of_report).collect(),
        adjustments: pack.adjustments.iter().map(of_adjustment).collect(),
    })
}

/// Counts key results by status, without zeros.
fn split(pack: &Pack) -> Vec<StatusCount> {
    let counts = &pack.board.counts;
    let all = [
        ("on track", counts.on_track),
        ("at risk", counts.at_risk),
        ("behind", counts.behind),
        ("unknown", counts.unknown),
    ];
    let some = all.into_iter().filter(|(_, n)| *n > 0);
    some.map(|(status, n)| StatusCount { status: status.to_owned(), count: n.to_string() }).collect()
}

fn of_objective<'a>(
    pack: &'a Pack,
    charts: &Charts<'a>,
    objective: &'a BoardObjective,
    adjusted: Vec<String>,
) -> Result<Objective, String> {
    let mut about =
        vec![part(objective.owner.as_str(), NAME_MAX), objective.level.to_string(), objective.ambition.to_string()];
    about.extend(objective.team.as_ref().map(|team| format!("team {}", part(&pack.team(team), NAME_MAX))));
    about.extend(objective.supports.as_ref().map(|goal| format!("supports {}", text(goal.as_str()))));
    about.extend(figure::carried(objective));
    let key_results = objective.key_results.iter().map(|key_result| of_key_result(charts, key_result));
    let key_results = key_results.collect::<Result<Vec<KeyResult>, String>>()?;
    Ok(Objective {
        r#ref: objective.given.to_string(),
        title: part(objective.title.as_str(), TITLE_MAX),
        short: part(objective.title.as_str(), LINE_MAX),
        owner: part(objective.owner.as_str(), NAME_MAX),
        about: about.join(" · "),
        score: figure::score(objective.score),
        computed: figure::score(objective.computed_score),
        grade: objective.grade.as_ref().map_or_else(String::new, |grade| text(grade.as_str())),
        confidence: figure::mean(objective.confidence),
        status: if objective.state.stands() { figure::status(objective.status) } else { "retired".into() },
        key_results,
        adjusted,
    })
}

fn of_key_result<'a>(charts: &Charts<'a>, key_result: &'a BoardKeyResult) -> Result<KeyResult, String> {
    let metric = &key_result.metric;
    let chart = charts.chart(key_result);
    let mut marks = figure::marks(key_result);
    let status = marks.remove(0).to_lowercase();
    let was = figure::short(key_result.original_target, metric);
    Ok(KeyResult {
        r#ref: key_result.given.to_string(),
        title: part(key_result.title.as_str(), TITLE_MAX),
        short: part(key_result.title.as_str(), NAME_MAX),
        owner: part(key_result.owner.as_str(), NAME_MAX),
        way: part(&figure::way(key_result.baseline, key_result.target, metric), NAME_MAX),
        was: if figure::is_moved(key_result) { format!("was {was}") } else { String::new() },
        current: figure::short(key_result.current, metric),
        done: figure::percent(key_result.progress),
        computed: figure::score(key_result.score.computed),
        graded: figure::score(key_result.score.graded),
        confidence: figure::confidence_and_previous(key_result.confidence, key_result.previous_confidence),
        status,
        marks: marks.join(", "),
        blockers: key_result.blockers.iter().map(|blocker| part(blocker.as_str(), TITLE_MAX)).collect(),
        chart: chart.svg()?,
        words: chart.words(),
    })
}

fn of_weeks(name: &str, line: &ConfidenceLine, weeks: usize) -> Weeks {
    let stated = |n: usize| line.weeks.get(n).and_then(|week| week.confidence);
    Weeks {
        r#ref: name.to_owned(),
        title: part(line.title.as_str(), NAME_MAX),
        weeks: (0..weeks).map(|n| figure::confidence(stated(n))).collect(),
    }
}

fn of_report(told: &Restatements) -> Report {
    let report = &told.report;
    let figures = told.figures.iter().map(|one| {
        let events: Vec<String> = one.events.iter().map(u64::to_string).collect();
        RestatedFigure {
            r#ref: one.given.map(|given| given.to_string()).unwrap_or_default(),
            title: part(one.title.as_str(), NAME_MAX),
            figure: figure::field(&one.figure),
            told: part(&figure::json(&one.reported), NAME_MAX),
            known: part(&figure::json(&one.restated), NAME_MAX),
            events: events.join(", "),
        }
    });
    Report {
        title: part(report.title.as_str(), LINE_MAX),
        note: report.note.as_ref().map_or_else(String::new, |note| text(note.as_str())),
        said: format!(
            "Issued {} by {}, knowing up to event {}",
            figure::minute(report.time),
            part(report.actor.as_str(), NAME_MAX),
            report.stands_on
        ),
        figures: figures.collect(),
        because: told.events.iter().map(|event| part(&figure::because(event), TITLE_MAX)).collect(),
    }
}

fn of_adjustment(adjustment: &Adjustment) -> print::Adjustment {
    let item = &adjustment.item;
    let why = item.justification.as_ref().map(|why| Reason {
        circumstances: text(why.circumstances.as_str()),
        cause: why.cause.as_str().replace('_', " "),
        statement: text(why.statement.as_str()),
        preserved: if why.preserves_objective { "Yes" } else { "No" }.to_owned(),
        evidence: why.evidence.iter().map(|evidence| text(&evidence.to_string())).collect(),
    });
    print::Adjustment {
        r#ref: adjustment.given.to_string(),
        title: part(adjustment.title.as_str(), TITLE_MAX),
        short: part(adjustment.title.as_str(), NAME_MAX),
        summary: part(&item.summary, TITLE_MAX),
        said: format!(
            "{} · by {} · event {}",
            figure::minute(item.time),
            part(item.actor.as_str(), NAME_MAX),
            item.seq
        ),
        why,
    }
}

/// Prepares text from people for printing, with break opportunities.
fn text(text: &str) -> String {
    plain::breakable(&figure::one_line(text))
}

/// Prepares the beginning of such a text.
fn part(written: &str, chars_max: usize) -> String {
    text(&plain::short(written, chars_max))
}
