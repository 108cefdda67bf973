//! `token`: a bearer token of the data folder's issuer.

use anyhow::Context as _;
use boxoffice_clock::{Clock, Entropy};
use boxoffice_identity::{Issuer, Scope, Scopes};

use crate::{cli, settings::IDENTITY};

/// Prints the token, and nothing else, on stdout.
pub fn token(options: &cli::Token) -> anyhow::Result<()> {
    let issuer = issuer(&options.data.data)?;
    println!("{}", issuer.token(&options.subject, options.scope, options.ttl));
    Ok(())
}

/// The issuer of a data folder, which has been started before. Reading its keys needs no lock: they are written once.
pub fn issuer(data: &std::path::Path) -> anyhow::Result<Issuer> {
    let folder = data.join(IDENTITY);
    anyhow::ensure!(
        folder.exists(),
        "there are no keys in {}: start it once, or name the folder with --data",
        data.display()
    );
    Issuer::open_existing(&folder, Clock::system(), Entropy::system())
        .with_context(|| format!("the keys in {} cannot be used", folder.display()))
}

/// A token by which this program asks a running one, as its operator.
pub fn for_operator(data: &std::path::Path) -> anyhow::Result<String> {
    let scopes: Scopes = Scope::Operator.into();
    Ok(issuer(data)?.token("operator:command-line", scopes, std::time::Duration::from_secs(300)))
}
