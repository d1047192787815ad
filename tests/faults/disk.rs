//! A full disk: it is reported and survived, and no acknowledged entry is lost. The disk is in memory and needs root to
//! mount.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use crate::campaign::Campaign;
use crate::damage::ended;
use crate::door::{Door, Socket};
use crate::history::{check_in, now, prepare};
use crate::oracle::{Judgement, Oracle};
use crate::program::Serving;

/// A disk of this many MiB.
struct Disk(PathBuf);

impl Disk {
    fn mount(place: PathBuf, mebibytes: u64) -> Option<Disk> {
        std::fs::create_dir_all(&place).unwrap();
        let size = format!("size={mebibytes}m");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "none"]).arg(&place).stderr(std::process::Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then_some(Disk(place))
    }

    /// Writes this many MiB, or as many as fit.
    fn fill(&self, name: &str, mebibytes: u64) {
        let mut ballast = std::fs::File::create(self.0.join(name)).unwrap();
        let full = (0..mebibytes * 256).find_map(|_| ballast.write_all(&[7; 4_096]).err());
        assert!(full.is_none_or(|error| error.kind() == std::io::ErrorKind::StorageFull));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        _ = Command::new("umount").args(["-l"]).arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    const MEBIBYTES: u64 = 64;
    let mut campaign = Campaign::new("full disk", 1, 20);
    for (round, mut rng) in campaign.rounds() {
        let Some(disk) = Disk::mount(campaign.path(&round.to_string()), MEBIBYTES) else {
            println!("NOT RUN: no disk can be mounted here (that takes root)");
            return;
        };
        let mut oracle = Oracle::default();
        let serve = ["serve", "--data", "d", "--log", "off"];
        let mut serving = Serving::start(&disk.0, &serve);
        let door = Socket::to(&serving.url);
        prepare(&door, now().utc().date_naive(), &mut oracle);
        // RocksDB occupies less than half of it already.
        disk.fill("ballast", MEBIBYTES / 2);
        let note = "x".repeat(rng.usize(500..8_000));
        let mut wrong = Vec::new();
        let mut refused = None;
        for n in 0..40_000_u64 / (note.len() as u64 / 500) {
            let entry = (0..10).map(|part| {
                let mut event = check_in(&format!("{n}.{part}"), n, n);
                event["data"]["note"] = json!(note);
                event
            });
            let entry = entry.collect::<Vec<_>>();
            oracle.is_sent(&entry);
            match door.record(&entry) {
                Ok((201, receipt)) => oracle.is_answered(&entry, receipt),
                Ok((503, problem)) => {
                    refused = Some(problem["detail"].as_str().unwrap_or_default().to_owned());
                    break;
                }
                other => {
                    wrong.push(format!("{other:?}"));
                    break;
                }
            }
        }
        let refused = refused.unwrap_or_default();
        if !refused.contains("No space left on device") {
            wrong.push(format!("the refusal does not say why: {refused}"));
        }
        let code = serving.child.wait().unwrap().code();
        if code != Some(1) {
            wrong.push(format!("it ended with {code:?}"));
        }
        // The space of a preallocated log is free again. With no space left the start fails with a message.
        disk.fill("rest", MEBIBYTES);
        match ended(
            &disk.0,
            &campaign.path("said"),
            &["serve", "--data", "d", "--listen", "127.0.0.1:0", "--log", "off"],
        ) {
            Ok((Some(1), said)) if said.contains("error: ") && said.contains("No space left on device") => {}
            other => wrong.push(format!("on the full disk: {other:?}")),
        }
        for ballast in ["ballast", "rest"] {
            std::fs::remove_file(disk.0.join(ballast)).unwrap();
        }
        let serving = Serving::start(&disk.0, &serve);
        let door = Socket::to(&serving.url);
        let before = oracle.judge(&door);
        wrong.extend(before.wrong.iter().cloned());
        wrong.extend(oracle.retry(&door, &mut rng));
        wrong.extend(oracle.judge(&door).wrong);
        campaign.note("full", "503 with the reason, exit 1; with room served again", Judgement { wrong, ..before });
        assert_eq!(serving.stop("-TERM"), Some(0));
    }
}
