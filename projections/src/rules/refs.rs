//! Resolution of refs to ids.

use events::{Change, Fact, Ref, SubjectId, Submission};

use crate::rows::{Error, RefRow, Rows, SubjectRow, row};

/// Returns the id for a text that is an id or a ref; `None` if it is neither.
pub fn id_behind(rows: &(impl Rows + ?Sized), text: &str) -> Result<Option<SubjectId>, Error> {
    if let Some(found) = row::<SubjectRow>(rows, &SubjectRow::key_of(text))? {
        return Ok(Some(found.id));
    }
    let Ok(given) = text.parse::<Ref>() else { return Ok(None) };
    Ok(row::<RefRow>(rows, &RefRow::key_of(given))?.map(|found| found.id))
}

/// Replaces the refs in a submission by ids. An unknown ref stays, and the rules object to it.
pub fn resolve_refs(rows: &(impl Rows + ?Sized), submission: &mut Submission) -> Result<(), Error> {
    let resolve = |id: &mut SubjectId| -> Result<(), Error> {
        if let Ok(given) = id.as_str().parse::<Ref>()
            && let Some(found) = row::<RefRow>(rows, &RefRow::key_of(given))?
        {
            *id = found.id;
        }
        Ok(())
    };
    resolve(&mut submission.subject)?;
    match &mut submission.fact {
        Fact::ObjectiveDrafted(data) => data.supports.iter_mut().try_for_each(resolve),
        Fact::ObjectiveAmended(data) => {
            let to = |change: &mut Change<SubjectId>| change.to.iter_mut().try_for_each(resolve);
            data.changes.supports.iter_mut().try_for_each(to)
        }
        Fact::ObjectiveRetired(data) => data.replaced_by.iter_mut().try_for_each(resolve),
        Fact::AdjustmentProposed(data) => {
            let supports = data.changes.iter_mut().flat_map(|changes| &mut changes.supports);
            let supports = supports.flat_map(|change| &mut change.to);
            supports.chain(data.replaced_by.iter_mut()).try_for_each(resolve)
        }
        Fact::ObjectiveCarriedOver(data) => resolve(&mut data.new_id),
        Fact::KeyResultDrafted(data) => resolve(&mut data.objective),
        Fact::KeyResultRetired(data) => data.replaced_by.iter_mut().try_for_each(resolve),
        Fact::PolicyAdopted(_)
        | Fact::TeamFormed(_)
        | Fact::TeamChanged(_)
        | Fact::TeamDissolved(_)
        | Fact::CycleOpened(_)
        | Fact::CycleStarted(_)
        | Fact::CycleClosed(_)
        | Fact::CycleReopened(_)
        | Fact::ThemeDeclared(_)
        | Fact::ObjectiveScored(_)
        | Fact::KeyResultBaselineSet(_)
        | Fact::KeyResultTargetSet(_)
        | Fact::KeyResultAdjusted(_)
        | Fact::KeyResultReassigned(_)
        | Fact::KeyResultScored(_)
        | Fact::AdjustmentApproved(_)
        | Fact::AdjustmentDeclined(_)
        | Fact::AdjustmentWithdrawn(_)
        | Fact::CheckInRecorded(_)
        | Fact::CheckInCorrected(_)
        | Fact::RetrospectiveRecorded(_)
        | Fact::BoardReportIssued(_) => Ok(()),
    }
}
