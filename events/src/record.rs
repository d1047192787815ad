//! One definition for each record an event carries: the struct, its JSON, its binary form, and its reading from a
//! submission.

use crate::change::Patch;
use crate::place::At;
use crate::violation::Faults;

/// Defines a record. Each field is `need` (must be there), `may` (an `Option`), `list` (a `Vec`, absent means empty) or
/// `patch` (a [`Patch`]); lists and patches also carry `#[serde(default)]`. Behind its type, between brackets, stands its
/// limit in a new event ([`crate::limits`]). JSON leaves out what is absent; binary formats, which cannot, write every
/// field. Faults that span fields are noted by the record's `check`.
macro_rules! record {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[$field_meta:meta])* $mode:ident $field:ident : $type:ty $([$limit:expr])? ),* $(,)?
        }
        $( check($this:ident, $at:ident, $faults:ident) $check:block )?
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $( $(#[$field_meta])* pub $field: $crate::record::record!(@type $mode $type) ),*
        }

        impl serde::Serialize for $name {
            #[allow(unused, reason = "a record without fields writes none")]
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeStruct as _;
                use $crate::record::Absent as _;
                let sparse = serializer.is_human_readable();
                let count = 0usize $( + usize::from(!(sparse && self.$field.is_absent())) )*;
                let mut out = serializer.serialize_struct(stringify!($name), count)?;
                $( if !(sparse && self.$field.is_absent()) {
                    out.serialize_field(stringify!($field), &self.$field)?;
                } )*
                out.end()
            }
        }

        impl $crate::fields::Read for $name {
            fn read(value: &$crate::Json<'_>, at: $crate::At<'_>, faults: &mut $crate::Faults) -> Option<Self> {
                #[allow(unused_mut, reason = "a record without fields asks for none")]
                let mut fields = $crate::fields::Fields::open(value, at, faults)?;
                $( let $field = fields.$mode(stringify!($field), faults); )*
                fields.close(faults);
                let read = $name { $( $field: $field? ),* };
                let before = faults.len();
                $crate::record::Check::check(&read, at, faults);
                (faults.len() == before).then_some(read)
            }
        }

        $crate::limits::limited!($name { $( $field $([$limit])? ),* });

        impl $crate::record::Check for $name {
            $( fn check(&self, $at: $crate::At<'_>, $faults: &mut $crate::Faults) { let $this = self; $check } )?
        }
    };
    (@type need $type:ty) => { $type };
    (@type may $type:ty) => { Option<$type> };
    (@type list $type:ty) => { Vec<$type> };
    (@type patch $type:ty) => { $crate::Patch<$type> };
}
pub(crate) use record;

/// Faults that show only when several fields are seen together.
pub(crate) trait Check {
    fn check(&self, _at: At<'_>, _faults: &mut Faults) {}
}

/// Whether a field is left out of the JSON.
pub(crate) trait Absent {
    fn is_absent(&self) -> bool {
        false
    }
}

impl<T> Absent for Option<T> {
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T> Absent for Vec<T> {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl<T> Absent for Patch<T> {
    fn is_absent(&self) -> bool {
        matches!(self, Patch::Keep)
    }
}

/// Fields that are always written.
macro_rules! always {
    ($($type:ty),* $(,)?) => { $( impl crate::record::Absent for $type {} )* };
}
pub(crate) use always;

always!(bool, u32, chrono::NaiveDate);
