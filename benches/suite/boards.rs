//! Questions: in the process, from the look at the ledger to the answer's bytes, and over HTTP.

use std::path::Path;
use std::time::{Duration, Instant};

use events::Moment;
use hdrhistogram::Histogram;
use okr_ledger::ledger::{AsOfAsk, Ledger, open_folder};
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

/// How often a question is asked in one round, unless the time is up before.
const TIMES_MAX: u64 = 500;
const TIMES_MIN: u64 = 3;

/// A question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    Now,
    Middle,
    AuditOfCycle,
    AuditOfKeyResult,
    Replay,
    WhatIf,
    UnderPolicy,
    Goalposts,
    Lineage,
    Calibration,
    Retrospective,
}

use Question::{
    AuditOfCycle, AuditOfKeyResult, Calibration, Goalposts, Lineage, Middle, Now, Replay, Retrospective, UnderPolicy,
    WhatIf,
};

impl Question {
    fn name(self) -> &'static str {
        match self {
            Now => "board, now",
            Middle => "board, as of the middle",
            AuditOfCycle => "audit of the cycle",
            AuditOfKeyResult => "audit of a key result",
            Replay => "replay by week",
            WhatIf => "what-if without adjustments",
            UnderPolicy => "what-if under another policy",
            Goalposts => "goalposts",
            Lineage => "lineage of the cycle",
            Calibration => "calibration",
            Retrospective => "retrospective",
        }
    }

    fn path(self, last: u64) -> String {
        let cycle = format!("/v1/ledgers/{LEDGER}/cycles/{CYCLE}");
        match self {
            Now => format!("{cycle}/board"),
            Middle => format!("{cycle}/board?as_of={}", last / 2),
            AuditOfCycle => format!("{cycle}/audit"),
            AuditOfKeyResult => format!("/v1/ledgers/{LEDGER}/key-results/{}/audit", key_result(0)),
            Replay => format!("{cycle}/replay?step=week"),
            WhatIf => format!("{cycle}/what-if?without=adjustments"),
            UnderPolicy => format!("{cycle}/what-if?policy=0"),
            Goalposts => format!("{cycle}/goalposts"),
            Lineage => format!("{cycle}/lineage"),
            Calibration => format!("{cycle}/calibration"),
            Retrospective => format!("{cycle}/retrospective"),
        }
    }

    /// The answer's bytes.
    fn ask(self, ledger: &Ledger, last: u64, now: Moment) -> Result<Vec<u8>, Failed> {
        let as_of = (self == Middle).then_some(AsOfAsk::Seq(last / 2));
        let look = ledger.look(as_of, Some(CYCLE), now)?;
        let (asked, past) = (look.asked(), ledger.past());
        let without = WhatIfAsk { without_adjustments: true, ..WhatIfAsk::default() };
        Ok(match self {
            Now | Middle => serde_json::to_vec(&board(&asked, CYCLE, &BoardAsk::default())?)?,
            AuditOfCycle => serde_json::to_vec(&audit_cycle(&asked, CYCLE)?)?,
            AuditOfKeyResult => serde_json::to_vec(&audit_key_result(&asked, &key_result(0))?)?,
            Replay => match replay(&past, &asked, CYCLE, Step::Week)? {
                Some(ReplayAnswer::Told(told)) => serde_json::to_vec(&told)?,
                _ => return Err("the replay was not told".into()),
            },
            WhatIf => match what_if(&past, &asked, CYCLE, &without)? {
                Some(WhatIfAnswer::Answered(told)) => serde_json::to_vec(&told)?,
                _ => return Err("the what-if was not told".into()),
            },
            UnderPolicy => match under_policy(&past, &asked, CYCLE, &PolicyAsk::Version(0), &WhatIfAsk::default())? {
                Some(UnderPolicyAnswer::Answered(told)) => serde_json::to_vec(&told)?,
                _ => return Err("the what-if was not told".into()),
            },
            Goalposts => serde_json::to_vec(&goalposts(&asked, CYCLE)?)?,
            Lineage => serde_json::to_vec(&lineage_of_cycle(&past, &asked, CYCLE, StepsAsk::ALL)?)?,
            Calibration => serde_json::to_vec(&calibration(&asked, CYCLE)?)?,
            Retrospective => serde_json::to_vec(&retrospective(&past, &asked, CYCLE)?)?,
        })
    }
}

/// One question on one ledger, over all rounds.
struct Asked {
    key_results: usize,
    versions: usize,
    question: Question,
    bytes: usize,
    inside: Vec<Histogram<u64>>,
    http: Vec<Histogram<u64>>,
}

pub(crate) fn measure(folder: &Path, pace: Pace) -> Result<Section, Failed> {
    // There are many questions: half of what a load is given is enough for each.
    let pace = Pace { lasts: pace.lasts / 2, ..pace };
    let short: &[Question] = &[Now, Middle, AuditOfCycle];
    let whole: &[Question] = &[
        Now,
        Middle,
        AuditOfCycle,
        AuditOfKeyResult,
        Replay,
        WhatIf,
        UnderPolicy,
        Goalposts,
        Lineage,
        Calibration,
        Retrospective,
    ];
    let sets = match pace.is_quick {
        false => [(1_000, 30, whole), (1_000, 300, whole), (30_000, 30, whole), (30_000, 300, short)],
        true => [(1_000, 3, whole), (1_000, 6, whole), (1_200, 2, short), (1_200, 3, short)],
    };
    let mut all = Vec::new();
    for (key_results, versions, questions) in sets {
        let data = What::Exact { key_results, versions }.folder(folder)?;
        // Kept from an earlier run, its views may be those of an earlier program.
        rebuild(&data)?;
        let mut found = inside(&data, key_results, versions, questions, pace)?;
        over_http(&data, &mut found, pace)?;
        for asked in &found {
            println!(
                "{key_results} × {versions}, {}: {} ms inside, {} ms over HTTP",
                asked.question.name(),
                figure(at(&asked.inside, 50.0)),
                figure(at(&asked.http, 50.0))
            );
        }
        all.extend(found);
    }
    let mut section = Section { tables: vec![table(&all)], ..Section::default() };
    section.figures = figures(&all, sets[0].1, sets[1].1);
    section.notes.push(format!(
        "Inside: from the look at the ledger to the answer's bytes, in one thread. Over HTTP: one connection to the \
         program, from the request to the answer's last byte. A round asks up to {TIMES_MAX} times within {} s, at least \
         {TIMES_MIN} times, after a warm-up. Each key result has the check-ins that are named, spread over its quarter; \
         one in ten had its target moved in the middle. The \
         views were rebuilt before. The bar's ratios are of medians inside.\n",
        figure(pace.lasts.as_secs_f64()),
    ));
    Ok(section)
}

fn inside(
    data: &Path,
    key_results: usize,
    versions: usize,
    questions: &[Question],
    pace: Pace,
) -> Result<Vec<Asked>, Failed> {
    let now = Moment::from(chrono::Utc::now());
    let ledgers = open_folder(data, Box::new(move || now), &mut ())?;
    let ledger = ledgers.ledger(LEDGER)?;
    let last = *ledger.head().borrow();
    let mut found = Vec::new();
    for &question in questions {
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
            // An answer that takes long is asked for a few times all the same.
            let inside_seconds = at(&asked.inside, 50.0) / 1_000.0;
            let lasts = pace.lasts.max(Duration::from_secs_f64(inside_seconds * TIMES_MIN as f64));
            let plan = Plan { connections: 1, warm_up: pace.warm_up, lasts, requests_max: TIMES_MAX };
            asked.http.push(run(&mut asks, plan, &|| 0.0)?.latency_ns);
        }
    }
    server.stop()
}

/// The median over the rounds of what so many of a hundred stay under, in milliseconds.
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
            format!("{} × {}: {}", figure(asked.key_results as f64), asked.versions, asked.question.name()),
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
    let of = |versions: usize, question: Question| {
        all.iter().find(|asked| (asked.key_results, asked.versions, asked.question) == (1_000, versions, question))
    };
    let inside = |versions, question| of(versions, question).map_or(f64::NAN, |asked| at(&asked.inside, 50.0));
    [
        ("boards.1000.now_p99_ms", of(versions, Now).map_or(f64::NAN, |asked| at(&asked.http, 99.0))),
        ("boards.1000.middle_per_now", inside(versions, Middle) / inside(versions, Now)),
        ("boards.1000.longer_per_middle", inside(longer, Middle) / inside(versions, Middle)),
    ]
    .map(|(name, figure)| (name.to_owned(), figure))
    .into()
}
