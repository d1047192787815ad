//! The import graph is the one that ARCHITECTURE.md draws, and it has no cycles.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::fs;
use std::path::Path;

use super::imports::Imports;

const PAGE: &str = include_str!("../../ARCHITECTURE.md");

/// The drawings of modules: the heading above each, and the sources that it draws.
const DRAWINGS: [(&str, &str); 2] =
    [("Between the modules of the root crate", "src"), ("Between the modules of `projections`", "projections/src")];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the arrows `name -> name, name` drawn in the code block under a heading, top line first.
fn drawn(heading: &str) -> Vec<(&'static str, BTreeSet<&'static str>)> {
    let section = PAGE.split_once(&format!("\n### {heading}\n")).unwrap().1;
    let block = section.split("```").nth(1).unwrap();
    let arrows = block.lines().filter_map(|line| line.split_once("->"));
    arrows.map(|(from, to)| (from.trim(), to.split(',').map(str::trim).filter(|to| !to.is_empty()).collect())).collect()
}

fn lines(items: impl IntoIterator<Item = impl Display>) -> String {
    items.into_iter().map(|item| format!("\n  {item}")).collect()
}

#[test]
fn no_modules_import_each_other_in_a_circle() {
    for folder in ["events/src", "projections/src", "crates/generator/src", "src"] {
        let imports = Imports::read(root(), folder);
        assert!(imports.all.len() > 10, "few imports were read from {folder}");
        let cyclic = imports.cyclic();
        assert!(cyclic.is_empty(), "these imports of {folder} are in a cycle:{}", lines(cyclic));
    }
}

#[test]
fn every_import_between_modules_is_drawn_and_every_arrow_is_needed() {
    for (heading, folder) in DRAWINGS {
        let (imports, drawn) = (Imports::read(root(), folder), drawn(heading));
        let names: BTreeSet<&str> = drawn.iter().map(|(from, _)| *from).collect();
        assert_eq!(names, imports.top_level(), "ARCHITECTURE.md draws other modules than {folder} has");

        let mut found: BTreeMap<(&str, &str), Vec<_>> = BTreeMap::new();
        for import in imports.all.iter().filter(|import| import.top_level().0 != import.top_level().1) {
            found.entry(import.top_level()).or_default().push(import);
        }
        let arrows: BTreeSet<_> = drawn.iter().flat_map(|(from, to)| to.iter().map(|to| (*from, *to))).collect();
        let missing: Vec<_> =
            found.iter().filter(|(arrow, _)| !arrows.contains(arrow)).flat_map(|(_, by)| by).collect();
        assert!(missing.is_empty(), "ARCHITECTURE.md draws no arrow for these imports:{}", lines(missing));
        let unused: Vec<_> = arrows.iter().filter(|arrow| !found.contains_key(arrow)).collect();
        let unused = lines(unused.iter().map(|(from, to)| format!("{from} -> {to}")));
        assert!(unused.is_empty(), "ARCHITECTURE.md draws arrows that no import of {folder} needs:{unused}");
    }
}

#[test]
fn modules_import_only_modules_drawn_below_them() {
    for (heading, _) in DRAWINGS {
        let mut below = BTreeSet::new();
        for (from, to) in drawn(heading).into_iter().rev() {
            let above: Vec<_> = to.difference(&below).collect();
            assert!(above.is_empty(), "`{from}` imports modules that are not drawn below it:{}", lines(above));
            below.insert(from);
        }
    }
}

#[test]
fn every_file_that_is_named_exists() {
    let names = PAGE.split('`').skip(1).step_by(2).filter(|name| {
        name.contains('/') && !name.contains([' ', '<']) && (name.ends_with(".rs") || name.ends_with(".md"))
    });
    let missing: Vec<_> = names.filter(|name| !root().join(name).exists()).collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md names files that do not exist:{}", lines(missing));
}

#[test]
fn crates_depend_on_the_crates_that_are_drawn() {
    for (name, drawn) in drawn("Between crates") {
        // A crate's folder has its name, without the prefix of the programs.
        let short = name.trim_start_matches("okr-ledger").trim_start_matches('-');
        let folders = [root().join(short), root().join("crates").join(short)];
        let folder = folders.iter().find(|folder| folder.join("Cargo.toml").exists()).unwrap();
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let dependencies = manifest.split_once("\n[dependencies]\n").map_or("", |(_, rest)| rest);
        let dependencies = dependencies.lines().take_while(|line| !line.starts_with('['));
        let found =
            dependencies.filter(|line| line.contains("path =")).filter_map(|line| line.split_whitespace().next());
        assert_eq!(found.collect::<BTreeSet<_>>(), drawn, "the dependencies of {name}");
    }
}
