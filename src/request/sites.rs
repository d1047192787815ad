//! Requests that browsers send for pages of other sites.
//!
//! A page of any site can make a browser send requests to this server with its user's access. The browser hides the
//! response from that page, but the request still takes admission and memory, and its duration can be measured.
//! Browsers state the relation of the two sites in `Sec-Fetch-Site`. A followed link to this server is a *navigation*;
//! every other request from another site is rejected. Programs send no such header.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use super::tag::REVALIDATE;

const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const DESTINATION: HeaderName = HeaderName::from_static("sec-fetch-dest");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Returns true if a page of another site made the request, except for links to pages and documents of this server.
pub(crate) fn is_cross_site(method: &Method, headers: &HeaderMap) -> bool {
    let is = |name: &HeaderName, words: &[&str]| {
        let given = headers.get(name).map(HeaderValue::as_bytes);
        given.is_some_and(|given| words.iter().any(|word| given.eq_ignore_ascii_case(word.as_bytes())))
    };
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    // Chromium loads `<object>` and `<embed>` as navigations, without anyone following a link.
    let is_link = is(&MODE, &["navigate"]) && !is(&DESTINATION, &["object", "embed"]);
    is(&SITE, &["cross-site"]) && !(is_read && is_link)
}

/// Adds the headers common to all responses: browsers must not guess another media type, nor pass the response to pages
/// of another origin. A response without `Cache-Control` is revalidated each time, and no shared cache keeps it.
pub(crate) fn protect(headers: &mut HeaderMap) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(REVALIDATE);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(method: &Method, given: &[(&'static str, &'static str)]) -> bool {
        let given = given.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        is_cross_site(method, &given.collect())
    }

    #[test]
    fn another_sites_page_may_link_here_and_nothing_else() {
        let (site, link) = (("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"));
        for (method, given) in [
            (Method::GET, &[][..]),
            (Method::POST, &[]),
            (Method::GET, &[("sec-fetch-mode", "cors")]),
            (Method::GET, &[("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")]),
            (Method::GET, &[("sec-fetch-site", "none"), link]),
            (Method::GET, &[site, link]),
            (Method::HEAD, &[site, link, ("sec-fetch-dest", "document")]),
        ] {
            assert!(!refused(&method, given), "{method} {given:?}");
        }
        for (method, given) in [
            (Method::GET, &[site][..]),
            (Method::GET, &[site, ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")]),
            (Method::HEAD, &[site, ("sec-fetch-mode", "cors")]),
            (Method::GET, &[("sec-fetch-site", "Cross-Site"), ("sec-fetch-mode", "cors")]),
            (Method::GET, &[site, link, ("sec-fetch-dest", "object")]),
            (Method::POST, &[site, link]),
            (Method::PUT, &[site, ("sec-fetch-mode", "cors")]),
        ] {
            assert!(refused(&method, given), "{method} {given:?}");
        }
    }
}
