//! Journal of the clients' requests and responses, stored outside the program.

use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// The response that a client received.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// 201, with the booking as it was answered.
    Acknowledged(Value),
    /// 4xx, with its code: nothing was changed.
    Refused(String),
    /// The connection was cut, or the response was an error with an unknown outcome.
    CutOff,
}

/// What became of a cancellation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancellation {
    /// Nobody asked for one, or it was refused.
    None,
    Acknowledged,
    CutOff,
}

/// A request for a booking.
#[derive(Clone, Debug)]
pub struct Request {
    /// Whose.
    pub customer: usize,
    /// Its `Idempotency-Key`.
    pub key: String,
    pub body: Value,
    /// Whether it asks for places of the event that sells out.
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

    /// Whether the booking may have this status once everything has come to its end.
    pub fn may_end_as(&self, status: &str) -> bool {
        match self.cancellation {
            Cancellation::Acknowledged => return status == "CANCELLED",
            Cancellation::CutOff if status == "CANCELLED" => return true,
            _ => {}
        }
        let token = self.body["paymentToken"].as_str().expect("a request has a token");
        match token {
            // The hold of a booking may run out while the program is down, and its places may be sold to another.
            _ if self.is_scarce && status == "FAILED" => true,
            "tok_ok" | "tok_slow" | "tok_silent_then_ok" => status == "CONFIRMED",
            "tok_declined" | "tok_silent_then_declined" => status == "FAILED",
            "tok_silent" => matches!(status, "FAILED" | "EXPIRED"),
            other => panic!("{other} is no token of this test"),
        }
    }
}

/// All requests of all clients.
#[derive(Default)]
pub struct Journal(Mutex<Vec<Request>>);

impl Journal {
    /// Keeps what came of a request.
    pub fn note(&self, request: Request) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(request);
    }

    /// How many bookings were acknowledged up to now.
    pub fn acknowledged(&self) -> usize {
        let requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        requests.iter().filter(|request| matches!(request.outcome, Outcome::Acknowledged(_))).count()
    }

    /// The requests whose bookings were acknowledged up to now.
    pub fn acknowledgments(&self) -> Vec<Request> {
        let requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        requests.iter().filter(|request| request.booking_id().is_some()).cloned().collect()
    }

    pub fn take(&self) -> Vec<Request> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
