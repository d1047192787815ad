//! By what name the server is asked for.
//!
//! It listens on loopback addresses and has no access control: who is on this machine may ask. A page in somebody's
//! browser is kept out by the browser, but only while it comes from elsewhere; whoever owns the page's name can let it
//! resolve to 127.0.0.1 (DNS rebinding), and then the page reads and records as it likes. Its requests still bear that
//! name. So names are refused but for `localhost`, which browsers resolve themselves; an address cannot be made to
//! resolve to another.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::header;
use axum::http::uri::Authority;

/// The name by which a request asks for another machine than this one, if it does.
pub(super) fn other(request: &Request) -> Option<String> {
    let named = request.headers().get_all(header::HOST).iter().map(|host| host.to_str().unwrap_or_default());
    named.chain(request.uri().authority().map(Authority::as_str)).find(|host| !is_here(host)).map(str::to_owned)
}

/// Whether `localhost:8080`, `127.0.0.1` or `[::1]:8080` is asked for, or another address.
fn is_here(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host();
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::is_here;

    #[test]
    fn addresses_and_localhost_are_here_and_other_names_are_not() {
        for here in ["localhost", "LocalHost:8080", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:8080"] {
            assert!(is_here(here), "{here}");
        }
        for other in ["", "x", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "a@b@c", "é"] {
            assert!(!is_here(other), "{other}");
        }
    }
}
