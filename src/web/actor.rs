//! The name of the person using the pages. Until there is access control it is asked for once, and kept in a cookie.

use axum::http::{HeaderMap, HeaderValue, header};

const COOKIE: &str = "actor";

/// A quarter and some days, so that the name lasts from one quarter to the next.
const SECONDS_KEPT: u32 = 100 * 24 * 3600;

/// The longest name, in characters.
const CHARS_MAX: usize = 80;

/// Returns the name in the cookie.
pub(super) fn remembered(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let value = pairs.find(|(name, _)| *name == COOKIE)?.1;
    let (name, _) = form_urlencoded::parse(value.as_bytes()).next()?;
    readable(&name)
}

/// Returns a cookie with the name.
pub(super) fn cookie(name: &str) -> Option<HeaderValue> {
    let name: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let cookie = format!("{COOKIE}={name}; Path=/; Max-Age={SECONDS_KEPT}; SameSite=Strict; HttpOnly");
    HeaderValue::try_from(cookie).ok()
}

/// Normalizes a name; none if it is empty, too long or contains control characters.
pub(super) fn readable(name: &str) -> Option<String> {
    let name: String = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = !name.is_empty() && name.chars().count() <= CHARS_MAX && !name.chars().any(char::is_control);
    fits.then_some(name)
}

/// Returns the `source` of the events this person records: `/people/head-of-product`.
pub(super) fn source(name: &str) -> String {
    let lower = name.to_lowercase().replace(' ', "-");
    format!("/people/{}", form_urlencoded::byte_serialize(lower.as_bytes()).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_comes_back_as_it_was_said() {
        for name in ["Head of Product", "Zoë; O'Neill = 100 %", "李"] {
            let set = cookie(name).unwrap();
            let pair = set.to_str().unwrap().split(';').next().unwrap().to_owned();
            let headers =
                [(header::COOKIE, HeaderValue::try_from(format!("a=b; {pair}")).unwrap())].into_iter().collect();
            assert_eq!(remembered(&headers).as_deref(), Some(name));
        }
        assert_eq!(source("Head of Product"), "/people/head-of-product");
        assert_eq!(readable(" \t"), None);
    }
}
