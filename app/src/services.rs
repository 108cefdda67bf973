//! What this program is made of.

use boxoffice_runtime::Service;

/// Every service, in the order in which a booking meets them.
pub const SERVICES: &[Service] = &[
    boxoffice_users::service(),
    boxoffice_inventory::service(),
    boxoffice_bookings::service(),
    boxoffice_orders::service(),
    boxoffice_payments::service(),
    boxoffice_notifications::service(),
];

/// The names that `serve` takes: the services, and the door before them.
pub fn names() -> impl Iterator<Item = &'static str> {
    std::iter::once("gateway").chain(SERVICES.iter().map(|service| service.name))
}

/// Whether `named` is all of them, or none named, which means the same.
///
/// # Errors
/// For a name that is none, and for fewer than all: the embedded bus serves one process.
pub fn all(named: &[String]) -> anyhow::Result<()> {
    let known: Vec<&str> = names().collect();
    if let Some(unknown) = named.iter().find(|name| !known.contains(&name.as_str())) {
        anyhow::bail!("there is no service {unknown:?}: there are {}", known.join(", "));
    }
    let missing: Vec<&str> = known.into_iter().filter(|name| !named.iter().any(|other| other == name)).collect();
    anyhow::ensure!(
        named.is_empty() || missing.is_empty(),
        "fewer than all services need a broker between them, and the embedded bus serves one process: name none to \
         run all, or add {}",
        missing.join(", "),
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(named: &[&str]) -> String {
        let named: Vec<String> = named.iter().map(ToString::to_string).collect();
        all(&named).map_or_else(|e| e.to_string(), |()| String::new())
    }

    #[test]
    fn all_or_none_are_named() {
        assert_eq!(refused(&[]), "");
        assert_eq!(refused(&names().collect::<Vec<_>>()), "");
        assert!(refused(&["bookings"]).contains("need a broker"), "{}", refused(&["bookings"]));
        assert!(refused(&["booking"]).contains("there are gateway, users"), "{}", refused(&["booking"]));
    }
}
