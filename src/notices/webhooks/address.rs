//! Which addresses a webhook may lead to: whoever configures one must not reach, through this
//! server, what only this server can reach.
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc;
use std::time::Duration;

use ipnetwork::IpNetwork;

/// How long a name may take to be looked up.
const PATIENCE: Duration = Duration::from_secs(5);

/// The IANA's special-purpose registries, and multicast.
const NOT_PUBLIC: [&str; 24] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/128",
    "::1/128",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
];

/// An address that is not public, and was not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a public address")]
pub struct Refused(pub IpAddr);

/// What is not public, but for what whoever runs the instance allows.
#[derive(Debug)]
pub struct Networks {
    refused: Vec<IpNetwork>,
    allowed: Vec<IpNetwork>,
}

impl Networks {
    pub fn allowed(allowed: Vec<IpNetwork>) -> Self {
        Self { refused: NOT_PUBLIC.iter().filter_map(|text| text.parse().ok()).collect(), allowed }
    }

    /// # Errors
    /// The first that is neither public nor allowed: a name that leads to one is refused whole.
    pub fn check(&self, addresses: &[SocketAddr]) -> Result<(), Refused> {
        let wrong = addresses.iter().map(SocketAddr::ip).find(|ip| !self.permits(*ip));
        wrong.map_or(Ok(()), |ip| Err(Refused(ip)))
    }

    fn permits(&self, address: IpAddr) -> bool {
        let within = |networks: &[IpNetwork], ip| networks.iter().any(|net| net.contains(ip));
        let meant = meant(address);
        within(&self.allowed, address)
            || within(&self.allowed, meant)
            || !within(&self.refused, address) && !within(&self.refused, meant)
    }
}

/// The IPv4 address that an IPv6 address stands for: mapped, compatible, translated (NAT64), 6to4.
fn meant(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let four = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    };
    match v6.segments() {
        _ if v6 == Ipv6Addr::LOCALHOST || v6 == Ipv6Addr::UNSPECIFIED => address,
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x64, 0xff9b, 0 | 1, .., high, low] => {
            four(high, low)
        }
        [0x2002, high, low, ..] => four(high, low),
        _ => address,
    }
}

/// Where a name and a port lead. `None` where that is not known, or not in time.
pub fn resolve(host_and_port: &str) -> Option<Vec<SocketAddr>> {
    let (tell, told) = mpsc::sync_channel(1);
    let name = host_and_port.to_owned();
    // On a thread of its own: the system's resolver cannot be told to hurry.
    std::thread::Builder::new()
        .name("resolve".into())
        .spawn(move || tell.send(name.to_socket_addrs().map(Iterator::collect::<Vec<_>>)))
        .ok()?;
    let found = told.recv_timeout(PATIENCE).ok()?.ok()?;
    (!found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_refused(networks: &Networks, address: &str) -> bool {
        networks.check(&[SocketAddr::new(address.parse().unwrap(), 443)]).is_err()
    }

    #[test]
    fn what_is_not_public_is_refused_in_every_guise() {
        let networks = Networks::allowed(Vec::new());
        assert_eq!(networks.refused.len(), NOT_PUBLIC.len());
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::a9fe:a9fe",
            "2002:a00:1::",
            "2001:db8::1",
            "2001::1",
        ] {
            assert!(is_refused(&networks, private), "{private}");
        }
        for public in
            ["93.184.216.34", "8.8.8.8", "172.32.0.1", "2606:2800:220:1::1", "::ffff:8.8.8.8"]
        {
            assert!(!is_refused(&networks, public), "{public}");
        }
    }

    #[test]
    fn what_is_allowed_is_let_through_and_nothing_beside_it() {
        let networks = Networks::allowed(vec!["10.0.3.0/24".parse().unwrap()]);
        assert!(!is_refused(&networks, "10.0.3.7") && !is_refused(&networks, "::ffff:10.0.3.7"));
        assert!(is_refused(&networks, "10.0.4.7") && is_refused(&networks, "127.0.0.1"));
        let both = ["10.0.3.7:443", "127.0.0.1:443"].map(|text| text.parse().unwrap());
        assert_eq!(networks.check(&both), Err(Refused(Ipv4Addr::LOCALHOST.into())));
    }
}
