//! Validation of the host name in a request.
//!
//! The server listens on loopback addresses and has no access control: anyone on this machine may use it. Browsers keep
//! pages of other sites away from it, but the owner of a site can make its name resolve to 127.0.0.1 (DNS rebinding);
//! its pages could then read and record. Their requests still carry that name. So the server rejects every host name
//! except `localhost`, which browsers resolve themselves. Addresses are accepted, because they need no resolving.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::header;
use axum::http::uri::Authority;

/// Returns the host name of a request that is neither `localhost` nor an address.
pub(super) fn other(request: &Request) -> Option<String> {
    let named = request.headers().get_all(header::HOST).iter().map(|host| host.to_str().unwrap_or_default());
    named.chain(request.uri().authority().map(Authority::as_str)).find(|host| !is_here(host)).map(str::to_owned)
}

/// Returns true for `localhost:8080`, `127.0.0.1`, `[::1]:8080` and other addresses.
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
