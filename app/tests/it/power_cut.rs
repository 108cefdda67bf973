//! The plug is pulled in the middle of a load, again and again: `kill -9`, and a start on the same data.
//!
//! The responses of the clients are kept in a journal outside the program. At the end every answer must still be true
//! (I20), nothing may be there that nobody asked for (I21), and a request whose answer was cut off has one effect
//! however often it is repeated (I15).

pub mod clients;
pub mod journal;
pub mod program;
pub mod shop;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use boxoffice_clock::{Clock, Entropy, Stopwatch};
use serde_json::Value;

use self::{
    journal::{Cancellation, Journal, Outcome, Request},
    program::Program,
    shop::Shop,
};

const ROUNDS: usize = 20;
const CLIENTS: usize = 24;
/// Bookings that are acknowledged before the plug is pulled: a number between these.
const FEWEST: f64 = 50.0;
const MOST: f64 = 500.0;
/// How long it may take to get there, and how long until everything has come to its end.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_the_plug_is_pulled() {
    let (clock, entropy) = (Clock::system(), Entropy::system());
    let data = program::fresh_folder("power-cut");
    let mut program = Program::start(&data, &clock).await;
    let shop = Arc::new(Shop::open(&program, CLIENTS).await);
    let journal = Arc::new(Journal::default());
    for round in 0..ROUNDS {
        let mut clients = clients::start(&program, &shop, &journal, round);
        let enough = journal.acknowledged() + (FEWEST + entropy.fraction() * (MOST - FEWEST)) as usize;
        wait(&clock, "the clients are served", async || {
            // One that met an answer that must not be has panicked: so does this.
            while let Some(ended) = clients.try_join_next() {
                ended.expect("a client ends by itself");
            }
            journal.acknowledged() >= enough
        })
        .await;
        program.kill();
        clients.join_all().await;
        program = Program::start(&data, &clock).await;
    }
    settle(&program, &shop, &clock).await;
    let requests = journal.take();
    let found = shop.bookings(&program).await;
    every_answer_is_still_true(&requests, &found);
    let cut_off = nothing_is_there_that_nobody_asked_for(&requests, &found);
    repeated_requests_have_one_effect(&program, &shop, &cut_off, &found).await;
    settle(&program, &shop, &clock).await;
    let found = shop.bookings(&program).await;
    places_are_sold_to_those_who_have_them(&program, &shop, &found).await;
    program.verify("while it runs");
    program.kill();
    program.verify("after a last cut");
    std::fs::remove_dir_all(&data).expect("nobody uses it any more");
}

/// Returns once `is_so`, looked at often.
pub async fn wait(clock: &Clock, what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let watch = Stopwatch::start();
    while !is_so().await {
        assert!(watch.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        clock.sleep(Duration::from_millis(5)).await;
    }
}

pub async fn settle(program: &Program, shop: &Shop, clock: &Clock) {
    wait(clock, "every booking has come to its end", async || shop.is_settled(program).await).await;
}

/// What the program has, by id.
type Found = BTreeMap<String, Value>;

/// I20: whatever was answered with 2xx is there, with the same content, in a state that follows from the answer.
fn every_answer_is_still_true(requests: &[Request], found: &Found) {
    let (mut confirmed, mut cancelled) = (0, 0);
    for request in requests {
        let Outcome::Acknowledged(booking) = &request.outcome else { continue };
        let id = booking["id"].as_str().expect("a booking has an id");
        let now = found.get(id).unwrap_or_else(|| panic!("booking {id} was acknowledged and is gone: {request:?}"));
        for field in ["id", "userId", "lines", "total", "currency", "createdAt"] {
            assert_eq!(now[field], booking[field], "{field} of booking {id}");
        }
        let status = now["status"].as_str().expect("a booking has a status");
        assert!(request.may_end_as(status), "booking {id} is {status} after {request:?}");
        confirmed += usize::from(status == "CONFIRMED");
        cancelled += usize::from(request.cancellation == Cancellation::Acknowledged);
    }
    assert!(cancelled > 0, "nothing was cancelled: this run has shown nothing");
    assert!(confirmed > ROUNDS, "only {confirmed} bookings were confirmed: this run has shown nothing");
}

/// I21: every booking was acknowledged, or its request was cut off. Returns the requests that were cut off.
fn nothing_is_there_that_nobody_asked_for<'r>(requests: &'r [Request], found: &Found) -> Vec<&'r Request> {
    let is_acknowledged = |id: &str| requests.iter().any(|request| request.booking_id() == Some(id));
    let cut_off: Vec<_> = requests.iter().filter(|request| matches!(request.outcome, Outcome::CutOff)).collect();
    assert!(cut_off.len() >= ROUNDS, "only {} requests were cut off: this run has shown nothing", cut_off.len());
    let refusals = requests.iter().filter_map(|request| match &request.outcome {
        Outcome::Refused(code) => Some((code.as_str(), request.is_scarce)),
        _ => None,
    });
    let refusals: Vec<_> = refusals.collect();
    assert!(!refusals.is_empty(), "nothing was refused: this run has shown nothing");
    assert!(refusals.iter().all(|refusal| *refusal == ("sold-out", true)), "{refusals:?}");
    let unasked: Vec<_> = found.keys().filter(|id| !is_acknowledged(id)).collect();
    assert!(unasked.len() <= cut_off.len(), "{} bookings nobody asked for", unasked.len() - cut_off.len());
    cut_off
}

/// I15, and the rest of I21: bookings without a response belong to interrupted requests.
async fn repeated_requests_have_one_effect(program: &Program, shop: &Shop, cut_off: &[&Request], before: &Found) {
    let mut answered: BTreeMap<String, &Request> = BTreeMap::new();
    for request in cut_off {
        let first = clients::repeat(program, shop, request).await;
        let second = clients::repeat(program, shop, request).await;
        let Some(booking) = first.booking else {
            assert!(request.may_be_sold_out(), "{request:?} is refused when it is repeated: {}", first.text);
            continue;
        };
        let id = booking["id"].as_str().expect("a booking has an id").to_owned();
        assert_eq!(first.was_replayed, before.contains_key(&id), "booking {id} of {request:?}");
        assert!(second.was_replayed, "the second repetition of {request:?} is new");
        assert_eq!(second.booking.expect("it was accepted before")["id"], id.as_str(), "{request:?}");
        let other = answered.insert(id.clone(), request);
        assert!(other.is_none(), "booking {id} is the effect of two requests: {request:?} and {other:?}");
    }
    let after = shop.bookings(program).await;
    let appeared = after.keys().filter(|id| !before.contains_key(*id)).count();
    let unanswered = answered.keys().filter(|id| before.contains_key(*id)).count();
    assert_eq!(appeared + unanswered, answered.len(), "every request that was cut off has one booking");
    assert_eq!(after.len(), before.len() + appeared);
}

/// I24 and the part of I11 that a client can see.
async fn places_are_sold_to_those_who_have_them(program: &Program, shop: &Shop, found: &Found) {
    for event in &shop.events {
        let confirmed = found.values().filter(|booking| booking["status"] == "CONFIRMED");
        let lines = confirmed.flat_map(|booking| booking["lines"].as_array().expect("a booking has lines"));
        let of_event = lines.filter(|line| line["eventId"] == event.id);
        let places: i64 = of_event.map(|line| line["quantity"].as_i64().expect("a quantity is a number")).sum();
        let now = shop.event(program, event.id).await;
        assert_eq!((now["sold"].as_i64(), now["held"].as_i64()), (Some(places), Some(0)), "event {}", event.id);
        assert!(places <= event.capacity, "event {} is oversold", event.id);
    }
}
