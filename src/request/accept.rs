//! Content negotiation by `Accept` (RFC 9110, 12.5.1).

use axum::http::{HeaderMap, header};

/// Returns the preferred media type of those that `known` recognizes, or none if JSON is preferred as much, is listed
/// first, or there is no `Accept`.
pub(crate) fn preferred<T: Copy>(headers: &HeaderMap, known: impl Fn(&str) -> Option<T>) -> Option<T> {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut best = (0_u32, None);
    for one in values.flat_map(|value| value.split(',')) {
        let mut parts = one.split(';').map(str::trim);
        let media_type = parts.next().unwrap_or_default();
        let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse::<f32>().unwrap_or(0.0));
        let quality = (quality.clamp(0.0, 1.0) * 1_000.0) as u32;
        let form = known(media_type);
        let is_json = ["application/json", "application/*", "*/*"].contains(&media_type);
        // The first of equally preferred types wins.
        if quality > best.0 && (form.is_some() || is_json) {
            best = (quality, form);
        }
    }
    best.1
}

/// Returns true if `wanted` is preferred to JSON.
pub(crate) fn prefers(headers: &HeaderMap, wanted: &str) -> bool {
    preferred(headers, |media_type| media_type.eq_ignore_ascii_case(wanted).then_some(())).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(accept: &str) -> bool {
        let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]);
        prefers(&headers, "text/csv")
    }

    #[test]
    fn the_preferred_type_is_chosen_and_json_by_default() {
        for accept in
            ["text/csv", "TEXT/CSV", "text/csv, */*", "application/json;q=0.5, text/csv;q=0.8", "text/csv;q=0.1"]
        {
            assert!(csv(accept), "{accept}");
        }
        for accept in
            ["", "*/*", "application/json, text/csv", "application/json, text/csv;q=0.1", "text/csv;q=0", "text/html"]
        {
            assert!(!csv(accept), "{accept}");
        }
    }
}
