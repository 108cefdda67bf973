use std::time::Duration;

use humantime::{format_duration, parse_duration};
use serde::{Deserialize, Serialize};

const EXPECTED: &str = "expected SERVICE=TROUBLE, where TROUBLE is refuse, slow:2s, or a status with how often of 1, such \
                        as 503:0.5 (of 500, 503, 504), and the suffix @10s ends it 10 s after the start";

/// Fault injection into calls to a service: `bookings=503:1.0`, `users=slow:2s`, `payments=refuse@10s`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fault {
    /// Name of the service.
    pub service: String,
    /// The kind of fault.
    pub kind: FaultKind,
    /// Time from the start until the fault ends; `None` for a permanent fault.
    pub ends: Option<Duration>,
}

/// The effect of a fault on a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FaultKind {
    /// The call fails without reaching the service.
    Refuse,
    /// The call is delayed.
    Slow(Duration),
    /// The call is answered with a status without reaching the service.
    Status {
        /// HTTP status of the response.
        status: u16,
        /// Probability of the fault, 0 to 1.
        chance: f64,
    },
}

impl TryFrom<String> for Fault {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        read(&text).ok_or_else(|| format!("{EXPECTED}; got {text:?}"))
    }
}

impl From<Fault> for String {
    fn from(fault: Fault) -> Self {
        let kind = match fault.kind {
            FaultKind::Refuse => "refuse".to_owned(),
            FaultKind::Slow(span) => format!("slow:{}", format_duration(span)),
            FaultKind::Status { status, chance } => format!("{status}:{chance}"),
        };
        let ends = fault.ends.map(|span| format!("@{}", format_duration(span))).unwrap_or_default();
        format!("{}={kind}{ends}", fault.service)
    }
}

fn read(text: &str) -> Option<Fault> {
    let (service, kind) = text.split_once('=')?;
    let (kind, ends) = match kind.split_once('@') {
        Some((kind, span)) => (kind, Some(parse_duration(span).ok()?)),
        None => (kind, None),
    };
    let kind = match kind.split_once(':') {
        None if kind == "refuse" => FaultKind::Refuse,
        None => FaultKind::Status { status: status(kind)?, chance: 1.0 },
        Some(("slow", span)) => FaultKind::Slow(parse_duration(span).ok()?),
        Some((code, chance)) => {
            let chance = chance.parse().ok().filter(|chance| (0.0..=1.0).contains(chance))?;
            FaultKind::Status { status: status(code)?, chance }
        }
    };
    Some(Fault { service: service.trim().to_owned(), kind, ends })
}

fn status(text: &str) -> Option<u16> {
    text.parse().ok().filter(|status| [500, 503, 504].contains(status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_faults_are_read_and_others_refused() {
        let fault = |text: &str| Fault::try_from(text.to_owned());
        let service = "bookings".to_owned();
        let status = |status, chance| FaultKind::Status { status, chance };
        for (text, kind, ends) in [
            ("bookings=503:1.0", status(503, 1.0), None),
            ("bookings=500:0.25", status(500, 0.25), None),
            ("bookings=504@10s", status(504, 1.0), Some(Duration::from_secs(10))),
            ("bookings=slow:2s", FaultKind::Slow(Duration::from_secs(2)), None),
            ("bookings=refuse@1m", FaultKind::Refuse, Some(Duration::from_secs(60))),
        ] {
            let expected = Fault { service: service.clone(), kind, ends };
            assert_eq!(fault(&String::from(expected.clone())), Ok(expected.clone()), "{text}");
            assert_eq!(fault(text), Ok(expected), "{text}");
        }
        for bad in ["", "bookings", "bookings=", "bookings=404", "bookings=503:2", "bookings=slow", "x=refuse@soon"] {
            assert!(fault(bad).unwrap_err().contains("refuse, slow:2s"), "{bad}");
        }
    }
}
