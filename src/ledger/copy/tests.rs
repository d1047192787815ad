use std::sync::Arc;

use super::*;
use crate::journal::memory::Memory;
use crate::views::{Opened, Views};

/// A copy of this many entries.
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
        Kept { ledgers: Ledgers::over(Arc::new(Memory::new()), views, clock).unwrap(), _folder: folder }
    }

    /// Takes a copy of which `there` can still be read when it is taken.
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
    assert_eq!(String::from_utf8(exported).unwrap(), whole.join("\n") + "\n");

    // Whoever never learnt how it ended can ask again.
    let again = kept.take(&whole, &whole).await.unwrap();
    assert_eq!(again.header(), ledger.header());
    assert_eq!(kept.ledgers.list().unwrap()[0].last_seq, 2 * CHUNK as u64);
    for another in [other, whole[..=CHUNK].to_vec()] {
        let refused = kept.take(&another, &another).await.unwrap_err().to_string();
        assert!(refused.contains("holds 1000 events"), "{refused}");
    }
}
