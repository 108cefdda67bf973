//! The databases of a data folder, and whether they are those of this program.

use boxoffice_database::{Database, Migration, Snapshot};
use boxoffice_payments::providers::simulated::store as provider;

use crate::services::SERVICES;

/// The simulated payment provider's own.
const PROVIDER: &str = "provider";

/// Every database: the services' and the simulated provider's. Each is a file of this name.
pub fn databases() -> impl Iterator<Item = &'static str> {
    SERVICES.iter().map(|service| service.name).chain([PROVIDER])
}

/// The migrations that this program knows for the database `name`, by owner.
pub fn known(name: &str) -> [(&'static str, &'static [Migration]); 2] {
    let service = SERVICES.iter().find(|service| service.name == name);
    let own = service.map_or((PROVIDER, provider::MIGRATIONS), |service| (service.name, service.migrations));
    [boxoffice_outbox::MIGRATIONS, own]
}

/// Passes when no newer program has written the database `name`, whose last migrations are `ran`.
///
/// # Errors
/// A text for the operator.
pub fn must_not_be_newer<'a>(name: &str, ran: impl IntoIterator<Item = (&'a str, i64)>) -> anyhow::Result<()> {
    for (owner, number) in ran {
        let known = known(name).into_iter().find(|(known, _)| *known == owner);
        let last = known.and_then(|(_, migrations)| migrations.last()).map_or(0, |migration| migration.number);
        anyhow::ensure!(
            number <= last,
            "{} is of a newer version of this program, which knows migration {number} of {owner}: this one knows {last}",
            Database::file_name(name)
        );
    }
    Ok(())
}

/// Passes when the tables of the database `name` are those that this program reads.
///
/// # Errors
/// A text for the operator.
pub fn must_be_that_of_this_program(name: &str, snapshot: &Snapshot) -> anyhow::Result<()> {
    let ran = snapshot.migrations()?;
    must_not_be_newer(name, ran.iter().map(|(owner, number)| (owner.as_str(), *number)))?;
    for (owner, migrations) in known(name) {
        let done = ran.iter().find(|(known, _)| known == owner).map_or(0, |(_, number)| *number);
        let last = migrations.last().map_or(0, |migration| migration.number);
        anyhow::ensure!(
            done == last,
            "{} is of an older version of this program: start it once, so that it is brought up to date",
            Database::file_name(name)
        );
    }
    Ok(())
}
