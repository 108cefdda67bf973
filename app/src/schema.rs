//! The databases of a data folder, and whether their schemas match this program.

use boxoffice_database::{Migration, Snapshot};
use boxoffice_payments::providers::simulated::store as provider;

use crate::services::SERVICES;

/// Database of the simulated payment provider.
const PROVIDER: &str = "provider";

/// The names of all databases, which are also their file names without `.sqlite`.
pub fn databases() -> impl Iterator<Item = &'static str> {
    SERVICES.iter().map(|service| service.name).chain([PROVIDER])
}

/// The migrations of the database `name`, by owner.
pub fn migrations(name: &str) -> [(&'static str, &'static [Migration]); 2] {
    let service = SERVICES.iter().find(|service| service.name == name);
    let own = service.map_or((PROVIDER, provider::MIGRATIONS), |service| (service.name, service.migrations));
    [boxoffice_outbox::MIGRATIONS, own]
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
            "{name}.sqlite is of a newer version of this program, which knows migration {number} of {owner}: this one \
             knows {last}"
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
            "{name}.sqlite is of an older version of this program: start the system once to migrate it"
        );
    }
    Ok(())
}
