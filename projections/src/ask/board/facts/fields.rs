//! The fields of a row, one after the other, as postcard writes them. `None` where they are not what was asked for.

use events::{Moment, Number};
use rust_decimal::Decimal;
use serde::Deserialize;

/// What is left of a row.
pub(super) struct Fields<'b>(&'b [u8]);

impl<'b> Fields<'b> {
    pub(super) fn of(row: &'b [u8]) -> Self {
        Fields(row)
    }

    /// Any value, read the usual way.
    pub(super) fn value<T: Deserialize<'b>>(&mut self) -> Option<T> {
        let (value, rest) = postcard::take_from_bytes(self.0).ok()?;
        self.0 = rest;
        Some(value)
    }

    /// Something that may be missing.
    #[inline]
    pub(super) fn maybe<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        if self.is_there()? { read(self).map(Some) } else { Some(None) }
    }

    /// Whether there is something. If so, it comes next.
    #[inline]
    pub(super) fn is_there(&mut self) -> Option<bool> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        match first {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    #[inline]
    pub(super) fn whole(&mut self) -> Option<u64> {
        let mut whole = 0;
        for (n, byte) in self.0.iter().take(9).enumerate() {
            whole |= u64::from(byte & 0x7f) << (7 * n);
            if byte & 0x80 == 0 {
                self.0 = self.0.get(n + 1..)?;
                return Some(whole);
            }
        }
        // The tenth byte of the largest ones is left to the usual way.
        self.value()
    }

    #[inline]
    pub(super) fn short(&mut self) -> Option<u32> {
        self.whole()?.try_into().ok()
    }

    #[inline]
    pub(super) fn moment(&mut self) -> Option<Moment> {
        let folded = self.whole()?;
        Moment::from_micros((folded >> 1) as i64 ^ -((folded & 1) as i64))
    }

    #[inline]
    pub(super) fn number(&mut self) -> Option<Number> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(Decimal::deserialize(*bytes).into())
    }

    /// Passes over a text, or a day, which lies as one.
    #[inline]
    pub(super) fn pass_text(&mut self) -> Option<()> {
        let len = usize::try_from(self.whole()?).ok()?;
        self.0 = self.0.get(len..)?;
        Some(())
    }

    /// Passes over whole numbers and moments.
    #[inline]
    pub(super) fn pass_wholes(&mut self, count: usize) -> Option<()> {
        for _ in 0..count {
            self.whole()?;
        }
        Some(())
    }

    /// A grade: its score.
    pub(super) fn grade(&mut self) -> Option<Number> {
        let score = self.number()?;
        self.pass_text()?;
        self.pass_wholes(3)?;
        Some(score)
    }
}
