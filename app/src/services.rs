//! The services of this program.

use boxoffice_runtime::Service;

/// All services with data, in the order in which they handle a booking.
pub const SERVICES: &[Service] = &[
    boxoffice_users::service(),
    boxoffice_inventory::service(),
    boxoffice_bookings::service(),
    boxoffice_orders::service(),
    boxoffice_payments::service(),
    boxoffice_notifications::service(),
];

/// The names that `serve` accepts: the gateway and the services.
pub fn names() -> impl Iterator<Item = &'static str> {
    std::iter::once("gateway").chain(SERVICES.iter().map(|service| service.name))
}

/// Checks that `named` is empty, which means all services, or names all of them.
///
/// # Errors
/// A name is unknown, or a service is missing: the embedded bus connects the services of one process only.
pub fn require_all(named: &[String]) -> anyhow::Result<()> {
    let known: Vec<&str> = names().collect();
    if let Some(unknown) = named.iter().find(|name| !known.contains(&name.as_str())) {
        anyhow::bail!("service {unknown:?} does not exist: known services are {}", known.join(", "));
    }
    let missing: Vec<&str> = known.into_iter().filter(|name| !named.iter().any(|other| other == name)).collect();
    anyhow::ensure!(
        named.is_empty() || missing.is_empty(),
        "running fewer than all services requires a broker, and the embedded bus connects one process only: omit the \
         names to run all services, or add {}",
        missing.join(", "),
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(named: &[&str]) -> String {
        let named: Vec<String> = named.iter().map(ToString::to_string).collect();
        require_all(&named).map_or_else(|e| e.to_string(), |()| String::new())
    }

    #[test]
    fn either_all_or_no_services_must_be_named() {
        assert_eq!(error(&[]), "");
        assert_eq!(error(&names().collect::<Vec<_>>()), "");
        assert!(error(&["bookings"]).contains("requires a broker"), "{}", error(&["bookings"]));
        assert!(error(&["booking"]).contains("known services are gateway, users"), "{}", error(&["booking"]));
    }
}
