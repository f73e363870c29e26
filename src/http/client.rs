//! Where a request comes from. Only proxies that are trusted may say.
use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, USER_AGENT, X_FORWARDED_FOR};
use actix_web::web::Data;
use ipnetwork::IpNetwork;

use super::App;

pub fn address(req: &HttpRequest) -> Option<IpAddr> {
    let trusted = &req.app_data::<Data<App>>()?.config.trusted_proxies;
    resolve(req.peer_addr()?.ip(), req.headers(), trusted)
}

/// The nearest address that is not a trusted proxy's: what stands further left in
/// `X-Forwarded-For` was said by whoever stands there.
fn resolve(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNetwork]) -> Option<IpAddr> {
    let is_trusted = |at: IpAddr| trusted.iter().any(|network| network.contains(at));
    let mut address = peer.to_canonical();
    if !is_trusted(address) {
        return Some(address);
    }
    let values: Vec<_> =
        headers.get_all(X_FORWARDED_FOR).filter_map(|value| value.to_str().ok()).collect();
    let mut said = values.iter().flat_map(|value| value.split(',')).rev();
    while is_trusted(address) {
        let Some(next) = said.next() else { break };
        address = next.trim().parse::<IpAddr>().ok()?.to_canonical();
    }
    Some(address)
}

pub fn agent(req: &HttpRequest) -> Option<&str> {
    req.headers().get(USER_AGENT)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn from(peer: &str, said: &[&'static str]) -> Option<String> {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let mut headers = HeaderMap::new();
        for value in said {
            headers.append(
                HeaderName::from_static("x-forwarded-for"),
                HeaderValue::from_static(value),
            );
        }
        resolve(peer.parse().unwrap(), &headers, &trusted).map(|at| at.to_string())
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(from("192.0.2.1", &["198.51.100.7"]).unwrap(), "192.0.2.1");
        assert_eq!(from("10.0.0.1", &["198.51.100.7"]).unwrap(), "198.51.100.7");
        assert_eq!(from("10.0.0.1", &["6.6.6.6, 198.51.100.7, 10.0.0.2"]).unwrap(), "198.51.100.7");
        assert_eq!(from("10.0.0.1", &["6.6.6.6", "198.51.100.7"]).unwrap(), "198.51.100.7");
        assert_eq!(from("10.0.0.1", &["nonsense"]), None);
        assert_eq!(from("::ffff:10.0.0.1", &["198.51.100.7"]).unwrap(), "198.51.100.7");
        assert_eq!(from("10.0.0.1", &[]).unwrap(), "10.0.0.1");
    }
}
