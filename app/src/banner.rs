//! What `serve` prints once it is ready: where to look, and a first sale to paste.

use std::{net::SocketAddr, path::Path};

use boxoffice_identity::Issuer;

/// What the banner tells.
pub struct Banner<'a> {
    pub address: SocketAddr,
    pub data: &'a Path,
    pub issuer: &'a Issuer,
    /// A customer's token, where the data has a demo customer.
    pub token: Option<String>,
}

impl Banner<'_> {
    /// Prints it on stdout.
    pub fn print(&self) {
        let base = format!("http://{}", self.address);
        println!("Boxoffice is ready.\n");
        println!("  documentation  {base}/docs");
        println!("  health         {base}/health");
        println!("  metrics        {base}/actuator/prometheus");
        println!("  data           {}", self.data.display());
        println!("  client secret  {}", self.issuer.client_file().display());
        if self.issuer.url().trim_end_matches('/') != base {
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
