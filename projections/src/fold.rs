//! The one fold.
use events::Recorded;

use crate::rows::{Error, RowsMut};

/// Folds one recorded event into rows.
pub fn apply(_rows: &mut impl RowsMut, _event: &Recorded) -> Result<(), Error> {
    Ok(())
}
