//! The bookings of the load.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use boxoffice_clock::Stopwatch;
use hdrhistogram::Histogram;
use hyper::{Method, Uri, body::Bytes};
use indicatif::ProgressBar;
use serde_json::json;
use tokio::task::JoinSet;

use super::{
    catalog::TestEvent,
    connection::{Connection, LoadRequest, Target},
    customers::Customer,
    progress,
};

/// The results of the bookings.
pub struct Booked {
    /// Number of 201 responses.
    pub accepted: u64,
    /// Number of 429 and 503 responses with `Retry-After`; the request was repeated with its idempotency key.
    pub refused: u64,
    /// Other responses by status, with their number and the body of one.
    pub others: BTreeMap<u16, (u64, String)>,
    /// Time from the first attempt of a request to its final response, in microseconds.
    pub latency: Histogram<u64>,
}

impl Booked {
    fn empty() -> anyhow::Result<Self> {
        // One microsecond to one minute, with three significant digits.
        let latency = Histogram::new_with_bounds(1, 60_000_000, 3)?;
        Ok(Self { accepted: 0, refused: 0, others: BTreeMap::new(), latency })
    }

    fn add(&mut self, other: Self) -> anyhow::Result<()> {
        self.accepted += other.accepted;
        self.refused += other.refused;
        for (status, (count, text)) in other.others {
            self.others.entry(status).or_insert((0, text)).0 += count;
        }
        Ok(self.latency.add(other.latency)?)
    }
}

/// Books one ticket for every customer, over the given number of connections.
pub async fn book(
    target: &Target,
    test_event: &TestEvent,
    customers: Arc<Vec<Customer>>,
    connections: usize,
) -> anyhow::Result<Booked> {
    let body = json!({"lines": [{"ticketTypeId": test_event.ticket_type, "quantity": 1}], "paymentToken": "tok_ok"});
    let body = Bytes::from(body.to_string());
    let (next, bar) = (Arc::new(AtomicUsize::new(0)), progress::bar("bookings", customers.len() as u64));
    let mut workers = JoinSet::new();
    for _ in 0..connections {
        let connection = Connection::open(target).await?;
        workers.spawn(worker(connection, customers.clone(), body.clone(), next.clone(), bar.clone()));
    }
    let mut booked = Booked::empty()?;
    while let Some(worker) = workers.join_next().await {
        booked.add(worker??)?;
    }
    bar.finish_and_clear();
    Ok(booked)
}

async fn worker(
    mut connection: Connection,
    customers: Arc<Vec<Customer>>,
    body: Bytes,
    next: Arc<AtomicUsize>,
    bar: ProgressBar,
) -> anyhow::Result<Booked> {
    let mut booked = Booked::empty()?;
    while let Some(customer) = customers.get(next.fetch_add(1, Ordering::Relaxed)) {
        let request = LoadRequest {
            method: Method::POST,
            uri: Uri::from_static("/api/v1/bookings"),
            bearer: Some(customer.bearer.clone()),
            key: Some(customer.key.clone()),
            body: body.clone(),
        };
        let watch = Stopwatch::start();
        let (status, body_of_response) = connection.send_with_retries(&request, &mut booked.refused).await?;
        booked.latency.saturating_record(u64::try_from(watch.elapsed().as_micros()).unwrap_or(u64::MAX));
        if status == 201 {
            booked.accepted += 1;
        } else {
            let text = || (0, String::from_utf8_lossy(&body_of_response).into_owned());
            booked.others.entry(status).or_insert_with(text).0 += 1;
        }
        bar.inc(1);
    }
    Ok(booked)
}
