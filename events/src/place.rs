//! Positions in a submitted document.

use crate::clip::clip;

/// A position in a document: a JSON Pointer, or a field or an item of another position. It is written out only when a
/// fault is reported, because nearly every value is valid. Field names too long to quote are clipped.
#[derive(Debug, Clone, Copy)]
pub struct At<'a>(Step<'a>);

#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    Pointer(&'a str),
    Field(&'a At<'a>, &'a str),
    Item(&'a At<'a>, usize),
}

impl<'a> At<'a> {
    /// Returns the position of the field `name` in the object at this position.
    pub fn field(&'a self, name: &'a str) -> At<'a> {
        At(Step::Field(self, name))
    }

    /// Returns the position of the `n`th item, counted from 0, in the list at this position.
    pub fn item(&'a self, n: usize) -> At<'a> {
        At(Step::Item(self, n))
    }

    fn write(&self, pointer: &mut String) {
        match self.0 {
            Step::Pointer(start) => pointer.push_str(start),
            Step::Field(within, name) => {
                within.write(pointer);
                pointer.push('/');
                let (name, is_whole) = clip(name).parts();
                // RFC 6901
                match name.contains(['~', '/']) {
                    true => pointer.push_str(&name.replace('~', "~0").replace('/', "~1")),
                    false => pointer.push_str(name),
                }
                if !is_whole {
                    pointer.push('…');
                }
            }
            Step::Item(within, n) => {
                within.write(pointer);
                pointer.push('/');
                pointer.push_str(&n.to_string());
            }
        }
    }
}

impl<'a> From<&'a str> for At<'a> {
    fn from(pointer: &'a str) -> Self {
        At(Step::Pointer(pointer))
    }
}

impl<'a> From<&'a String> for At<'a> {
    fn from(pointer: &'a String) -> Self {
        At(Step::Pointer(pointer))
    }
}

impl From<At<'_>> for String {
    fn from(at: At<'_>) -> Self {
        let mut pointer = String::new();
        at.write(&mut pointer);
        pointer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_written_as_a_json_pointer() {
        let entry = At::from("/3");
        assert_eq!(String::from(entry.field("data").field("plans").item(10)), "/3/data/plans/10");
        assert_eq!(String::from(entry.field("a/b~1").field("")), "/3/a~1b~01/");
        assert_eq!(String::from(At::from("")), "");
        assert_eq!(String::from(entry.field(&"~".repeat(100)).field("x")), format!("/3/{}…/x", "~0".repeat(80)));
    }
}
