//! The services against the table of the saga.

use std::collections::BTreeSet;

use boxoffice_contracts::{
    events::EVENTS,
    saga::{SAGA, SERVICES, heard_by},
};
use boxoffice_runtime::Service;

/// Every service that says or hears something.
const RUNNING: &[Service] = &[
    boxoffice_users::service(),
    boxoffice_inventory::service(),
    boxoffice_bookings::service(),
    boxoffice_orders::service(),
    boxoffice_payments::service(),
    boxoffice_notifications::service(),
];

#[test]
fn every_event_is_a_step_of_the_saga() {
    let steps: BTreeSet<_> = SAGA.iter().map(|step| (step.event, step.said_by)).collect();
    let events: BTreeSet<_> = EVENTS.iter().map(|event| (event.kind, event.source)).collect();
    assert_eq!(steps, events);
    assert_eq!(steps.len(), SAGA.len(), "an event is one step");
}

#[test]
fn every_service_of_the_saga_runs() {
    let running: BTreeSet<_> = RUNNING.iter().map(|service| service.name).collect();
    assert_eq!(running, SERVICES.iter().copied().collect());
}

#[test]
fn every_service_reacts_to_what_the_saga_says_it_hears() {
    for service in RUNNING {
        let expected: BTreeSet<_> = heard_by(service.name).into_iter().collect();
        assert_eq!((service.reactions)().kinds(), expected, "{}", service.name);
    }
}
