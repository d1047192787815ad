//! How large the parts of a new event may be.
//!
//! Each field of a record states its limit beside its type, and a field whose type needs one does not compile without it.
//! Limits are judged when an event is about to be recorded ([`Submission::measure`]) and not when it is read: an entry that
//! was recorded before a limit was set is still recognised as a retry, and what a journal or a copy holds stays readable.
//!
//! [`Submission::measure`]: crate::Submission::measure

mod event;

use std::io;

use serde::Serialize;

use crate::change::{Change, Patch};
use crate::clip::clip;
use crate::place::At;
use crate::violation::Faults;

/// The longest text, in characters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chars(usize);

/// The most items of a list, and the limit of each.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Items<L> {
    most: usize,
    each: L,
}

/// Prose: a note, a reason, a description.
pub(crate) const TEXT: Chars = Chars(20_000);

/// An item of a list, such as a blocker.
pub(crate) const ITEM: Chars = Chars(2_000);

/// A name or a title.
pub(crate) const NAME: Chars = Chars(500);

/// A URI.
pub(crate) const URI: Chars = Chars(2_000);

/// A list of at most so many.
pub(crate) const fn up_to<L>(most: usize, each: L) -> Items<L> {
    Items { most, each }
}

/// A part of an event whose size is limited.
pub(crate) trait Measured: Serialize {
    /// The limit that a field of this type states: none where every value of the type is small.
    type Limit;

    /// Notes what is larger in it than it may be.
    fn measure(&self, limit: Self::Limit, at: At<'_>, faults: &mut Faults);

    /// Notes the fields it consists of, or itself, with their bytes.
    fn weigh(&self, at: At<'_>, parts: &mut Parts) {
        parts.note(at, json_bytes(self));
    }
}

/// Types whose values are all small, or have limits of their own.
macro_rules! small {
    ($($type:ty),* $(,)?) => { $(
        impl $crate::limits::Measured for $type {
            type Limit = ();
            fn measure(&self, (): (), _: $crate::At<'_>, _: &mut $crate::Faults) {}
        }
    )* };
}
pub(crate) use small;

small!(bool, u32, chrono::NaiveDate);

impl<T: Measured<Limit: Copy>> Measured for Vec<T> {
    type Limit = Items<T::Limit>;

    fn measure(&self, Items { most, each }: Self::Limit, at: At<'_>, faults: &mut Faults) {
        // The items of a list that is too long are not looked at.
        if count_fits(self.len(), most, at, faults) {
            for (n, item) in self.iter().enumerate() {
                item.measure(each, at.item(n), faults);
            }
        }
    }
}

impl<T: Measured> Measured for Option<T> {
    type Limit = T::Limit;

    fn measure(&self, limit: T::Limit, at: At<'_>, faults: &mut Faults) {
        if let Some(value) = self {
            value.measure(limit, at, faults);
        }
    }

    fn weigh(&self, at: At<'_>, parts: &mut Parts) {
        if let Some(value) = self {
            value.weigh(at, parts);
        }
    }
}

impl<T: Measured> Measured for Patch<T> {
    type Limit = T::Limit;

    fn measure(&self, limit: T::Limit, at: At<'_>, faults: &mut Faults) {
        if let Patch::Set(value) = self {
            value.measure(limit, at, faults);
        }
    }

    fn weigh(&self, at: At<'_>, parts: &mut Parts) {
        if !self.is_keep() {
            parts.note(at, json_bytes(self));
        }
    }
}

impl<T: Measured> Measured for Change<T> {
    type Limit = T::Limit;

    fn measure(&self, limit: T::Limit, at: At<'_>, faults: &mut Faults) {
        self.to.measure(limit, at.field("to"), faults);
    }
}

/// Notes a list of too many items. Returns whether it fits.
pub(crate) fn count_fits(count: usize, most: usize, at: At<'_>, faults: &mut Faults) -> bool {
    let fits = count <= most;
    if !fits {
        let says = format_args!("has {count} items, and at most {most} are taken here: keep those that matter");
        faults.add(at, "too_many_items", says);
    }
    fits
}

impl<L: Copy> Items<L> {
    /// Returns the most items.
    pub(crate) fn most(&self) -> usize {
        self.most
    }

    /// Returns the limit of each item.
    pub(crate) fn each(&self) -> L {
        self.each
    }
}

impl Chars {
    /// Returns the most characters.
    pub(crate) const fn most(self) -> usize {
        self.0
    }
}

/// The largest parts of an event, with their bytes, the largest first.
#[derive(Debug, Default)]
pub(crate) struct Parts(Vec<(String, usize)>);

/// How many of them are named.
const PARTS_NAMED: usize = 3;

impl Parts {
    pub(crate) fn note(&mut self, at: At<'_>, bytes: usize) {
        let place = self.0.partition_point(|(_, larger)| *larger >= bytes);
        if place < PARTS_NAMED {
            self.0.insert(place, (String::from(at), bytes));
            self.0.truncate(PARTS_NAMED);
        }
    }

    fn listed(&self) -> String {
        let named = self.0.iter().map(|(at, bytes)| format!("{} {bytes}", clip(at)));
        named.collect::<Vec<_>>().join(", ")
    }
}

/// Returns how many bytes a value takes in JSON without blanks.
pub(crate) fn json_bytes<T: Serialize + ?Sized>(value: &T) -> usize {
    let mut counted = Counted(0);
    // Writing to it cannot fail, and no value of an event fails to be written.
    _ = serde_json::to_writer(&mut counted, value);
    counted.0
}

struct Counted(usize);

impl io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
