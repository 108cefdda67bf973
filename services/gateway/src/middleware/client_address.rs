use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request},
    http::{HeaderMap, HeaderName, header},
};
use forwarded_header_value::ForwardedHeaderValue;
use ipnet::IpNet;

use crate::config::ForwardedBy;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Trusted proxies and the header in which they name the client's address.
pub(crate) struct Trust {
    pub proxies: Vec<IpNet>,
    pub header: ForwardedBy,
}

impl Trust {
    /// Address of the client: the peer, or, behind trusted proxies, the rightmost address of the header that is not a
    /// trusted proxy. Addresses further left may be forged.
    pub fn client(&self, request: &Request) -> IpAddr {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        // Requests without a socket, as in tests, share one address.
        let mut client = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip().to_canonical());
        if !self.trusts(client) {
            return client;
        }
        for hop in self.hops(request.headers()).iter().rev() {
            // An entry without an address ends the chain of known addresses.
            let Some(hop) = hop else { break };
            client = hop.to_canonical();
            if !self.trusts(client) {
                break;
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|network| network.contains(&address))
    }

    /// Addresses in the order of the header, the nearest hop last; `None` for an entry without an address.
    fn hops(&self, headers: &HeaderMap) -> Vec<Option<IpAddr>> {
        let texts = |name| headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default());
        match self.header {
            ForwardedBy::XForwardedFor => {
                let addresses = texts(X_FORWARDED_FOR).flat_map(|text| text.split(','));
                addresses.map(|text| address(text.trim())).collect()
            }
            ForwardedBy::Forwarded => {
                let all = texts(header::FORWARDED).collect::<Vec<_>>().join(",");
                let hops = ForwardedHeaderValue::from_forwarded(&all);
                hops.map(|hops| hops.iter().map(|hop| hop.forwarded_for_ip()).collect()).unwrap_or_default()
            }
        }
    }
}

/// Parses an address with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<SocketAddr>().map(|address| address.ip());
    text.parse().or_else(|_| with_port()).ok()
}

/// The network that is counted as one client. An IPv6 subscriber commonly has a /64 of addresses (RFC 6177), so the first
/// 64 bits identify the client.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn client(header: ForwardedBy, peer: &str, values: &[&str]) -> String {
        let proxies = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap()).to_vec();
        let name = match header {
            ForwardedBy::XForwardedFor => "x-forwarded-for",
            ForwardedBy::Forwarded => "forwarded",
        };
        let request = values.iter().fold(Request::get("/"), |request, value| request.header(name, *value));
        let mut request = request.body(Body::empty()).unwrap();
        let peer: IpAddr = peer.parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer, 4711)));
        Trust { proxies, header }.client(&request).to_string()
    }

    #[test]
    fn only_addresses_that_trusted_proxies_added_are_used() {
        for (peer, values, expected) in [
            ("198.51.100.7", &["203.0.113.1"][..], "198.51.100.7"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["203.0.113.1"], "203.0.113.1"),
            ("10.0.0.1", &["1.1.1.1, 203.0.113.1"], "203.0.113.1"),
            ("10.0.0.1", &["1.1.1.1", "203.0.113.1, 10.0.0.2"], "203.0.113.1"),
            ("10.0.0.1", &["203.0.113.1:8000, 10.0.0.2:8000"], "203.0.113.1"),
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            ("10.0.0.1", &["203.0.113.1, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["garbage, 203.0.113.1"], "203.0.113.1"),
            ("10.0.0.1", &["203.0.113.1, garbage, 10.0.0.2"], "10.0.0.2"),
            ("::ffff:10.0.0.1", &["::ffff:203.0.113.1"], "203.0.113.1"),
            ("fd00::1", &["2001:db8::7"], "2001:db8::7"),
        ] {
            assert_eq!(client(ForwardedBy::XForwardedFor, peer, values), expected, "{peer} {values:?}");
        }
    }

    #[test]
    fn the_header_forwarded_is_read_when_configured() {
        for (values, expected) in [
            (&["for=203.0.113.1;proto=https"][..], "203.0.113.1"),
            (&["for=1.1.1.1, for=203.0.113.1, for=10.0.0.2"], "203.0.113.1"),
            (&["for=1.1.1.1", "for=\"[2001:db8::7]:4711\""], "2001:db8::7"),
            (&["for=1.1.1.1, for=_hidden"], "10.0.0.1"),
            (&["for=\"1.1.1.1", "for=203.0.113.1"], "203.0.113.1"),
            (&["for=\"1.1.1.1, for=", "for=203.0.113.1"], "10.0.0.1"),
        ] {
            assert_eq!(client(ForwardedBy::Forwarded, "10.0.0.1", values), expected, "{values:?}");
        }
    }

    #[test]
    fn an_ipv6_client_is_identified_by_64_bits() {
        let network = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("203.0.113.1"), "203.0.113.1");
    }
}
