//! One definition for each record that an event carries: the struct, its JSON, its binary form, its reading from a
//! submission, its limits and its schema.

use crate::change::Patch;
use crate::place::At;
use crate::violation::Faults;

/// Defines a record. The mode of a field is one of:
///
/// | mode | the field's type | in a submission |
/// |---|---|---|
/// | `need` | `T` | required |
/// | `may` | `Option<T>` | optional |
/// | `list` | `Vec<T>` | optional; absent means empty |
/// | `patch` | [`Patch<T>`] | optional |
/// | `or_default` | `T` | optional; absent means `T::default()` |
/// | `stamp` | `Option<T>` | unknown: the ledger adds the field when it records the event |
///
/// `list`, `patch` and `or_default` also carry `#[serde(default)]`. A limit in brackets behind the type bounds the field of a
/// new event ([`crate::limits`]). JSON leaves out absent fields; binary formats, which cannot, write every field. The
/// record's `check` notes faults that span fields. A record that begins with `read by hand;` has its own `Read`.
macro_rules! record {
    (read by hand; $($record:tt)*) => {
        $crate::record::record!(@define $($record)*);
    };
    (@define
        $( #[doc = $about:literal] )*
        pub struct $name:ident {
            $( $( #[doc = $doc:literal] )* $( #[serde($serde:ident)] )? $mode:ident $field:ident : $type:ty $([$limit:expr])? ),* $(,)?
        }
    ) => {
        $( #[doc = $about] )*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $( $( #[doc = $doc] )* $( #[serde($serde)] )? pub $field: $crate::record::record!(@type $mode $type) ),*
        }

        impl serde::Serialize for $name {
            #[allow(unused, reason = "a record without fields writes none")]
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeStruct as _;
                use $crate::record::Absent as _;
                let sparse = serializer.is_human_readable();
                let count = 0usize $( + usize::from(!(sparse && $crate::record::record!(@absent $mode self.$field))) )*;
                let mut out = serializer.serialize_struct(stringify!($name), count)?;
                $( if !(sparse && $crate::record::record!(@absent $mode self.$field)) {
                    out.serialize_field(stringify!($field), &self.$field)?;
                } )*
                out.end()
            }
        }

        impl $crate::limits::Measured for $name {
            type Limit = ();

            #[allow(unused, reason = "a record without fields has nothing to measure")]
            fn measure(&self, (): (), at: $crate::At<'_>, faults: &mut $crate::Faults) {
                $( $crate::record::record!(@measure $mode self.$field, ($($limit)?), at.field(stringify!($field)), faults); )*
            }

            #[allow(unused, reason = "a record without fields has nothing to weigh")]
            fn weigh(&self, at: $crate::At<'_>, parts: &mut $crate::limits::Parts) {
                $( $crate::record::record!(@weigh $mode self.$field, at.field(stringify!($field)), parts); )*
            }
        }

        impl $crate::schema::Describe for $name {
            #[allow(unused, reason = "a record without fields has none to describe")]
            fn schema((): ()) -> serde_json::Value {
                let mut shape = $crate::schema::Shape::default();
                $( $crate::record::record!(
                    @describe $mode shape, stringify!($field), concat!($($doc),*), $type, ($($limit)?)
                ); )*
                shape.close(concat!($($about),*))
            }
        }
    };
    (@read
        $( #[doc = $about:literal] )*
        pub struct $name:ident {
            $( $( #[doc = $doc:literal] )* $( #[serde($serde:ident)] )? $mode:ident $field:ident : $type:ty $([$limit:expr])? ),* $(,)?
        }
        $( check($this:ident, $at:ident, $faults:ident) $check:block )?
    ) => {
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

        impl $crate::record::Check for $name {
            $( fn check(&self, $at: $crate::At<'_>, $faults: &mut $crate::Faults) { let $this = self; $check } )?
        }
    };
    (@type need $type:ty) => { $type };
    (@type may $type:ty) => { Option<$type> };
    (@type list $type:ty) => { Vec<$type> };
    (@type patch $type:ty) => { $crate::Patch<$type> };
    (@type or_default $type:ty) => { $type };
    (@type stamp $type:ty) => { Option<$type> };
    (@absent or_default $value:expr) => { $crate::record::is_default(&$value) };
    (@absent $mode:ident $value:expr) => { $value.is_absent() };
    (@limit ()) => { () };
    (@limit ($limit:expr)) => { $limit };
    (@measure stamp $($field:tt)*) => {};
    (@measure $mode:ident $value:expr, $limit:tt, $at:expr, $faults:expr) => {
        $crate::limits::Measured::measure(&$value, $crate::record::record!(@limit $limit), $at, $faults)
    };
    (@weigh stamp $($field:tt)*) => {};
    (@weigh $mode:ident $value:expr, $at:expr, $parts:expr) => {
        $crate::limits::Measured::weigh(&$value, $at, $parts)
    };
    (@describe stamp $($field:tt)*) => {};
    (@describe need $shape:ident, $name:expr, $doc:expr, $type:ty, $limit:tt) => {
        $shape.need($name, $doc, <$type as $crate::schema::Describe>::schema($crate::record::record!(@limit $limit)))
    };
    (@describe list $shape:ident, $name:expr, $doc:expr, $type:ty, $limit:tt) => {
        $shape.may($name, $doc, <Vec<$type> as $crate::schema::Describe>::schema($crate::record::record!(@limit $limit)))
    };
    (@describe $mode:ident $shape:ident, $name:expr, $doc:expr, $type:ty, $limit:tt) => {
        $shape.may($name, $doc, <$type as $crate::schema::Describe>::schema($crate::record::record!(@limit $limit)))
    };
    (
        $( #[doc = $about:literal] )*
        pub struct $name:ident { $($fields:tt)* }
        $( check $($check:tt)* )?
    ) => {
        $crate::record::record!(@define $( #[doc = $about] )* pub struct $name { $($fields)* });
        $crate::record::record!(@read $( #[doc = $about] )* pub struct $name { $($fields)* } $( check $($check)* )?);
    };
}
pub(crate) use record;

/// Faults that show only when several fields are seen together.
pub(crate) trait Check {
    fn check(&self, _at: At<'_>, _faults: &mut Faults) {}
}

/// Returns true if a value is its type's default.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A field's value that JSON leaves out in some states.
pub(crate) trait Absent {
    /// Returns true if JSON leaves the value out.
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
