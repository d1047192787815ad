//! Where something stands in a submitted document.

use crate::clip::clip;

/// A place in a document: a JSON Pointer, or a field or an item of another place. Nearly every place is right, so it is
/// written out only where a fault is noted. Of a field's name that is too long to be quoted, the beginning is written.
#[derive(Debug, Clone, Copy)]
pub struct At<'a>(Step<'a>);

#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    Pointer(&'a str),
    Field(&'a At<'a>, &'a str),
    Item(&'a At<'a>, usize),
}

impl<'a> At<'a> {
    /// The place of the field `name` of the object that stands here.
    pub fn field(&'a self, name: &'a str) -> At<'a> {
        At(Step::Field(self, name))
    }

    /// The place of the `n`th item of the list that stands here, counted from 0.
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
    fn a_place_is_written_as_a_json_pointer() {
        let entry = At::from("/3");
        assert_eq!(String::from(entry.field("data").field("plans").item(10)), "/3/data/plans/10");
        assert_eq!(String::from(entry.field("a/b~1").field("")), "/3/a~1b~01/");
        assert_eq!(String::from(At::from("")), "");
        assert_eq!(String::from(entry.field(&"~".repeat(100)).field("x")), format!("/3/{}…/x", "~0".repeat(80)));
    }
}
