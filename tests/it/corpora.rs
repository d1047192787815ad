//! Runs every file of the fuzzing corpora through its target (`crates/fuzz/src/targets/`). The corpora include every input
//! that once broke a law.

use std::fs;
use std::path::{Path, PathBuf};

use crate::fuzzed::{TARGETS, run};

fn replay(target: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/fuzz/corpus").join(target);
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|found| found.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 5, "the corpus of {target} is there");
    for file in files {
        let data = fs::read(&file).unwrap();
        let named = Named(file);
        run(target, &data);
        drop(named);
    }
}

/// Names the file that broke a law.
struct Named(PathBuf);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("while running {}", self.0.display());
        }
    }
}

#[test]
fn submissions_over_http_keep_the_laws() {
    replay("body");
}

#[test]
fn stored_events_keep_the_laws() {
    replay("codec");
}

#[test]
fn copies_keep_the_laws() {
    replay("copy");
}

#[test]
fn cloud_events_keep_the_laws() {
    replay("envelope");
}

#[test]
fn histories_keep_the_laws() {
    replay("history");
}

#[test]
fn questions_keep_the_laws() {
    replay("query");
}

#[test]
fn every_corpus_is_replayed() {
    let mut there: Vec<String> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/fuzz/corpus"))
        .unwrap()
        .map(|found| found.unwrap().file_name().into_string().unwrap())
        .collect();
    there.sort();
    assert_eq!(there, TARGETS.map(|(name, _)| name));
}
