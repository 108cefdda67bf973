//! What `serve` prints once it is ready: where to look, and a first sale to paste.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
};

use boxoffice_identity::Issuer;

/// What the banner tells.
pub struct Banner<'a> {
    pub address: SocketAddr,
    pub data: &'a Path,
    /// The file of settings, where there is one.
    pub settings: Option<&'a Path>,
    pub issuer: &'a Issuer,
    /// A customer's token, where the data has a demo customer.
    pub token: Option<String>,
}

impl Banner<'_> {
    /// Prints it on stdout.
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
        if !is_here(self.issuer.url(), self.address) {
            println!("  issuer         {} (fixed at the first start; tokens name it)", self.issuer.url());
        }
        if let Some(token) = &self.token {
            println!("\nA first sale (the token is a demo customer's, good for a day):\n");
            println!("  TOKEN={token}");
            println!(
                "  curl -sS {base}/api/v1/bookings -H \"Authorization: Bearer $TOKEN\" -H 'Prefer: wait=5' \\\n    \
                 --json '{{\"lines\":[{{\"ticketTypeId\":1,\"quantity\":2}}],\"paymentToken\":\"tok_ok\"}}'"
            );
            println!("\nWith \"tok_declined\" the payment is refused and the places come back. Stop with Ctrl-C.");
        }
    }
}

/// Where a program on this machine finds what listens on `address`.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, address.port()).into(),
        IpAddr::V6(ip) if ip.is_unspecified() => (Ipv6Addr::LOCALHOST, address.port()).into(),
        _ => address,
    }
}

/// Whether whoever goes to `issuer` on this machine comes to what listens on `address`.
fn is_here(issuer: &str, address: SocketAddr) -> bool {
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
    fn the_issuer_is_here_under_the_names_of_this_machine() {
        let here = |issuer: &str, address: &str| is_here(issuer, address.parse().unwrap());
        for address in ["127.0.0.1:8080", "[::1]:8080", "0.0.0.0:8080", "[::]:8080"] {
            assert!(here("http://localhost:8080", address), "{address}");
        }
        assert!(here("http://127.0.0.1:8080", "0.0.0.0:8080"));
        assert!(here("http://192.0.2.7:8080", "192.0.2.7:8080"));
        assert!(here("http://localhost", "127.0.0.1:80"));
        for elsewhere in ["http://localhost:8081", "https://localhost:8080", "http://tickets.example:8080"] {
            assert!(!here(elsewhere, "127.0.0.1:8080"), "{elsewhere}");
        }
        assert!(!here("http://localhost:8080", "192.0.2.7:8080"));
    }
}
