use std::time::Duration;

use humantime::{format_duration, parse_duration};
use serde::{Deserialize, Serialize};

const EXPECTED: &str = "expected SERVICE=TROUBLE, where TROUBLE is refuse, slow:2s, or a status with how often of 1, such \
                        as 503:0.5 (of 500, 503, 504), and @10s behind it ends it 10 s after the start";

/// A service that is made to fail: `bookings=503:1.0`, `users=slow:2s`, `payments=refuse@10s`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fault {
    /// Whose calls.
    pub service: String,
    /// What happens to them.
    pub kind: FaultKind,
    /// How long after the start it ends; never when left out.
    pub ends: Option<Duration>,
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FaultKind {
    /// It does not reach the service, and there is no answer.
    Refuse,
    /// It reaches the service late.
    Slow(Duration),
    /// It does not reach the service, and is answered with a status.
    Status {
        /// Which.
        status: u16,
        /// How often, 0 to 1.
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
    fn faults_are_read_and_nothing_else_is() {
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
