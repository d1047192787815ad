//! The reference in `docs/HTTP.md` is complete.

use events::Kind;

const REFERENCE: &str = include_str!("../../docs/HTTP.md");
const ROUTES: &str = include_str!("../../src/http/routes.rs");
const OPERATIONS: &str = include_str!("../../src/http/operations.rs");
const PROBLEMS: &str = include_str!("../../src/request/problem.rs");

#[test]
fn every_type_of_event_stands_in_the_reference() {
    for kind in Kind::ALL {
        let name = kind.as_str().trim_start_matches("okr.");
        assert!(REFERENCE.contains(&format!("\n| `{name}` |")), "`{name}` is missing");
    }
}

#[test]
fn every_path_stands_in_the_reference() {
    let paths: Vec<&str> = ROUTES
        .lines()
        .chain(OPERATIONS.lines())
        .filter_map(|line| line.trim().strip_prefix(".route(\"")?.split('"').next())
        .collect();
    assert!(paths.len() > 40, "{paths:?}");
    for path in paths {
        // Paths of a goal are listed by their last segment, those of a cycle after `cycles/{c}`.
        let last = path.rsplit('/').find(|part| !part.starts_with('{')).unwrap_or_default();
        let last = last.strip_prefix("board.").map_or(last, |_| "board.");
        assert!(REFERENCE.contains(last), "`{path}` is missing");
    }
}

#[test]
fn every_kind_of_problem_stands_in_the_reference() {
    let named = PROBLEMS.split("StatusCode::").skip(1).filter_map(|code| code.split(", \"").nth(1)?.split('"').next());
    let slugs: Vec<&str> =
        named.filter(|slug| slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')).collect();
    assert!(slugs.len() > 15, "{slugs:?}");
    for slug in slugs {
        assert!(REFERENCE.contains(&format!("`{slug}`")), "`{slug}` is missing");
    }
}
