//! Banner: the addresses and the example request that `serve` prints once it is ready.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
};

use boxoffice_identity::Issuer;

/// The contents of the banner.
pub struct Banner<'a> {
    /// Address on which the gateway listens.
    pub address: SocketAddr,
    /// Path of the data folder.
    pub data: &'a Path,
    /// Path of the configuration file, if one is used.
    pub settings: Option<&'a Path>,
    /// The issuer, whose client secret and URL are shown.
    pub issuer: &'a Issuer,
    /// Token of the demo customer; `None` if the data has none.
    pub token: Option<String>,
}

impl Banner<'_> {
    /// Prints the banner to stdout.
    pub fn print(&self) {
        let base = format!("http://{}", reachable(self.address));
        println!("Boxoffice is ready.\n");
        println!("  documentation  {base}/docs");
        println!("  health         {base}/health");
        println!("  metrics        {base}/actuator/prometheus");
        if let Some(settings) = self.settings {
            println!("  settings       {}", settings.display());
        }
        println!("  data           {}", self.data.display());
        println!("  client secret  {}", self.issuer.client_file().display());
        if !is_local_issuer(self.issuer.url(), self.address) {
            println!("  issuer         {} (set at the first start; tokens contain it)", self.issuer.url());
        }
        if let Some(token) = &self.token {
            println!("\nExample booking (with the token of a demo customer, valid for one day):\n");
            println!("  TOKEN={token}");
            println!(
                "  curl -sS {base}/api/v1/bookings -H \"Authorization: Bearer $TOKEN\" -H 'Prefer: wait=5' \\\n    \
                 --json '{{\"lines\":[{{\"ticketTypeId\":1,\"quantity\":2}}],\"paymentToken\":\"tok_ok\"}}'"
            );
            println!("\nWith \"tok_declined\" the payment is declined and the seats are released. Stop with Ctrl-C.");
        }
    }
}

/// The address at which programs on this machine reach a server that listens on `address`.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, address.port()).into(),
        IpAddr::V6(ip) if ip.is_unspecified() => (Ipv6Addr::LOCALHOST, address.port()).into(),
        _ => address,
    }
}

/// Whether the URL `issuer`, used on this machine, reaches a server that listens on `address`.
fn is_local_issuer(issuer: &str, address: SocketAddr) -> bool {
    let reachable = reachable(address);
    let names = [reachable.to_string(), format!("localhost:{}", reachable.port())];
    let is_local = reachable.ip().is_loopback();
    let at =
        issuer.strip_prefix("http://").map(|rest| if rest.contains(':') { rest.into() } else { format!("{rest}:80") });
    at.is_some_and(|at| at == names[0] || is_local && at == names[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_machine_reach_the_issuer() {
        let here = |issuer: &str, address: &str| is_local_issuer(issuer, address.parse().unwrap());
        for address in ["127.0.0.1:8080", "[::1]:8080", "0.0.0.0:8080", "[::]:8080"] {
            assert!(here("http://localhost:8080", address), "{address}");
        }
        assert!(here("http://127.0.0.1:8080", "0.0.0.0:8080"));
        assert!(here("http://192.0.2.7:8080", "192.0.2.7:8080"));
        assert!(here("http://localhost", "127.0.0.1:80"));
        for remote in ["http://localhost:8081", "https://localhost:8080", "http://tickets.example:8080"] {
            assert!(!here(remote, "127.0.0.1:8080"), "{remote}");
        }
        assert!(!here("http://localhost:8080", "192.0.2.7:8080"));
    }
}
