//! Damage to a data folder: a flipped bit, a missing or truncated file, views of another ledger. A separate process
//! serves the folder, so that crashes and hangs are detected.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::campaign::{Campaign, copy, files};
use crate::door::{Answer, Desk, Door, LEDGER, Socket};
use crate::history::{check_in, entry, now, prepare};
use crate::oracle::{Judgement, Oracle};
use crate::program::okr_ledger;

/// Time for a server to start or to refuse, and for a verification.
const PATIENCE: Duration = Duration::from_secs(60);

/// A sound data folder and its answers.
struct Sound {
    folder: PathBuf,
    answers: Vec<(String, Answer)>,
    old: Vec<Value>,
    receipt: Value,
    events: u64,
}

impl Sound {
    /// Creates a journal with tables and a log, and views that lag behind.
    fn make(campaign: &Campaign, name: &str, mut rng: fastrand::Rng) -> Sound {
        let (open, folder) = (campaign.path(&format!("{name}-open")), campaign.path(name));
        let mut oracle = Oracle::default();
        let (mut old, mut receipt, mut desk) = (Vec::new(), Value::Null, None);
        for part in 0..3 {
            drop(desk.take());
            let door = Desk::open(&open.join("d"), now).unwrap();
            if part == 0 {
                prepare(&door, now().utc().date_naive(), &mut oracle);
            }
            for n in 0..60 {
                let entry = entry(&format!("{part}-{n}"), n, &mut rng);
                let (status, answered) = door.record(&entry).unwrap();
                assert_eq!(status, 201, "{answered}");
                (old, receipt) = (entry, answered);
            }
            desk = Some(door);
        }
        // Like after a kill: the views' memory is lost.
        copy(&open, &folder);
        let desk = desk.unwrap();
        let last = receipt["last_seq"].as_u64().unwrap();
        let paths = [
            format!("/events?limit=1000&as_of={last}"),
            format!("/events?subject=kr-3&as_of={last}"),
            format!("/cycles/q/board?as_of={last}"),
            format!("/cycles/q/board?as_of={}", last / 2),
            format!("/cycles/q/audit?as_of={last}"),
            format!("/cycles/q/replay?step=event&as_of={}", last / 3),
            format!("/key-results/kr-5/confidence?as_of={last}"),
            format!("/key-results/kr-7?as_of={last}"),
            format!("/events/{}", last / 4),
        ];
        let answers = paths.map(|path| format!("{LEDGER}{path}")).into_iter();
        let answers = answers.map(|path| (path.clone(), desk.get(&path).unwrap())).collect::<Vec<_>>();
        assert!(answers.iter().all(|(_, answer)| answer.status == 200), "{answers:?}");
        Sound { folder, answers, old, receipt, events: last }
    }
}

#[test]
fn decay_is_told_and_never_answered_from() {
    let mut campaign = Campaign::new("flipped bits", 6, 600);
    let sound = Sound::make(&campaign, "sound", campaign.rounds().next().unwrap().1);
    for (round, mut rng) in campaign.rounds() {
        let folder = campaign.path(&round.to_string());
        copy(&sound.folder, &folder);
        let kinds = by_kind(&folder.join("d"));
        let kind = kinds.keys().nth(usize::try_from(round).unwrap() % kinds.len()).unwrap();
        let file = &kinds[kind][rng.usize(..kinds[kind].len())];
        let at = rng.u64(..file.metadata().unwrap().len());
        let open = OpenOptions::new().read(true).write(true).open(file).unwrap();
        let mut byte = [0];
        open.read_exact_at(&mut byte, at).unwrap();
        byte[0] ^= 1 << rng.u8(..8);
        open.write_all_at(&byte, at).unwrap();
        judge(&mut campaign, &sound, &folder, kind, &format!("round {round}: {} at {at}", file.display()));
    }
}

#[test]
fn files_that_are_gone_or_cut_are_told_or_made_anew() {
    let mut campaign = Campaign::new("files gone and cut, views gone and of others", 4, 200);
    let sound = Sound::make(&campaign, "sound", campaign.rounds().next().unwrap().1);
    let other = Sound::make(&campaign, "other", fastrand::Rng::with_seed(99));
    for (round, mut rng) in campaign.rounds() {
        let folder = campaign.path(&round.to_string());
        copy(&sound.folder, &folder);
        let views = folder.join("d/views");
        let place = if rng.u8(..3) == 0 { "journal" } else { "views" };
        let files = files(&folder.join("d").join(place));
        let file = &files[rng.usize(..files.len())];
        let fault = match round % 4 {
            0 => {
                std::fs::remove_dir_all(&views).unwrap();
                "views: gone".to_owned()
            }
            1 => {
                std::fs::remove_dir_all(&views).unwrap();
                copy(&other.folder.join("d/views"), &views);
                "views: those of another ledger".to_owned()
            }
            2 => {
                std::fs::remove_file(file).unwrap();
                format!("{place}: a file gone")
            }
            _ => {
                let length = file.metadata().unwrap().len();
                OpenOptions::new().write(true).open(file).unwrap().set_len(rng.u64(..length.max(1))).unwrap();
                format!("{place}: a file cut")
            }
        };
        judge(&mut campaign, &sound, &folder, &fault, &format!("round {round}: {}", file.display()));
    }
}

/// Returns the files of a data folder by kind: `journal *.sst`, `views MANIFEST`.
fn by_kind(data: &Path) -> BTreeMap<String, Vec<PathBuf>> {
    let mut kinds: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for file in files(data).into_iter().filter(|file| file.metadata().unwrap().len() > 0) {
        let place = file.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        // RocksDB's own log, which nothing reads.
        if name.starts_with("LOG") || name == "LOCK" {
            continue;
        }
        let kind = match (name.rsplit_once('.'), name.split_once('-')) {
            (Some((_, end)), _) => format!("*.{end}"),
            (None, Some((begin, _))) => begin.to_owned(),
            (None, None) => name,
        };
        kinds.entry(format!("{place} {kind}")).or_default().push(file);
    }
    kinds
}

/// Verifies a copy of the folder, serves the folder, and judges both. The folder is removed if the outcome is allowed.
fn judge(campaign: &mut Campaign, sound: &Sound, folder: &Path, fault: &str, place: &str) {
    let verified = campaign.path("verified");
    copy(folder, &verified);
    let mut wrong = Vec::new();
    let is_well = match ended(&verified, &campaign.path("said"), &["verify", "--data", "d"]) {
        Ok((Some(0), _)) => true,
        Ok((Some(1), said)) if said.contains("error: ") => false,
        other => {
            wrong.push(format!("verify: {other:?}"));
            false
        }
    };
    let (outcome, mut faults) = serve(sound, folder);
    wrong.append(&mut faults);
    // A bit of a filter, a name or a log may not matter; a refusal to serve must have a fault.
    if is_well && outcome.starts_with("refused") {
        wrong.push("verify finds nothing in what is refused".into());
    }
    if fault.starts_with("views") && outcome.starts_with("refused") {
        wrong.push("views are no reason not to start: they can be made anew".into());
    }
    let outcome = if is_well { outcome } else { format!("{outcome}, verify tells") };
    let wrong = wrong.into_iter().map(|says| format!("{place}: {says}")).collect();
    campaign.note(
        fault,
        &outcome,
        Judgement { wrong, found: sound.events, answered: sound.events, ..Judgement::default() },
    );
    for done in [&verified, folder] {
        std::fs::remove_dir_all(done).unwrap();
    }
}

/// Runs the program to its end; returns its exit code and its output, which goes to a file.
pub(crate) fn ended(folder: &Path, out: &Path, arguments: &[&str]) -> Result<(Option<i32>, String), String> {
    let file = std::fs::File::create(out).unwrap();
    let mut command = okr_ledger(folder, arguments);
    let mut child = command.stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Ok((status.code(), std::fs::read_to_string(out).unwrap()));
        }
        if begun.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            return Err("it hangs".into());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Serves a damaged folder. Returns the outcome and the violations.
fn serve(sound: &Sound, folder: &Path) -> (String, Vec<String>) {
    let errors = folder.join("errors");
    let arguments = ["serve", "--data", "d", "--log", "error", "--listen", "127.0.0.1:0"];
    let mut command = okr_ledger(folder, &arguments);
    let mut child = command.stdout(Stdio::null()).stderr(std::fs::File::create(&errors).unwrap()).spawn().unwrap();
    let begun = Instant::now();
    let address = folder.join("d/address");
    // The copied address file names the server of the original folder and must be ignored.
    let url = loop {
        if let Some(url) = std::fs::read_to_string(&address).ok().filter(|url| url.ends_with('\n')) {
            break url.split_whitespace().next().unwrap().to_owned();
        }
        if let Some(status) = child.try_wait().unwrap() {
            let said = std::fs::read_to_string(&errors).unwrap();
            let is_told = status.code() == Some(1) && said.contains("error: ");
            let wrong = if is_told { vec![] } else { vec![format!("{status}, said: {said}")] };
            return ("refused to start".into(), wrong);
        }
        if begun.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            return ("hung".into(), vec!["it neither serves nor refuses".into()]);
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let (broken, mut wrong) = ask(sound, &Socket::to(&url));
    _ = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    let status = child.wait().unwrap();
    if !matches!(status.code(), Some(0 | 1)) {
        wrong.push(format!("it ended with {status}"));
    }
    let outcome = match (status.code(), broken) {
        (Some(0), false) => "served all",
        (_, false) => "served all, ended with the reason",
        (Some(0), true) => "served what is sound, 5xx for the rest",
        (_, true) => "served what is sound, 5xx for the rest, ended with the reason",
    };
    (outcome.into(), wrong)
}

/// Repeats the questions of the sound folder, and records. Returns true if an answer was a 5xx, and the violations.
fn ask(sound: &Sound, door: &Socket) -> (bool, Vec<String>) {
    let (mut broken, mut wrong) = (false, Vec::new());
    for (path, expected) in &sound.answers {
        match door.get(path) {
            Ok(answer) if answer == *expected => {}
            Ok(answer) if String::from_utf8_lossy(&answer.body).contains("problem:starting") => {
                wrong.push(format!("{path}: it has put up its address, and is still starting"));
            }
            Ok(answer) if answer.status >= 500 => broken = true,
            other => wrong.push(format!("{path}: {other:?}")),
        }
    }
    // A retry gets the first receipt or an error, and is never recorded again.
    match door.record(&sound.old) {
        Ok((200, receipt)) if receipt == sound.receipt => {}
        Ok((500.., _)) | Err(_) => broken = true,
        other => wrong.push(format!("a retry: {other:?}")),
    }
    match door.record(&[check_in("new", 3, 7)]) {
        Ok((201, receipt)) if receipt["first_seq"] == sound.events + 1 => {}
        Ok((500.., _)) | Err(_) => broken = true,
        other => wrong.push(format!("a new event: {other:?}")),
    }
    (broken, wrong)
}
