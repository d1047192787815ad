//! Security headers of pages, and the check that forms were sent from these pages.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;

use super::error_page;
use crate::request::problem::Problem;

/// No resources from other origins, no inline scripts or styles, no framing.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Adds the pages' security headers to those of all responses. Rejects a form that was not sent from one of these
/// pages.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = if changes && !is_from_here(request.headers()) {
        error_page::page(&Problem::from_elsewhere(), None)
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (OPENER, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Returns true if the browser states that the form was sent from a page of this server. Clients that send no such
/// headers are rejected: they are no browsers, and programs use the API instead.
fn is_from_here(headers: &HeaderMap) -> bool {
    let header_text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    match header_text(SEC_FETCH_SITE) {
        Some(site) => site == "same-origin",
        None => match (header_text(header::ORIGIN), header_text(header::HOST)) {
            (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, from)| from == host),
            _ => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_accepted(sent: &[(&'static str, &'static str)]) -> bool {
        is_from_here(
            &sent
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
                .collect(),
        )
    }

    #[test]
    fn a_form_of_another_site_is_rejected() {
        let host = ("host", "127.0.0.1:8080");
        assert!(is_accepted(&[host, ("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(is_accepted(&[host, ("origin", "http://127.0.0.1:8080")]));
        for bad in [
            &[host][..],
            &[host, ("sec-fetch-site", "cross-site"), ("origin", "http://127.0.0.1:8080")],
            &[host, ("sec-fetch-site", "same-site")],
            &[host, ("origin", "http://127.0.0.1:8081")],
            &[host, ("origin", "http://evil.example")],
            &[host, ("origin", "null")],
        ] {
            assert!(!is_accepted(bad), "{bad:?}");
        }
    }
}
