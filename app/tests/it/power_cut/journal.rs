//! Journal of the clients' requests and responses, stored outside the program.

use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// The response that a client received.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// 201, with the booking in the response.
    Acknowledged(Value),
    /// 4xx, with the code of the problem; no effect.
    Refused(String),
    /// The connection was cut, or the response was an error with an unknown outcome.
    CutOff,
}

/// The outcome of a cancellation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancellation {
    /// None was requested, or it was refused.
    None,
    Acknowledged,
    CutOff,
}

/// A request for a booking.
#[derive(Clone, Debug)]
pub struct Request {
    /// Index of the customer in `Fixture::customers`.
    pub customer: usize,
    /// The `Idempotency-Key` of the request.
    pub key: String,
    pub body: Value,
    /// Whether it books seats of the event that sells out.
    pub is_scarce: bool,
    pub outcome: Outcome,
    pub cancellation: Cancellation,
}

impl Request {
    pub fn booking_id(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Acknowledged(booking) => booking["id"].as_str(),
            _ => None,
        }
    }

    pub fn may_be_sold_out(&self) -> bool {
        self.is_scarce
    }

    /// Whether the settled booking may have this status.
    pub fn may_end_as(&self, status: &str) -> bool {
        match self.cancellation {
            Cancellation::Acknowledged => return status == "CANCELLED",
            Cancellation::CutOff if status == "CANCELLED" => return true,
            _ => {}
        }
        let token = self.body["paymentToken"].as_str().expect("a request has a payment token");
        match token {
            // A hold may expire while the program is down, and its seats may be sold to another customer.
            _ if self.is_scarce && status == "FAILED" => true,
            "tok_ok" | "tok_slow" | "tok_silent_then_ok" => status == "CONFIRMED",
            "tok_declined" | "tok_silent_then_declined" => status == "FAILED",
            "tok_silent" => matches!(status, "FAILED" | "EXPIRED"),
            other => panic!("unknown payment token {other}"),
        }
    }
}

/// All requests of all clients.
#[derive(Default)]
pub struct Journal(Mutex<Vec<Request>>);

impl Journal {
    /// Adds a request with its outcome.
    pub fn record(&self, request: Request) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(request);
    }

    /// Number of bookings that are acknowledged until now.
    pub fn acknowledged(&self) -> usize {
        let requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        requests.iter().filter(|request| matches!(request.outcome, Outcome::Acknowledged(_))).count()
    }

    /// The requests whose bookings are acknowledged until now.
    pub fn acknowledgments(&self) -> Vec<Request> {
        let requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        requests.iter().filter(|request| request.booking_id().is_some()).cloned().collect()
    }

    /// Removes and returns all requests.
    pub fn take(&self) -> Vec<Request> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
