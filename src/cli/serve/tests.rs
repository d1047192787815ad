use chrono::DateTime;

use super::*;
use crate::journal::{Book, Entry, Error, Head, Journal, LedgerNo, Recorded};
use crate::ledger::Header;
use crate::views::{Opened, Views};

/// A journal whose disk is gone.
struct Gone;

fn gone<T>() -> Result<T, Error> {
    Err(Error::Storage("the disk is gone".into()))
}

impl Journal for Gone {
    fn identity(&self) -> Result<Vec<u8>, Error> {
        Ok(b"gone".to_vec())
    }

    fn books(&self) -> Result<Vec<Book>, Error> {
        Ok(Vec::new())
    }

    fn create(&self, _slug: &str, _header: &[u8]) -> Result<Book, Error> {
        gone()
    }

    fn append(&self, _group: &[Entry]) -> Result<(), Error> {
        gone()
    }

    fn head(&self, _ledger: LedgerNo) -> Result<Head, Error> {
        gone()
    }

    fn event(&self, _ledger: LedgerNo, _seq: u64) -> Result<Option<Recorded>, Error> {
        gone()
    }

    fn events(&self, _ledger: LedgerNo, _after: u64, _limit: usize) -> Result<Vec<Recorded>, Error> {
        gone()
    }

    fn entry(&self, _ledger: LedgerNo, _seq: u64) -> Result<Option<Entry>, Error> {
        gone()
    }

    fn seq_of(&self, _ledger: LedgerNo, _id: &str) -> Result<Option<u64>, Error> {
        gone()
    }

    fn seq_at(&self, _ledger: LedgerNo, _moment: DateTime<Utc>) -> Result<u64, Error> {
        gone()
    }
}

#[test]
fn a_server_that_can_record_no_more_ends_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let Opened::Usable(views) = Views::open(&folder.path().join("views")).unwrap() else { panic!("new views") };
    let ledgers = Arc::new(Ledgers::over(Arc::new(Gone), views, clock()).unwrap());
    let server = Server::bind("127.0.0.1:0", None).unwrap();
    let submitter = Arc::clone(&ledgers);
    let mut submitting = None;
    let ended = server.run(
        folder.path(),
        |_| Ok(ledgers),
        || {
            assert!(folder.path().join(ADDRESS).exists());
            submitting = Some(std::thread::spawn(move || {
                let header = Header { title: "Acme".into(), created_at: now() };
                let slug = "acme".to_owned().try_into().unwrap();
                let made = submitter.create(&slug, &header);
                Builder::new_current_thread().build().unwrap().block_on(made).unwrap_err()
            }));
            Ok(())
        },
    );
    submitting.unwrap().join().unwrap();
    let Err(Failure::Failed(says)) = ended else { panic!("{ended:?}") };
    assert!(says.contains("the disk is gone"), "{says}");
    assert!(!folder.path().join(ADDRESS).exists());
}
