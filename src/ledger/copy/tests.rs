use std::sync::Arc;

use super::*;
use crate::journal::counting;
use crate::journal::memory::Memory;
use crate::views::{Opened, Views};

/// Returns a copy of this many entries.
pub(super) fn copy(entries: usize) -> Vec<String> {
    let first =
        r#"{"okr_ledger_copy":1,"ledger":"acme","title":"Acme","created_at":"2026-03-16T08:00:00Z"}"#.to_owned();
    let entry = |n| {
        let at = Moment::from_micros(1_773_651_600_000_000 + n as i64).unwrap();
        format!(
            r#"{{"first_seq":{n},"recorded_at":"{at}","warnings":[],"events":[{{"specversion":"1.0","id":"e{n}","source":"/x","type":"okr.team.formed","subject":"t{n}","time":"{at}","seq":{n},"recordedtime":"{at}","actor":"/x","data":{{"name":"Team {n}"}}}}]}}"#
        )
    };
    std::iter::once(first).chain((1..=entries).map(entry)).collect()
}

struct Kept {
    ledgers: Ledgers,
    _folder: tempfile::TempDir,
}

impl Kept {
    fn new() -> Kept {
        let folder = tempfile::tempdir().unwrap();
        let Opened::Usable(views) = Views::open(folder.path()).unwrap() else { panic!("new views") };
        let clock = Box::new(|| Moment::parse("2026-05-04T12:00:00Z").unwrap());
        Kept { ledgers: Ledgers::over(Arc::new(Memory::new()), views, clock, counting()).unwrap(), _folder: folder }
    }

    /// Imports a copy of which only `there` can be read during the import.
    async fn take(&self, copy: &[String], there: &[String]) -> Result<Ledger, ImportError> {
        let checked = check_copy(copy.join("\n").as_bytes()).unwrap();
        self.ledgers.import(&checked.ledger.clone(), &checked, there.join("\n").as_bytes(), &mut ()).await
    }
}

#[tokio::test]
async fn a_copy_that_was_cut_short_is_gone_on_with() {
    let kept = Kept::new();
    let whole = copy(2 * CHUNK);
    let mut broken = whole[..CHUNK + 20].to_vec();
    broken.push("?".into());
    let cut = kept.take(&whole, &broken).await;
    assert!(matches!(&cut, Err(ImportError::Copy(_))), "{cut:?}");
    assert_eq!(kept.ledgers.list().unwrap()[0].last_seq, CHUNK as u64);

    let other: Vec<String> = whole.iter().map(|line| line.replace("Team 7\"", "Team 8\"")).collect();
    let refused = kept.take(&other, &other).await.unwrap_err().to_string();
    assert!(refused.contains("holds 500 events"), "{refused}");

    let ledger = kept.take(&whole, &whole).await.unwrap();
    let mut exported = Vec::new();
    ledger.export(&mut exported, &mut ()).unwrap();
    let exported = String::from_utf8(exported).unwrap();
    let (first, entries) = exported.split_once('\n').unwrap();
    assert_eq!(entries, whole[1..].join("\n") + "\n");
    // The copy is from before incarnations existed, so there is no earlier one.
    assert_eq!(first, whole[0].replace("Z\"}", "Z\",\"incarnation\":\"aaaaaaaaab\"}"));

    // A client that never learnt the outcome can repeat the import.
    let again = kept.take(&whole, &whole).await.unwrap();
    assert_eq!(again.header(), ledger.header());
    assert_eq!(kept.ledgers.list().unwrap()[0].last_seq, 2 * CHUNK as u64);
    for another in [other, whole[..=CHUNK].to_vec()] {
        let refused = kept.take(&another, &another).await.unwrap_err().to_string();
        assert!(refused.contains("holds 1000 events"), "{refused}");
    }
}

fn first_line(ledger: &Ledger) -> serde_json::Value {
    let mut exported = Vec::new();
    ledger.export(&mut exported, &mut ()).unwrap();
    serde_json::from_str(std::str::from_utf8(&exported).unwrap().lines().next().unwrap()).unwrap()
}

/// Returns a copy of a ledger with these incarnations.
fn copy_in(entries: usize, incarnations: &str) -> Vec<String> {
    let mut copy = copy(entries);
    copy[0] = copy[0].replace("Z\"}", &format!("Z\",{incarnations}}}"));
    copy
}

#[tokio::test]
async fn a_copy_is_taken_into_a_new_incarnation_that_shares_all_of_it() {
    let kept = Kept::new();
    let mut whole = copy_in(5, r#""incarnation":"copiedfrom","earlier":[{"incarnation":"restorable","shared_to":3}]"#);
    let ledger = kept.take(&whole, &whole).await.unwrap();
    let incarnations = ledger.incarnations();
    assert_eq!(incarnations.incarnation.as_str(), "aaaaaaaaab");
    let shared = incarnations.earlier.iter().map(|one| (one.incarnation.to_string(), one.shared_to));
    assert_eq!(shared.collect::<Vec<_>>(), [("restorable".to_owned(), 3), ("copiedfrom".to_owned(), 5)]);
    let first = first_line(&ledger);
    assert_eq!(first["incarnation"], "aaaaaaaaab");
    assert_eq!(first["earlier"].as_array().unwrap().len(), 2);

    // After the import is extended, the ledger shares more and keeps its incarnation.
    let longer = copy_in(9, r#""incarnation":"copiedfrom","earlier":[{"incarnation":"restorable","shared_to":3}]"#);
    let again = kept.take(&longer, &longer).await.unwrap();
    assert_eq!(again.incarnations().incarnation, incarnations.incarnation);
    assert_eq!(again.incarnations().shared_to("copiedfrom".parse().unwrap()), Some(9));
    assert_eq!(again.incarnations().shared_to("restorable".parse().unwrap()), Some(3));
    let stored = kept.ledgers.shared.journal.logs().unwrap().remove(0).incarnations;
    assert_eq!(stored.as_ref(), Some(&*again.incarnations()));

    whole[0] = whole[0].replace("acme", "other");
    let other = kept.take(&whole, &whole).await.unwrap();
    assert_ne!(other.incarnations().incarnation, incarnations.incarnation);
}

#[tokio::test]
async fn an_empty_ledger_that_takes_a_copy_stays_in_its_incarnation_and_shares_nothing_before_all_is_taken() {
    let kept = Kept::new();
    let header = Header::new("Acme", Moment::from_micros(0).unwrap());
    let (made, _) = kept.ledgers.create(&"acme".to_owned().try_into().unwrap(), &header).await.unwrap();
    let whole = copy_in(5, r#""incarnation":"copiedfrom""#);
    let mut broken = whole[..3].to_vec();
    broken.push("?".into());
    kept.take(&whole, &broken).await.unwrap_err();
    assert_eq!(kept.ledgers.ledger("acme").unwrap().incarnations().earlier, []);
    let ledger = kept.take(&whole, &whole).await.unwrap();
    assert_eq!(ledger.incarnations().incarnation, made.incarnation);
    assert_eq!(ledger.incarnations().shared_to("copiedfrom".parse().unwrap()), Some(5));
}

#[test]
fn incarnations_that_cannot_be_are_a_fault_of_the_first_line() {
    for (incarnations, says) in [
        (r#""incarnation":"short""#, "ten letters"),
        (r#""earlier":[{"incarnation":"restorable","shared_to":3}]"#, "not its own"),
        (r#""incarnation":"copiedfrom","earlier":[{"incarnation":"copiedfrom","shared_to":3}]"#, "twice"),
        (r#""incarnation":"copiedfrom","earlier":[{"incarnation":"restorable","shared_to":6}]"#, "ends at 5"),
    ] {
        let found = check_copy(copy_in(5, incarnations).join("\n").as_bytes()).unwrap_err().to_string();
        assert!(found.starts_with("line 1: ") && found.contains(says), "{incarnations}: {found}");
    }
}
