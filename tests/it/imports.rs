//! Reads the imports between the modules of a crate from its sources.
//!
//! An import is a path that begins with `crate`, `self` or `super`, in a `use` or elsewhere. Items under `#[cfg(test)]` do
//! not count, and neither do imports between a module and its ancestors or descendants.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// A path in one module that leads to another. Modules are named as in `web/board/table`; the root is `""`.
pub(crate) struct Import {
    from: String,
    to: String,
    file: PathBuf,
    line: usize,
    path: String,
}

impl Import {
    /// Returns the names of the top-level modules at both ends.
    pub(crate) fn top_level(&self) -> (&str, &str) {
        (top_level(&self.from), top_level(&self.to))
    }
}

impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {} -> {} ({})", self.file.display(), self.line, self.from, self.to, self.path)
    }
}

/// The modules of a crate and the imports between them.
pub(crate) struct Imports {
    pub(crate) all: Vec<Import>,
    modules: BTreeSet<String>,
}

impl Imports {
    /// Reads the sources in `folder`, a path relative to `root`.
    pub(crate) fn read(root: &Path, folder: &str) -> Imports {
        let mut files = BTreeMap::new();
        collect(root, Path::new(folder), "", &mut files);
        let mut tests = BTreeSet::new();
        let mut tokens = BTreeMap::new();
        for (module, (_, text)) in &files {
            tokens.insert(module.clone(), without_tests(tokenize(text), module, &mut tests));
        }
        tokens.retain(|module, _| !tests.iter().any(|test| module == test || is_within(module, test)));
        let modules: BTreeSet<String> = tokens.keys().cloned().collect();
        let mut all = Vec::new();
        for (from, tokens) in tokens {
            for (line, path) in paths(&tokens) {
                let to = target(&from, &path, &modules);
                if to != from && !is_within(&to, &from) && !is_within(&from, &to) {
                    let (from, file) = (from.clone(), files[&from].0.clone());
                    all.push(Import { from, to, file, line, path: path.join("::") });
                }
            }
        }
        Imports { all, modules }
    }

    /// Returns the names of the modules that the crate's root declares.
    pub(crate) fn top_level(&self) -> BTreeSet<&str> {
        self.modules.iter().map(|module| top_level(module)).filter(|name| !name.is_empty()).collect()
    }

    /// Returns the imports whose target leads back to the importing module.
    pub(crate) fn cyclic(&self) -> Vec<&Import> {
        let mut targets: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for import in &self.all {
            targets.entry(&import.from).or_default().insert(&import.to);
        }
        let leads = |start: &str, end: &str| {
            let (mut seen, mut next) = (BTreeSet::new(), vec![start]);
            while let Some(module) = next.pop() {
                if seen.insert(module) {
                    next.extend(targets.get(module).into_iter().flatten());
                }
            }
            seen.contains(end)
        };
        self.all.iter().filter(|import| leads(&import.to, &import.from)).collect()
    }
}

fn top_level(module: &str) -> &str {
    module.split('/').next().unwrap_or_default()
}

/// Returns true for a descendant of `ancestor`.
fn is_within(module: &str, ancestor: &str) -> bool {
    ancestor.is_empty() || module.strip_prefix(ancestor).is_some_and(|rest| rest.starts_with('/'))
}

fn child(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{module}/{name}") }
}

/// Collects the source files in a folder by module, each with its text.
fn collect(root: &Path, folder: &Path, module: &str, files: &mut BTreeMap<String, (PathBuf, String)>) {
    for entry in fs::read_dir(root.join(folder)).unwrap() {
        let file = folder.join(entry.unwrap().file_name());
        let path = root.join(&file);
        let module = match file.file_stem().unwrap().to_str().unwrap() {
            "lib" | "main" if module.is_empty() => String::new(),
            name => child(module, name),
        };
        if path.is_dir() {
            collect(root, &file, &module, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let (_, text) = files.entry(module).or_insert_with(|| (file, String::new()));
            text.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

/// A name, a `::`, or any other character. Comments, literals and white space are no tokens.
#[derive(Clone, Copy)]
struct Token<'c> {
    line: usize,
    text: &'c str,
}

fn tokenize(text: &str) -> Vec<Token<'_>> {
    let (mut tokens, mut rest, mut line) = (Vec::new(), text, 1);
    while let Some(first) = rest.chars().next() {
        let skipped = comment_or_literal(rest);
        let len = match rest.find(|c| !in_a_name(c)).unwrap_or(rest.len()) {
            _ if skipped > 0 => skipped,
            0 if rest.starts_with("::") => 2,
            0 => first.len_utf8(),
            name => name,
        };
        let (token, after) = rest.split_at(len);
        if skipped == 0 && !first.is_whitespace() {
            tokens.push(Token { line, text: token });
        }
        line += token.matches('\n').count();
        rest = after;
    }
    tokens
}

fn in_a_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Returns the length of the comment or literal that a text begins with, or 0.
fn comment_or_literal(text: &str) -> usize {
    let until = |from: usize, end: &str| text[from..].find(end).map_or(text.len(), |at| from + at + end.len());
    let quoted = |quote: char| {
        let mut is_escaped = false;
        let end = text.char_indices().skip(1).find(|(_, c)| {
            let is_end = *c == quote && !is_escaped;
            is_escaped = *c == '\\' && !is_escaped;
            is_end
        });
        end.map_or(text.len(), |(at, _)| at + 1)
    };
    let raw = text.strip_prefix('r').or_else(|| text.strip_prefix("br")).unwrap_or_default();
    let hashes = "#".repeat(raw.len() - raw.trim_start_matches('#').len());
    let mut chars = text.chars();
    match (chars.next(), chars.next(), chars.next()) {
        _ if raw[hashes.len()..].starts_with('"') => {
            until(text.len() - raw.len() + hashes.len() + 1, &format!("\"{hashes}"))
        }
        (Some('/'), Some('/'), _) => text.find('\n').unwrap_or(text.len()),
        (Some('/'), Some('*'), _) => until(2, "*/"),
        (Some('"'), _, _) => quoted('"'),
        // Any other `'` begins a lifetime.
        (Some('\''), Some('\\'), _) | (Some('\''), _, Some('\'')) => quoted('\''),
        _ => 0,
    }
}

/// Removes the items under `#[cfg(test)]`, and adds the modules that they declare to `tests`.
fn without_tests<'c>(tokens: Vec<Token<'c>>, module: &str, tests: &mut BTreeSet<String>) -> Vec<Token<'c>> {
    const ATTRIBUTE: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let (mut kept, mut rest) = (Vec::new(), tokens.as_slice());
    while let [first, after @ ..] = rest {
        if rest.len() > ATTRIBUTE.len() && ATTRIBUTE.iter().zip(rest).all(|(text, token)| *text == token.text) {
            let item = item(&rest[ATTRIBUTE.len()..]);
            if let [.., Token { text: "mod", .. }, name, Token { text: ";", .. }] = item {
                tests.insert(child(module, name.text));
            }
            rest = &rest[ATTRIBUTE.len() + item.len()..];
        } else {
            kept.push(*first);
            rest = after;
        }
    }
    kept
}

/// Returns the first item of the tokens: it ends with a `;` or `,` outside all brackets, or with its last `}`.
fn item<'t, 'c>(tokens: &'t [Token<'c>]) -> &'t [Token<'c>] {
    let mut depth = 0;
    let end = tokens.iter().position(|token| {
        depth += i32::from(matches!(token.text, "(" | "[" | "{")) - i32::from(matches!(token.text, ")" | "]" | "}"));
        depth <= 0 && matches!(token.text, ";" | "," | "}")
    });
    &tokens[..end.map_or(tokens.len(), |end| end + 1)]
}

/// Returns the paths that begin with `crate`, `self` or `super`, each with its line. A `use` tree yields a path for each
/// of its names.
fn paths<'c>(tokens: &[Token<'c>]) -> Vec<(usize, Vec<&'c str>)> {
    let (mut found, mut rest) = (Vec::new(), tokens);
    while let [first, after @ ..] = rest {
        let is_path = matches!(first.text, "crate" | "self" | "super") && text(after) == "::";
        rest = if is_path { tree(rest, &[], &mut found) } else { after };
    }
    found
}

/// Reads the path or tree that the tokens begin with, and returns the tokens behind it.
fn tree<'t, 'c>(
    tokens: &'t [Token<'c>],
    prefix: &[&'c str],
    found: &mut Vec<(usize, Vec<&'c str>)>,
) -> &'t [Token<'c>] {
    let (mut path, mut rest) = (prefix.to_vec(), tokens);
    while let [name, after @ ..] = rest {
        if name.text == "{" {
            rest = after;
            while !matches!(text(rest), "" | "}") {
                rest = tree(rest, &path, found);
                // An element may end with `as name`.
                let end = rest.iter().position(|token| matches!(token.text, "," | "}")).unwrap_or(rest.len());
                rest = &rest[end + usize::from(text(&rest[end..]) == ",")..];
            }
            return rest.get(1..).unwrap_or_default();
        }
        path.push(name.text);
        rest = after;
        let goes_on = text(rest) == "::" && text(&rest[1..]).starts_with(|c| in_a_name(c) || c == '{' || c == '*');
        if !goes_on {
            break;
        }
        rest = &rest[1..];
    }
    found.push((tokens[0].line, path));
    rest
}

fn text<'c>(tokens: &[Token<'c>]) -> &'c str {
    tokens.first().map_or("", |token| token.text)
}

/// Returns the module that a path in `from` leads to: the longest beginning of the path that names a module.
fn target(from: &str, path: &[&str], modules: &BTreeSet<String>) -> String {
    let mut at: Vec<&str> = if path[0] == "crate" { Vec::new() } else { from.split('/').collect() };
    for name in path {
        match *name {
            "crate" | "self" => {}
            "super" => _ = at.pop(),
            name => at.push(name),
        }
    }
    while !at.is_empty() && !modules.contains(&at.join("/")) {
        at.pop();
    }
    at.join("/")
}

#[test]
fn a_use_tree_gives_all_its_paths_and_a_test_none() {
    let text = "//! crate::comment
        use crate::{a::{self, b as c}, d::*};
        #[cfg(test)]
        mod tests { use super::e; }
        #[cfg(test)]
        mod given;
        fn f<'a>() -> char { super::g::<'a>(\"crate::h\", r#\"crate::\"i\"#); '\"' }
        use super::super::j;";
    let mut tests = BTreeSet::new();
    let tokens = without_tests(tokenize(text), "m", &mut tests);
    let found = paths(&tokens).into_iter().map(|(line, path)| format!("{line} {}", path.join("::")));
    let expected = ["2 crate::a::self", "2 crate::a::b", "2 crate::d::*", "7 super::g", "8 super::super::j"];
    assert_eq!(found.collect::<Vec<_>>(), expected);
    assert_eq!(tests, BTreeSet::from(["m/given".to_owned()]));
}
