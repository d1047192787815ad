//! Kills, torn tails and full disks. A test that needs a process to end badly runs itself as a child.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::super::Rocks;
use super::super::settings::BOOKS;
use crate::journal::contract::{all, entry, events_of};
use crate::journal::{Entry, Error, Journal};

const CHILD_FOLDER: &str = "OKR_LEDGER_TEST_CHILD_FOLDER";

/// Returns the folder to work in if this process is the child.
fn as_child() -> Option<PathBuf> {
    std::env::var_os(CHILD_FOLDER).map(PathBuf::from)
}

/// Returns a command that runs this test as a child process through `shell`.
fn child(test: &str, folder: &Path, shell: &str) -> Command {
    let (_, module) = module_path!().split_once("::").unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{shell} exec \"$0\" \"$@\"")]).arg(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("{module}::{test}"), "--nocapture", "--test-threads=1"]);
    command.env(CHILD_FOLDER, folder).stdout(Stdio::piped());
    command
}

/// Returns the `nth` group: two entries of ledger 1 with three events, padded to `bytes`.
fn group(nth: u64, bytes: usize) -> [Entry; 2] {
    let [a, b, c] = [0, 1, 2].map(|n| format!("e-{nth}-{n}"));
    let first_seq = 3 * nth + 1;
    let micros = 2 * nth as i64;
    let mut group = [entry(1, first_seq, micros, &[&a, &b]), entry(1, first_seq + 2, micros + 1, &[&c])];
    for line in group.iter_mut().flat_map(|entry| &mut entry.lines) {
        // Each place has different bytes, so that a read cannot be right by chance.
        let padding = (0..bytes).map(|at| (at as u64 * 31 + nth) as u8);
        line.bytes.extend(padding);
    }
    group
}

/// Asserts that the journal contains exactly the first groups, each whole. Returns their number.
#[track_caller]
fn whole_groups(rocks: &Rocks, bytes: usize) -> u64 {
    let head = rocks.head(1).unwrap().seq;
    assert_eq!(head % 3, 0, "a group is there in part");
    let recorded = (0..head / 3).flat_map(|nth| group(nth, bytes)).collect::<Vec<_>>();
    assert_eq!(rocks.events(1, 0, usize::MAX).unwrap(), events_of(&recorded));
    for entry in &recorded {
        assert_eq!(rocks.entry(1, entry.last_seq()).unwrap().as_ref(), Some(entry));
        for (line, seq) in entry.lines.iter().zip(entry.first_seq..) {
            assert_eq!(rocks.seq_of(1, &line.id).unwrap(), Some(seq));
        }
    }
    head / 3
}

#[test]
fn what_was_acknowledged_outlives_a_kill() {
    const BYTES: usize = 700;
    if let Some(folder) = as_child() {
        let rocks = Rocks::open(folder).unwrap();
        rocks.create("acme", b"").unwrap();
        for nth in 0.. {
            rocks.append(&group(nth, BYTES)).unwrap();
            println!("acknowledged {}", nth + 1);
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let mut child = child("what_was_acknowledged_outlives_a_kill", folder.path(), "").spawn().unwrap();
    let said = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut acknowledged = said.filter_map(|line| line.split_once("acknowledged ")?.1.parse::<u64>().ok());
    assert_eq!(acknowledged.nth(99), Some(100));
    child.kill().unwrap();
    child.wait().unwrap();
    let acknowledged = acknowledged.last().unwrap_or(100);

    let rocks = Rocks::open(folder.path()).unwrap();
    let there = whole_groups(&rocks, BYTES);
    assert!((acknowledged..=acknowledged + 1).contains(&there), "{acknowledged} acknowledged, {there} there");
    rocks.append(&group(there, BYTES)).unwrap();
    assert_eq!(whole_groups(&rocks, BYTES), there + 1);
}

#[test]
fn a_write_that_fails_leaves_the_head_and_is_the_last() {
    const BYTES: usize = 9_000;
    if let Some(folder) = as_child() {
        let rocks = Rocks::open(folder).unwrap();
        rocks.create("acme", b"").unwrap();
        let failed = (0..1_000).find(|nth| rocks.append(&group(*nth, BYTES)).is_err()).expect("a full disk");
        assert_eq!(whole_groups(&rocks, BYTES), failed, "the head has moved");
        for result in [rocks.append(&group(failed, 0)), rocks.create("globex", b"").map(drop)] {
            let error = result.unwrap_err();
            let said = error.to_string();
            assert!(matches!(error, Error::Storage(_)) && said.contains("a previous write failed"), "{said}");
        }
        assert_eq!(rocks.logs().unwrap().len(), 1);
        println!("acknowledged {failed}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // A limit on the size of files simulates a full disk, once the signal that comes with it is ignored.
    let full_disk = "trap '' XFSZ; ulimit -f 600;";
    let output =
        child("a_write_that_fails_leaves_the_head_and_is_the_last", folder.path(), full_disk).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    let (_, acknowledged) = said.split_once("acknowledged ").unwrap();
    let acknowledged = acknowledged.lines().next().unwrap().parse::<u64>().unwrap();
    assert!(acknowledged > 5, "too small a disk to tell");

    let rocks = Rocks::open(folder.path()).unwrap();
    assert_eq!(whole_groups(&rocks, BYTES), acknowledged);
    rocks.append(&group(acknowledged, BYTES)).unwrap();
}

/// Logs reach some 36 MB each and are recycled, so that behind the last record are those of an older log.
#[test]
fn logs_that_are_written_over_bring_nothing_back_and_lose_nothing() {
    const BYTES: usize = 100_000;
    let folder = tempfile::tempdir().unwrap();
    let rocks = Rocks::open(folder.path()).unwrap();
    rocks.prepare_logs().unwrap();
    rocks.create("acme", b"").unwrap();
    let mut files = BTreeSet::new();
    for nth in 0..450 {
        rocks.append(&group(nth, BYTES)).unwrap();
        files.extend(logs(folder.path()).iter().map(|log| log.metadata().unwrap().ino()));
    }
    assert!(files.len() <= 4, "{} files were made for 135 MB of log: they are not used again", files.len());
    // The copy has the state that a kill leaves.
    let killed = copy(folder.path());
    drop(rocks);
    let rocks = Rocks::open(killed.path()).unwrap();
    assert_eq!(whole_groups(&rocks, BYTES), 450);
    rocks.append(&group(450, BYTES)).unwrap();
    drop(rocks);
    assert_eq!(whole_groups(&Rocks::open(killed.path()).unwrap(), BYTES), 451);
}

/// Opening a damaged journal must not delete the records behind the damage.
#[test]
fn a_journal_that_is_refused_is_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let [first, ..] = three_groups(folder.path(), 500);
    let path = log(folder.path());
    let whole = std::fs::read(&path).unwrap();
    let mut damaged = whole.clone();
    damaged[usize::try_from(first).unwrap() + 20] ^= 1;
    std::fs::write(&path, &damaged).unwrap();
    for _ in 0..2 {
        assert!(matches!(Rocks::open(folder.path()).map(drop), Err(Error::Damaged(_))));
    }
    assert_eq!(std::fs::read(&path).unwrap(), damaged);
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(whole_groups(&Rocks::open(folder.path()).unwrap(), 500), 3);
}

#[test]
fn a_second_process_is_told_that_the_folder_is_in_use() {
    if let Some(folder) = as_child() {
        println!("{}", Rocks::open(folder).map(|_| "opened").unwrap_err());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let _open = Rocks::open(folder.path()).unwrap();
    let expected = format!("another okr-ledger is using the data folder {}", folder.path().display());

    let output = child("a_second_process_is_told_that_the_folder_is_in_use", folder.path(), "").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains(&expected), "{said}");

    let again = Rocks::open(folder.path()).map(drop);
    assert!(matches!(&again, Err(Error::Storage(said)) if said.contains(&expected)), "{again:?}");
}

/// Creates and closes a journal of three groups. Returns the length of its write-ahead log after each group.
fn three_groups(folder: &Path, bytes: usize) -> [u64; 3] {
    let rocks = Rocks::open(folder).unwrap();
    rocks.create("acme", b"").unwrap();
    [0, 1, 2].map(|nth| {
        rocks.append(&group(nth, bytes)).unwrap();
        log(folder).metadata().unwrap().len()
    })
}

fn logs(folder: &Path) -> Vec<PathBuf> {
    let files = folder.read_dir().unwrap().map(|file| file.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|end| end == "log")).collect()
}

/// Returns the only write-ahead log with content.
fn log(folder: &Path) -> PathBuf {
    let mut logs = logs(folder).into_iter();
    let log = logs.find(|path| path.metadata().unwrap().len() > 0).unwrap();
    assert!(logs.all(|path| path.metadata().unwrap().len() == 0));
    log
}

fn copy(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in folder.read_dir().unwrap().map(Result::unwrap) {
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    copy
}

#[test]
fn a_torn_last_group_is_dropped_and_can_be_recorded_again() {
    // Within one block of the log, and across several.
    for bytes in [10, 30_000] {
        let folder = tempfile::tempdir().unwrap();
        let [_, second, third] = three_groups(folder.path(), bytes);
        for cut in [second, second + 1, second + 6, second + 7, second + 8, (second + third) / 2, third - 8, third - 1]
        {
            let torn = copy(folder.path());
            cut_log(torn.path(), cut);
            // The watermark is written after the sync, so it never covers a torn group.
            std::fs::remove_file(torn.path().join("mark")).unwrap();
            let rocks = Rocks::open(torn.path()).unwrap();
            assert_eq!(whole_groups(&rocks, bytes), 2, "cut at {cut} of {second}..{third}");
            rocks.append(&group(2, bytes)).unwrap();
            drop(rocks);
            assert_eq!(whole_groups(&Rocks::open(torn.path()).unwrap(), bytes), 3);
        }
    }
}

fn cut_log(folder: &Path, length: u64) {
    std::fs::OpenOptions::new().write(true).open(log(folder)).unwrap().set_len(length).unwrap();
}

type Damage = Box<dyn Fn(&mut Vec<u8>)>;

/// RocksDB alone takes each of these for the torn end of its log.
#[test]
fn an_acknowledged_end_that_is_gone_without_a_trace_is_missed() {
    let folder = tempfile::tempdir().unwrap();
    let [_, second, third] = three_groups(folder.path(), 500);
    let [second, third] = [second, third].map(|at| usize::try_from(at).unwrap());
    let faults: [(&str, Damage); 5] = [
        ("cut off", Box::new(move |bytes| bytes.truncate(second))),
        ("cut short", Box::new(move |bytes| bytes.truncate(third - 1))),
        ("zeros", Box::new(move |bytes| bytes[second..].fill(0))),
        ("a greater length", Box::new(move |bytes| bytes[second + 5] ^= 0x40)),
        ("the type of a log that is not used again", Box::new(move |bytes| bytes[second + 6] ^= 0x04)),
    ];
    for (fault, damage) in faults {
        let damaged = copy(folder.path());
        let path = log(damaged.path());
        let mut bytes = std::fs::read(&path).unwrap();
        damage(&mut bytes);
        std::fs::write(&path, bytes).unwrap();
        let opened = Rocks::open(damaged.path()).map(drop);
        let says = "it held 9 events in 1 ledgers and holds 6 events in 1 ledgers now";
        assert!(matches!(&opened, Err(Error::Damaged(said)) if said.contains(says)), "{fault}: {opened:?}");
    }
}

#[test]
fn a_folder_that_has_lost_its_beginning_is_not_taken_for_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    three_groups(folder.path(), 10);
    std::fs::remove_file(folder.path().join("CURRENT")).unwrap();
    for _ in 0..2 {
        let opened = Rocks::open(folder.path()).map(drop);
        assert!(matches!(&opened, Err(Error::Damaged(said)) if said.contains("has no file CURRENT")), "{opened:?}");
    }
}

#[test]
fn zeros_behind_the_last_group_are_no_damage() {
    let folder = tempfile::tempdir().unwrap();
    let [.., third] = three_groups(folder.path(), 10);
    let before = all(&Rocks::open(copy(folder.path()).path()).unwrap());
    std::fs::OpenOptions::new().write(true).open(log(folder.path())).unwrap().set_len(third + 100_000).unwrap();
    assert_eq!(all(&Rocks::open(folder.path()).unwrap()), before);
}

#[test]
fn a_hole_in_a_group_that_was_not_acknowledged_is_a_torn_end() {
    let folder = tempfile::tempdir().unwrap();
    let rocks = Rocks::open(folder.path()).unwrap();
    rocks.create("acme", b"").unwrap();
    rocks.append(&group(0, 5_000)).unwrap();
    let watermark = std::fs::read(folder.path().join("mark")).unwrap();
    let length = log(folder.path()).metadata().unwrap().len();
    rocks.append(&group(1, 5_000)).unwrap();
    drop(rocks);
    let path = log(folder.path());
    let mut bytes = std::fs::read(&path).unwrap();
    let begins = usize::try_from(length).unwrap() + 4_096;
    bytes[begins..begins + 4_096].fill(0);
    std::fs::write(&path, bytes).unwrap();
    let acknowledged = copy(folder.path());
    assert!(matches!(Rocks::open(acknowledged.path()).map(drop), Err(Error::Damaged(_))));

    std::fs::write(folder.path().join("mark"), watermark).unwrap();
    let rocks = Rocks::open(folder.path()).unwrap();
    assert_eq!(whole_groups(&rocks, 5_000), 1);
    rocks.append(&group(1, 5_000)).unwrap();
    drop(rocks);
    assert_eq!(whole_groups(&Rocks::open(folder.path()).unwrap(), 5_000), 2);
}

#[test]
fn a_bit_that_flips_in_an_acknowledged_group_is_reported_and_not_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second, third] = three_groups(folder.path(), 500);
    // The checksum of the second group, its type, its body; the body of the last.
    for at in
        [first, first + 3, first + 6, first + 7, (first + second) / 2, second - 1, (second + third) / 2, third - 1]
    {
        let damaged = copy(folder.path());
        let path = log(damaged.path());
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[usize::try_from(at).unwrap()] ^= 0x10;
        std::fs::write(&path, bytes).unwrap();
        let opened = Rocks::open(damaged.path()).map(drop);
        assert!(matches!(opened, Err(Error::Damaged(_))), "at {at} of {first}..{second}..{third}: {opened:?}");
    }
}

#[test]
fn the_torn_end_of_a_log_that_is_not_the_last_is_reported_as_the_hole_it_makes() {
    let folder = tempfile::tempdir().unwrap();
    let rocks = Rocks::open(folder.path()).unwrap();
    rocks.create("acme", b"").unwrap();
    rocks.append(&group(0, 10)).unwrap();
    rocks.append(&group(1, 10)).unwrap();
    let first_log = log(folder.path());
    // A flush of any family begins a new log; the old one stays because the other families need it.
    rocks.db.flush_cf(rocks.family(BOOKS).unwrap()).unwrap();
    rocks.append(&group(2, 10)).unwrap();
    drop(rocks);
    let whole = copy(folder.path());
    assert_eq!(whole_groups(&Rocks::open(whole.path()).unwrap(), 10), 3);

    let length = first_log.metadata().unwrap().len();
    std::fs::OpenOptions::new().write(true).open(first_log).unwrap().set_len(length - 1).unwrap();
    let opened = Rocks::open(folder.path()).map(drop);
    let says = "data beyond the point of corruption";
    assert!(matches!(&opened, Err(Error::Damaged(said)) if said.contains(says)), "{opened:?}");
}
