//! People.

use crate::words::{FIRST_NAMES, LAST_NAMES};

/// A person, by a unique number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Person(pub(crate) u32);

impl Person {
    /// The head of the company, who belongs to no team.
    pub(crate) const FIRST: Person = Person(0);

    /// Returns a unique name such as `Ada Keller`; once all plain names are used, with an initial or a number.
    pub(crate) fn name(self) -> String {
        let plain = FIRST_NAMES.len() * LAST_NAMES.len();
        let (round, n) = (self.0 as usize / plain, self.0 as usize % plain);
        // 1009 and the number of names are coprime: every name occurs, and neighbours differ.
        let n = n * 1_009 % plain;
        let (first, last) = (FIRST_NAMES[n % FIRST_NAMES.len()], LAST_NAMES[n / FIRST_NAMES.len()]);
        match round {
            0 => format!("{first} {last}"),
            1..=26 => format!("{first} {}. {last}", char::from(b'A' + (round as u8 - 1))),
            more => format!("{first} {last} {more}"),
        }
    }

    /// `/people/ada-keller`
    pub(crate) fn source(self) -> String {
        let name = self.name().to_lowercase().replace(". ", "-").replace(' ', "-");
        format!("/people/{name}")
    }
}
