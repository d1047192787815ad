//! Questions: in the process, from opening the ledger to the answer's bytes, and over HTTP.

use std::path::Path;
use std::time::{Duration, Instant};

use events::Moment;
use hdrhistogram::Histogram;
use okr_ledger::journal::counting;
use okr_ledger::ledger::{AsOfAsk, Ledger, Look, open_folder};
use projections::ask::{
    BoardAsk, PolicyAsk, ReplayAnswer, Step, StepsAsk, UnderPolicyAnswer, WhatIfAnswer, WhatIfAsk, audit_cycle,
    audit_key_result, board, calibration, goalposts, lineage_of_cycle, replay, retrospective, under_policy, what_if,
};

use super::bar::figure;
use super::data::{LEDGER, What};
use super::history::rebuild;
use super::http::Asks;
use super::load::{Plan, run};
use super::organisation::{CYCLE, key_result};
use super::report::{Section, Table};
use super::server::Server;
use super::stats::median;
use super::{Failed, Pace};

/// Repetitions of a question in one round, unless time runs out.
const TIMES_MAX: u64 = 500;
const TIMES_MIN: u64 = 3;

/// A question: its name, its path, and its implementation in the process.
struct Question {
    name: &'static str,
    /// Relative to the ledger's path.
    path: &'static str,
    /// Set if it is asked as of the middle of the history instead of now.
    of_middle: bool,
    answer: fn(&Ledger, &Look<'_>) -> Result<Vec<u8>, Failed>,
}

/// The questions; every ledger gets the first ones.
static QUESTIONS: [Question; 11] = [
    now("board, now", "cycles/q/board", answer_board),
    Question { of_middle: true, ..now("board, as of the middle", "cycles/q/board", answer_board) },
    now("audit of the cycle", "cycles/q/audit", |_, look| json(&audit_cycle(&look.asked(), CYCLE)?)),
    now("audit of a key result", "key-results/k00000/audit", |_, look| {
        json(&audit_key_result(&look.asked(), &key_result(0))?)
    }),
    now("replay by week", "cycles/q/replay?step=week", |ledger, look| {
        match replay(&ledger.past(), &look.asked(), CYCLE, Step::Week)? {
            Some(ReplayAnswer::Told(told)) => json(&told),
            _ => Err("the replay was not told".into()),
        }
    }),
    now("what-if without adjustments", "cycles/q/what-if?without=adjustments", |ledger, look| {
        let without = WhatIfAsk { without_adjustments: true, ..WhatIfAsk::default() };
        match what_if(&ledger.past(), &look.asked(), CYCLE, &without)? {
            Some(WhatIfAnswer::Answered(told)) => json(&told),
            _ => Err("the what-if was not told".into()),
        }
    }),
    now("what-if under another policy", "cycles/q/what-if?policy=0", |ledger, look| {
        match under_policy(&ledger.past(), &look.asked(), CYCLE, &PolicyAsk::Version(0), &WhatIfAsk::default())? {
            Some(UnderPolicyAnswer::Answered(told)) => json(&told),
            _ => Err("the what-if was not told".into()),
        }
    }),
    now("goalposts", "cycles/q/goalposts", |_, look| json(&goalposts(&look.asked(), CYCLE)?)),
    now("lineage of the cycle", "cycles/q/lineage", |ledger, look| {
        json(&lineage_of_cycle(&ledger.past(), &look.asked(), CYCLE, StepsAsk::ALL)?)
    }),
    now("calibration", "cycles/q/calibration", |_, look| json(&calibration(&look.asked(), CYCLE)?)),
    now("retrospective", "cycles/q/retrospective", |ledger, look| {
        json(&retrospective(&ledger.past(), &look.asked(), CYCLE)?)
    }),
];

/// Number of questions for every ledger.
const SHORT: usize = 3;
/// The indices of those in the bar.
const NOW: usize = 0;
const MIDDLE: usize = 1;

const fn now(
    name: &'static str,
    path: &'static str,
    answer: fn(&Ledger, &Look<'_>) -> Result<Vec<u8>, Failed>,
) -> Question {
    Question { name, path, of_middle: false, answer }
}

fn answer_board(_: &Ledger, look: &Look<'_>) -> Result<Vec<u8>, Failed> {
    json(&board(&look.asked(), CYCLE, &BoardAsk::default())?)
}

fn json<T: serde::Serialize>(told: &T) -> Result<Vec<u8>, Failed> {
    Ok(serde_json::to_vec(told)?)
}

impl Question {
    fn path(&self, last: u64) -> String {
        let as_of = if self.of_middle { format!("?as_of={}", last / 2) } else { String::new() };
        format!("/v1/ledgers/{LEDGER}/{}{as_of}", self.path)
    }

    /// Returns the answer's bytes.
    fn ask(&self, ledger: &Ledger, last: u64, now: Moment) -> Result<Vec<u8>, Failed> {
        let as_of = self.of_middle.then_some(AsOfAsk::Seq(last / 2));
        (self.answer)(ledger, &ledger.look(as_of, Some(CYCLE), now)?)
    }
}

/// One question on one ledger, over all rounds.
struct Asked {
    key_results: usize,
    versions: usize,
    question: &'static Question,
    bytes: usize,
    inside: Vec<Histogram<u64>>,
    http: Vec<Histogram<u64>>,
}

/// Measures questions to 1,000 key results, which the bar judges.
pub(crate) fn measure(folder: &Path, pace: Pace) -> Result<Section, Failed> {
    let whole = QUESTIONS.len();
    let sets =
        if pace.is_quick { [(1_000, 3, whole), (1_000, 6, whole)] } else { [(1_000, 30, whole), (1_000, 300, whole)] };
    let (mut section, all) = ask(folder, pace, sets)?;
    section.figures = figures(&all, sets[0].1, sets[1].1);
    Ok(section)
}

/// Measures questions to 30,000 key results. Making their events takes most of the time.
pub(crate) fn measure_large(folder: &Path, pace: Pace) -> Result<Section, Failed> {
    let (whole, short) = (QUESTIONS.len(), SHORT);
    let sets = if pace.is_quick {
        [(1_200, 2, short), (1_200, 3, short)]
    } else {
        [(30_000, 30, whole), (30_000, 300, short)]
    };
    Ok(ask(folder, pace, sets)?.0)
}

/// Measures questions on data sets, each given as key results, check-ins per key result, and number of questions.
fn ask(folder: &Path, pace: Pace, sets: [(usize, usize, usize); 2]) -> Result<(Section, Vec<Asked>), Failed> {
    // With this many questions, half of a load's time is enough for each.
    let pace = Pace { lasts: pace.lasts / 2, ..pace };
    let mut all = Vec::new();
    for (key_results, versions, asked) in sets {
        let data = What::Exact { key_results, versions }.folder(folder)?;
        // Views kept from an earlier run may come from an earlier program.
        rebuild(&data)?;
        let mut found = inside(&data, key_results, versions, QUESTIONS.iter().take(asked), pace)?;
        over_http(&data, &mut found, pace)?;
        for asked in &found {
            println!(
                "{key_results} × {versions}, {}: {} ms inside, {} ms over HTTP",
                asked.question.name,
                figure(at(&asked.inside, 50.0)),
                figure(at(&asked.http, 50.0))
            );
        }
        all.extend(found);
    }
    let mut section = Section { tables: vec![table(&all)], ..Section::default() };
    section.notes.push(format!(
        "Inside: from the look at the ledger to the answer's bytes, in one thread. Over HTTP: one connection to the \
         program, from the request to the answer's last byte. A round asks up to {TIMES_MAX} times within {} s, at least \
         {TIMES_MIN} times, after a warm-up. Each key result has the check-ins that are named, spread over its quarter; \
         one in ten had its target moved in the middle. The \
         views were rebuilt before. The bar's ratios are of medians inside.\n",
        figure(pace.lasts.as_secs_f64()),
    ));
    Ok((section, all))
}

fn inside(
    data: &Path,
    key_results: usize,
    versions: usize,
    questions: impl Iterator<Item = &'static Question>,
    pace: Pace,
) -> Result<Vec<Asked>, Failed> {
    let now = Moment::from(chrono::Utc::now());
    let ledgers = open_folder(data, Box::new(move || now), counting(), &mut ())?;
    let ledger = ledgers.ledger(LEDGER)?;
    let last = *ledger.head().borrow();
    let mut found = Vec::new();
    for question in questions {
        let bytes = question.ask(&ledger, last, now)?.len();
        let mut rounds = Vec::new();
        for _ in 0..pace.rounds {
            let mut took_ns = Histogram::new(3)?;
            let start = Instant::now();
            for n in 0..TIMES_MAX {
                if n >= TIMES_MIN && start.elapsed() > pace.lasts {
                    break;
                }
                let from = Instant::now();
                std::hint::black_box(question.ask(&ledger, last, now)?);
                took_ns.record(u64::try_from(from.elapsed().as_nanos())?)?;
            }
            rounds.push(took_ns);
        }
        found.push(Asked { key_results, versions, question, bytes, inside: rounds, http: Vec::new() });
    }
    Ok(found)
}

fn over_http(data: &Path, found: &mut [Asked], pace: Pace) -> Result<(), Failed> {
    let server = Server::start(data)?;
    let url = format!("http://{}/v1/ledgers/{LEDGER}", server.address);
    let info: serde_json::Value = serde_json::from_reader(ureq::get(url).call()?.body_mut().as_reader())?;
    let last = info["last_seq"].as_u64().ok_or("the ledger does not say its last event")?;
    for asked in found {
        for _ in 0..pace.rounds {
            let mut asks = Asks::new(server.address, &asked.question.path(last));
            // Slow answers are repeated a few times nevertheless.
            let inside_seconds = at(&asked.inside, 50.0) / 1_000.0;
            let lasts = pace.lasts.max(Duration::from_secs_f64(inside_seconds * TIMES_MIN as f64));
            let plan = Plan { connections: 1, warm_up: pace.warm_up, lasts, requests_max: TIMES_MAX };
            asked.http.push(run(&mut asks, plan, &|| 0.0)?.latency_ns);
        }
    }
    server.stop()
}

/// Returns the median over the rounds of a latency percentile, in milliseconds.
fn at(rounds: &[Histogram<u64>], percent: f64) -> f64 {
    median(rounds.iter().map(|round| round.value_at_percentile(percent) as f64 / 1e6))
}

fn table(all: &[Asked]) -> Table {
    let columns = [
        "key results × check-ins each: question",
        "times a round",
        "answer KiB",
        "inside p50 ms",
        "inside p99 ms",
        "HTTP p50 ms",
        "HTTP p99 ms",
    ];
    let mut table = Table::new("Questions, of a whole cycle unless it says otherwise:", &columns);
    for asked in all {
        table.row([
            format!("{} × {}: {}", figure(asked.key_results as f64), asked.versions, asked.question.name),
            asked.inside.iter().map(Histogram::len).min().unwrap_or_default().to_string(),
            figure(asked.bytes as f64 / 1024.0),
            figure(at(&asked.inside, 50.0)),
            figure(at(&asked.inside, 99.0)),
            figure(at(&asked.http, 50.0)),
            figure(at(&asked.http, 99.0)),
        ]);
    }
    table
}

fn figures(all: &[Asked], versions: usize, longer: usize) -> std::collections::BTreeMap<String, f64> {
    let of = |versions: usize, question: usize| {
        let wanted = (1_000, versions, QUESTIONS[question].name);
        all.iter().find(|asked| (asked.key_results, asked.versions, asked.question.name) == wanted)
    };
    let inside =
        |versions: usize, question: usize| of(versions, question).map_or(f64::NAN, |asked| at(&asked.inside, 50.0));
    [
        ("boards.1000.now_p99_ms", of(versions, NOW).map_or(f64::NAN, |asked| at(&asked.http, 99.0))),
        ("boards.1000.middle_per_now", inside(versions, MIDDLE) / inside(versions, NOW)),
        ("boards.1000.longer_per_middle", inside(longer, MIDDLE) / inside(versions, MIDDLE)),
    ]
    .map(|(name, figure)| (name.to_owned(), figure))
    .into()
}
