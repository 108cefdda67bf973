//! Power cuts under load: the process is killed with `kill -9` and started again on the same data, 20 times.
//!
//! A journal outside the program records the responses of the clients. At the end, every response must still be true
//! (I20), every booking must belong to a request (I21), and a request that was interrupted must have one effect, however
//! often it is repeated (I15).

pub mod clients;
pub mod fixture;
pub mod journal;
pub mod program;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use boxoffice_clock::{Clock, Entropy, Stopwatch};
use serde_json::Value;

use self::{
    fixture::Fixture,
    journal::{Cancellation, Journal, Outcome, Request},
    program::Program,
};
use crate::cli::program::fresh_folder;

const ROUNDS: usize = 20;
const CLIENTS: usize = 24;
/// Range of the number of bookings that are acknowledged before each power cut.
const MIN_BOOKINGS: f64 = 50.0;
const MAX_BOOKINGS: f64 = 500.0;
/// Limit for the bookings of a round, and for all bookings to settle.
const WAIT_LIMIT: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_booking_is_lost_by_a_power_cut() {
    let (clock, entropy) = (Clock::system(), Entropy::system());
    let data = fresh_folder("power-cut");
    let mut program = Program::start(&data, &clock).await;
    let fixture = Arc::new(Fixture::create(&program, CLIENTS).await);
    let journal = Arc::new(Journal::default());
    for round in 0..ROUNDS {
        let mut clients = clients::start(&program, &fixture, &journal, round);
        let enough =
            journal.acknowledged() + (MIN_BOOKINGS + entropy.fraction() * (MAX_BOOKINGS - MIN_BOOKINGS)) as usize;
        wait(&clock, "enough bookings are acknowledged", async || {
            // A client panics on an unexpected response.
            while let Some(ended) = clients.try_join_next() {
                ended.expect("the client received only expected responses");
            }
            journal.acknowledged() >= enough
        })
        .await;
        program.kill();
        clients.join_all().await;
        program = Program::start(&data, &clock).await;
    }
    settle(&program, &fixture, &clock).await;
    let requests = journal.take();
    let found = fixture.bookings(&program).await;
    every_response_is_still_true(&requests, &found);
    let cut_off = every_booking_belongs_to_a_request(&requests, &found);
    repeated_requests_have_one_effect(&program, &fixture, &cut_off, &found).await;
    settle(&program, &fixture, &clock).await;
    let found = fixture.bookings(&program).await;
    sold_seats_match_confirmed_bookings(&program, &fixture, &found).await;
    program.verify("on the running system");
    program.kill();
    program.verify("after the last power cut");
    std::fs::remove_dir_all(&data).expect("the folder can be removed");
}

/// Polls `is_done` until it returns true.
pub async fn wait(clock: &Clock, what: &str, mut is_done: impl AsyncFnMut() -> bool) {
    let watch = Stopwatch::start();
    while !is_done().await {
        assert!(watch.elapsed() < WAIT_LIMIT, "not within {WAIT_LIMIT:?}: {what}");
        clock.sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until no booking is PENDING.
pub async fn settle(program: &Program, fixture: &Fixture, clock: &Clock) {
    wait(clock, "no booking is PENDING", async || fixture.is_settled(program).await).await;
}

/// The bookings of the program by id.
type Found = BTreeMap<String, Value>;

/// I20: every booking of a 2xx response exists with the same content, in a status that follows from the response.
fn every_response_is_still_true(requests: &[Request], found: &Found) {
    let (mut confirmed, mut cancelled) = (0, 0);
    for request in requests {
        let Outcome::Acknowledged(booking) = &request.outcome else { continue };
        let id = booking["id"].as_str().expect("a booking has an id");
        let now = found.get(id).unwrap_or_else(|| panic!("booking {id} was acknowledged and is missing: {request:?}"));
        for field in ["id", "userId", "lines", "total", "currency", "createdAt"] {
            assert_eq!(now[field], booking[field], "{field} of booking {id}");
        }
        let status = now["status"].as_str().expect("a booking has a status");
        assert!(request.may_end_as(status), "booking {id} is {status} after {request:?}");
        confirmed += usize::from(status == "CONFIRMED");
        cancelled += usize::from(request.cancellation == Cancellation::Acknowledged);
    }
    assert!(cancelled > 0, "no booking was cancelled: the run did not test this");
    assert!(confirmed > ROUNDS, "only {confirmed} bookings were confirmed: the run did not test this");
}

/// I21: every booking was acknowledged, or its request was cut off. Returns the requests that were cut off.
fn every_booking_belongs_to_a_request<'r>(requests: &'r [Request], found: &Found) -> Vec<&'r Request> {
    let is_acknowledged = |id: &str| requests.iter().any(|request| request.booking_id() == Some(id));
    let cut_off: Vec<_> = requests.iter().filter(|request| matches!(request.outcome, Outcome::CutOff)).collect();
    assert!(cut_off.len() >= ROUNDS, "only {} requests were cut off: the run did not test this", cut_off.len());
    let refusals = requests.iter().filter_map(|request| match &request.outcome {
        Outcome::Refused(code) => Some((code.as_str(), request.is_scarce)),
        _ => None,
    });
    let refusals: Vec<_> = refusals.collect();
    assert!(!refusals.is_empty(), "no request was refused: the run did not test this");
    assert!(refusals.iter().all(|refusal| *refusal == ("sold-out", true)), "{refusals:?}");
    let unacknowledged: Vec<_> = found.keys().filter(|id| !is_acknowledged(id)).collect();
    let (bookings, requests) = (unacknowledged.len(), cut_off.len());
    assert!(bookings <= requests, "{bookings} unacknowledged bookings for {requests} interrupted requests");
    cut_off
}

/// I15, and the rest of I21: bookings without a response belong to interrupted requests.
async fn repeated_requests_have_one_effect(program: &Program, fixture: &Fixture, cut_off: &[&Request], before: &Found) {
    let mut repeated: BTreeMap<String, &Request> = BTreeMap::new();
    for request in cut_off {
        let first = clients::repeat(program, fixture, request).await;
        let second = clients::repeat(program, fixture, request).await;
        let Some(booking) = first.booking else {
            assert!(request.may_be_sold_out(), "a repeated request was refused: {request:?} {}", first.text);
            continue;
        };
        let id = booking["id"].as_str().expect("a booking has an id").to_owned();
        assert_eq!(first.was_replayed, before.contains_key(&id), "booking {id} of {request:?}");
        assert!(second.was_replayed, "the second repetition of {request:?} has an effect");
        assert_eq!(second.booking.expect("it was accepted before")["id"], id.as_str(), "{request:?}");
        let other = repeated.insert(id.clone(), request);
        assert!(other.is_none(), "booking {id} belongs to two requests: {request:?} and {other:?}");
    }
    let after = fixture.bookings(program).await;
    let appeared = after.keys().filter(|id| !before.contains_key(*id)).count();
    let unanswered = repeated.keys().filter(|id| before.contains_key(*id)).count();
    assert_eq!(appeared + unanswered, repeated.len(), "every interrupted request has one booking");
    assert_eq!(after.len(), before.len() + appeared);
}

/// I24, and the part of I11 that clients can observe.
async fn sold_seats_match_confirmed_bookings(program: &Program, fixture: &Fixture, found: &Found) {
    for event in &fixture.events {
        let confirmed = found.values().filter(|booking| booking["status"] == "CONFIRMED");
        let lines = confirmed.flat_map(|booking| booking["lines"].as_array().expect("a booking has lines"));
        let of_event = lines.filter(|line| line["eventId"] == event.id);
        let seats: i64 = of_event.map(|line| line["quantity"].as_i64().expect("a quantity is a number")).sum();
        let now = fixture.event(program, event.id).await;
        assert_eq!((now["sold"].as_i64(), now["held"].as_i64()), (Some(seats), Some(0)), "event {}", event.id);
        assert!(seats <= event.capacity, "event {} is oversold", event.id);
    }
}
