//! The databases of a data folder, and whether their schemas match this program.

use boxoffice_database::{Database, Migration, Snapshot};
use boxoffice_payments::providers::{PROVIDERS, ProviderDatabase};

use crate::services::SERVICES;

/// The databases that payment providers keep in the data folder.
fn provider_databases() -> impl Iterator<Item = ProviderDatabase> {
    PROVIDERS.iter().filter_map(|kind| kind.database())
}

/// The names of all databases: those of the services and those of the payment providers.
pub fn databases() -> impl Iterator<Item = &'static str> {
    SERVICES.iter().map(|service| service.name).chain(provider_databases().map(|database| database.name))
}

/// The migrations of the database `name`, by owner.
pub fn migrations(name: &str) -> Vec<(&'static str, &'static [Migration])> {
    let services = SERVICES.iter().map(|service| (service.name, service.migrations));
    let providers = provider_databases().map(|database| (database.name, database.migrations));
    let own = services.chain(providers).find(|(owner, _)| *owner == name);
    std::iter::once(boxoffice_outbox::MIGRATIONS).chain(own).collect()
}

/// Checks that the migrations `ran` of the database `name` are known to this program.
///
/// # Errors
/// A newer version of the program wrote the database.
pub fn must_not_be_newer<'a>(name: &str, ran: impl IntoIterator<Item = (&'a str, i64)>) -> anyhow::Result<()> {
    for (owner, number) in ran {
        let known = migrations(name).into_iter().find(|(known, _)| *known == owner);
        let last = known.and_then(|(_, migrations)| migrations.last()).map_or(0, |migration| migration.number);
        anyhow::ensure!(
            number <= last,
            "{} is of a newer version of this program, which knows migration {number} of {owner}: this one knows {last}",
            Database::file_name(name)
        );
    }
    Ok(())
}

/// Checks that exactly the migrations of this program have run in the database `name`.
///
/// # Errors
/// A newer or an older version of the program wrote the database.
pub fn must_match_program(name: &str, snapshot: &Snapshot) -> anyhow::Result<()> {
    let ran = snapshot.migrations()?;
    must_not_be_newer(name, ran.iter().map(|(owner, number)| (owner.as_str(), *number)))?;
    for (owner, migrations) in migrations(name) {
        let done = ran.iter().find(|(known, _)| known == owner).map_or(0, |(_, number)| *number);
        let last = migrations.last().map_or(0, |migration| migration.number);
        anyhow::ensure!(
            done == last,
            "{} is of an older version of this program: start the system once to migrate it",
            Database::file_name(name)
        );
    }
    Ok(())
}
