//! The error page: the problem, and how to resolve it.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use maud::html;

use super::layout::{Here, Page};
use crate::request::problem::Problem;

/// Renders a problem as a page with the problem's status.
pub(super) fn page(problem: &Problem, actor: Option<&str>) -> Response {
    let body = html! {
        section.trouble {
            p.eyebrow { (problem.status.as_u16()) }
            h1 { (problem.title) }
            @if problem.violations.len() > 1 {
                ul { @for violation in &problem.violations { li { (violation.message) } } }
            } @else {
                p { (problem.detail) }
            }
            p { a.button href="/" { "All ledgers" } }
        }
    };
    let page = Page { title: problem.title.to_owned(), here: Here::nowhere(), body };
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (problem.status, headers, page.draw(actor).into_string()).into_response()
}
