//! The first of many things that are told one by one; those beyond are counted and cost nothing.

/// Something that is told with others in one answer.
pub trait Told {
    /// Returns about how many bytes it takes in the answer.
    fn bytes(&self) -> usize;

    /// Returns what stands in the place of so many that are only counted.
    fn more(count: usize) -> Self;
}

/// The most that are told one by one.
pub const TOLD_MAX: usize = 100;

/// The most bytes of them: an answer has other parts besides, and at most 64 KiB.
const BYTES_MAX: usize = 56 << 10;

/// Things that are told: at most [`TOLD_MAX`], and what they take in an answer is limited too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capped<T> {
    told: Vec<T>,
    /// How many more are told, and how many bytes they may take.
    room: usize,
    bytes_left: usize,
    /// How many were only counted.
    more: usize,
}

impl<T> Default for Capped<T> {
    fn default() -> Self {
        Capped { told: Vec::new(), room: TOLD_MAX, bytes_left: BYTES_MAX, more: 0 }
    }
}

impl<T: Told> Capped<T> {
    /// Adds one, which is made only where it is told.
    pub fn add(&mut self, make: impl FnOnce() -> T) {
        if self.room == 0 {
            self.more = self.more.saturating_add(1);
        } else {
            self.push(make());
        }
    }

    /// Adds one unless it is told already.
    pub fn add_new(&mut self, make: impl FnOnce() -> T)
    where
        T: PartialEq,
    {
        if self.room == 0 {
            self.more = self.more.saturating_add(1);
            return;
        }
        let one = make();
        if !self.told.contains(&one) {
            self.push(one);
        }
    }

    fn push(&mut self, one: T) {
        match (self.room > 0).then(|| self.bytes_left.checked_sub(one.bytes())).flatten() {
            Some(left) => {
                self.bytes_left = left;
                self.room -= 1;
                self.told.push(one);
            }
            None => {
                // Those after it are not told either, or their order would say something else.
                self.room = 0;
                self.more = self.more.saturating_add(1);
            }
        }
    }

    /// Adds others after its own.
    pub fn extend(&mut self, others: Capped<T>) {
        let Capped { told, more, .. } = others;
        told.into_iter().for_each(|one| self.push(one));
        if more > 0 {
            self.room = 0;
            self.more = self.more.saturating_add(more);
        }
    }

    /// Returns an empty one that tells no more than there is room for here: what is gathered apart and added later.
    #[must_use]
    pub fn beside(&self) -> Capped<T> {
        Capped { told: Vec::new(), room: self.room, bytes_left: self.bytes_left, more: 0 }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many there are, with those that are only counted.
    pub fn len(&self) -> usize {
        self.told.len().saturating_add(self.more)
    }

    /// Returns those that are told, and in the place of the others how many they are.
    pub fn into_told(self) -> Vec<T> {
        let Capped { mut told, more, .. } = self;
        if more > 0 {
            told.push(T::more(more));
        }
        told
    }
}

/// Returns how many bytes a text takes in JSON, its quotes included.
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
    fn what_is_beyond_a_hundred_is_counted_and_never_made() {
        let mut many = words(TOLD_MAX, 1);
        assert_eq!((many.len(), many.clone().into_told().len()), (TOLD_MAX, TOLD_MAX));
        many.add(|| panic!("it is not told"));
        many.extend(words(7, 1));
        let told = many.into_told();
        assert_eq!((told.len(), told.last()), (TOLD_MAX + 1, Some(&Word("and 8 more".into()))));
    }

    #[test]
    fn what_has_no_room_in_the_answer_is_counted() {
        let few = words(20, 10_000);
        assert_eq!(few.len(), 20);
        assert_eq!(few.into_told().last(), Some(&Word("and 15 more".into())));
    }

    #[test]
    fn what_is_gathered_apart_tells_no_more_than_there_is_room_for() {
        let mut all = words(TOLD_MAX - 1, 1);
        let mut apart = all.beside();
        (0..3).for_each(|_| apart.add(|| Word("y".into())));
        assert_eq!(apart.clone().into_told().len(), 2);
        all.extend(apart);
        assert_eq!((all.len(), all.into_told().len()), (TOLD_MAX + 2, TOLD_MAX + 1));
    }

    #[test]
    fn a_text_takes_what_it_takes_in_json() {
        for text in ["", "plain", "\"\\\n\t\r\u{8}\u{c}\u{1}é🎯"] {
            assert_eq!(json_text_bytes(text), serde_json::to_string(text).unwrap().len(), "{text:?}");
        }
    }
}
