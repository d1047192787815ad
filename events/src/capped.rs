//! A capped list: items beyond the cap are counted but never built, so they cost nothing.

/// An item of a capped list in an answer.
pub trait Told {
    /// Returns the approximate size of the item in the answer, in bytes.
    fn bytes(&self) -> usize;

    /// Returns the item that represents `count` omitted ones.
    fn more(count: usize) -> Self;
}

/// The most items listed individually.
pub const TOLD_MAX: usize = 100;

/// The most bytes of all listed items: an answer has other parts too, and at most 64 KiB in all.
const BYTES_MAX: usize = 56 << 10;

/// A list of at most [`TOLD_MAX`] items, also limited in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capped<T> {
    listed: Vec<T>,
    /// The number of items, and of bytes, that still fit.
    slots_left: usize,
    bytes_left: usize,
    /// The number of items that were only counted.
    omitted: usize,
}

impl<T> Default for Capped<T> {
    fn default() -> Self {
        Capped { listed: Vec::new(), slots_left: TOLD_MAX, bytes_left: BYTES_MAX, omitted: 0 }
    }
}

impl<T: Told> Capped<T> {
    /// Adds an item, or counts it without calling `make` if the list is full.
    pub fn add(&mut self, make: impl FnOnce() -> T) {
        if self.slots_left == 0 {
            self.omitted = self.omitted.saturating_add(1);
        } else {
            self.push(make());
        }
    }

    /// Adds an item unless an equal one is listed.
    pub fn add_new(&mut self, make: impl FnOnce() -> T)
    where
        T: PartialEq,
    {
        if self.slots_left == 0 {
            self.omitted = self.omitted.saturating_add(1);
            return;
        }
        let one = make();
        if !self.listed.contains(&one) {
            self.push(one);
        }
    }

    fn push(&mut self, one: T) {
        match (self.slots_left > 0).then(|| self.bytes_left.checked_sub(one.bytes())).flatten() {
            Some(left) => {
                self.bytes_left = left;
                self.slots_left -= 1;
                self.listed.push(one);
            }
            None => {
                // Later items are omitted too, so that the listed ones are always the first.
                self.slots_left = 0;
                self.omitted = self.omitted.saturating_add(1);
            }
        }
    }

    /// Appends another list; its omitted items are counted.
    pub fn extend(&mut self, others: Capped<T>) {
        let Capped { listed, omitted, .. } = others;
        listed.into_iter().for_each(|one| self.push(one));
        if omitted > 0 {
            self.slots_left = 0;
            self.omitted = self.omitted.saturating_add(omitted);
        }
    }

    /// Returns an empty list with the remaining capacity of this one, for items that are appended later.
    #[must_use]
    pub fn beside(&self) -> Capped<T> {
        Capped { listed: Vec::new(), slots_left: self.slots_left, bytes_left: self.bytes_left, omitted: 0 }
    }

    /// Returns true if no item was added.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of items, omitted ones included.
    pub fn len(&self) -> usize {
        self.listed.len().saturating_add(self.omitted)
    }

    /// Returns the listed items, followed by one item that counts the omitted ones.
    pub fn into_told(self) -> Vec<T> {
        let Capped { mut listed, omitted, .. } = self;
        if omitted > 0 {
            listed.push(T::more(omitted));
        }
        listed
    }
}

/// Returns the length of a text as a JSON string, in bytes, quotes included.
pub fn json_text_bytes(text: &str) -> usize {
    let escaped = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\t' | b'\r' | 8 | 12 => 2,
        ..0x20 => 6,
        _ => 1,
    };
    2 + text.bytes().map(escaped).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq, Eq)]
    struct Word(String);

    impl Told for Word {
        fn bytes(&self) -> usize {
            self.0.len()
        }
        fn more(count: usize) -> Self {
            Word(format!("and {count} more"))
        }
    }

    fn words(count: usize, len: usize) -> Capped<Word> {
        let mut words = Capped::default();
        (0..count).for_each(|_| words.add(|| Word("x".repeat(len))));
        words
    }

    #[test]
    fn items_beyond_a_hundred_are_counted_and_never_built() {
        let mut many = words(TOLD_MAX, 1);
        assert_eq!((many.len(), many.clone().into_told().len()), (TOLD_MAX, TOLD_MAX));
        many.add(|| panic!("it is not listed"));
        many.extend(words(7, 1));
        let listed = many.into_told();
        assert_eq!((listed.len(), listed.last()), (TOLD_MAX + 1, Some(&Word("and 8 more".into()))));
    }

    #[test]
    fn items_too_large_for_the_answer_are_counted() {
        let few = words(20, 10_000);
        assert_eq!(few.len(), 20);
        assert_eq!(few.into_told().last(), Some(&Word("and 15 more".into())));
    }

    #[test]
    fn a_list_beside_another_has_its_remaining_capacity() {
        let mut all = words(TOLD_MAX - 1, 1);
        let mut apart = all.beside();
        (0..3).for_each(|_| apart.add(|| Word("y".into())));
        assert_eq!(apart.clone().into_told().len(), 2);
        all.extend(apart);
        assert_eq!((all.len(), all.into_told().len()), (TOLD_MAX + 2, TOLD_MAX + 1));
    }

    #[test]
    fn the_length_of_a_text_is_that_of_its_json() {
        for text in ["", "plain", "\"\\\n\t\r\u{8}\u{c}\u{1}é🎯"] {
            assert_eq!(json_text_bytes(text), serde_json::to_string(text).unwrap().len(), "{text:?}");
        }
    }
}
