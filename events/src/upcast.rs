//! Conversion of older versions of stored data, when they are read.
//!
//! The data of an event type has a version, 1 at first. When its shape changes, the writer stamps the next version into
//! new events (`dataversion`), and a step is added here. Stored events keep their exact bytes.

use serde_json::Value;

use crate::fact::Kind;

/// The pure function that converts the data of one type from version `from` to the next.
pub(crate) struct Step {
    pub(crate) kind: Kind,
    pub(crate) from: u32,
    pub(crate) upcast: fn(Value) -> Value,
}

/// All steps. None is ever removed, because ledgers keep events of old versions.
pub(crate) const STEPS: &[Step] = &[];

/// Returns the version of new events of a type: one more than the number of its steps.
pub(crate) fn newest(steps: &[Step], kind: Kind) -> u32 {
    steps.iter().filter(|step| step.kind == kind).map(|step| step.from + 1).max().unwrap_or(1)
}

/// Converts data to the newest version; fails with the version that no step can read.
pub(crate) fn upcast(steps: &[Step], kind: Kind, version: u32, mut data: Value) -> Result<Value, u32> {
    let newest = newest(steps, kind);
    if version == 0 || version > newest {
        return Err(version);
    }
    for from in version..newest {
        let step = steps.iter().find(|step| step.kind == kind && step.from == from).ok_or(from)?;
        data = (step.upcast)(data);
    }
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TEST_STEPS: &[Step] = &[
        Step { kind: Kind::CycleReopened, from: 1, upcast: |data| json!({"why": data["because"]}) },
        Step { kind: Kind::CycleReopened, from: 2, upcast: |data| json!({"reason": data["why"]}) },
    ];

    #[test]
    fn every_older_version_arrives_at_the_newest() {
        let new = json!({"reason": "late figures"});
        for (version, old) in
            [(1, json!({"because": "late figures"})), (2, json!({"why": "late figures"})), (3, new.clone())]
        {
            assert_eq!(upcast(TEST_STEPS, Kind::CycleReopened, version, old), Ok(new.clone()), "version {version}");
        }
    }

    #[test]
    fn a_version_from_the_future_is_named_and_not_guessed_at() {
        assert_eq!(upcast(TEST_STEPS, Kind::CycleReopened, 4, json!({})), Err(4));
        assert_eq!(upcast(TEST_STEPS, Kind::CycleStarted, 2, json!({})), Err(2));
    }

    #[test]
    fn the_steps_of_every_type_leave_no_gap() {
        for kind in Kind::ALL {
            for version in 1..newest(STEPS, *kind) {
                assert!(STEPS.iter().any(|step| step.kind == *kind && step.from == version), "{kind} {version}");
            }
        }
    }
}
