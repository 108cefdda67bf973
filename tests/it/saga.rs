//! The services publish and consume what the saga table lists.

use std::collections::BTreeSet;

use boxoffice_contracts::{
    events::EVENTS,
    saga::{SAGA, SERVICES, consumed_by},
};
use boxoffice_runtime::Service;
use boxoffice_settings::Settings;

/// Every service that publishes or consumes an event.
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
    let steps: BTreeSet<_> = SAGA.iter().map(|step| (step.event, step.published_by)).collect();
    let events: BTreeSet<_> = EVENTS.iter().map(|event| (event.kind, event.source)).collect();
    assert_eq!(steps, events);
    assert_eq!(steps.len(), SAGA.len(), "every event is exactly one step");
}

#[test]
fn every_service_of_the_saga_runs() {
    let running: BTreeSet<_> = RUNNING.iter().map(|service| service.name).collect();
    assert_eq!(running, SERVICES.iter().copied().collect());
}

#[test]
fn every_service_handles_the_events_that_the_saga_assigns_to_it() {
    for service in RUNNING {
        let expected: BTreeSet<_> = consumed_by(service.name).into_iter().collect();
        assert_eq!((service.reactions)(&Settings::default()).unwrap().kinds(), expected, "{}", service.name);
    }
}
