//! The events about a subject, from an index; for check-ins the check-in log is the index.

use events::SubjectId;

use super::{BySubject, Error, Key, Rows, SubjectKind, subject};

/// Returns the seqs of up to `limit` events about a subject that are greater than `after`, in order.
pub fn seqs_about(rows: &(impl Rows + ?Sized), id: &SubjectId, after: u64, limit: usize) -> Result<Vec<u64>, Error> {
    let mut seqs = seqs_under(rows, &BySubject::of(id.as_str()), after, limit)?;
    if let Some(SubjectKind::KeyResult(place)) = subject(rows, id)? {
        // A correction is both in the index and in the check-in log.
        seqs.extend(seqs_under(rows, &place.check_ins(), after, limit)?);
        seqs.sort_unstable();
        seqs.dedup();
        seqs.truncate(limit);
    }
    Ok(seqs)
}

/// Returns the seqs of up to `limit` rows of a log table that are greater than `after`, in order. `prefix` is the key
/// without the seq.
pub fn seqs_under(rows: &(impl Rows + ?Sized), prefix: &Key, after: u64, limit: usize) -> Result<Vec<u64>, Error> {
    let from = prefix.clone().seq(after.saturating_add(1));
    let mut seqs = Vec::new();
    rows.scan(prefix, &from, &mut |key, _| {
        seqs.extend(Key::seq_of_log(key));
        Ok(seqs.len() < limit)
    })?;
    Ok(seqs)
}
