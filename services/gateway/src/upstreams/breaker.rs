//! Circuit breaker: rejects calls to a service that fails too often.

use std::{
    collections::VecDeque,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use boxoffice_clock::{Clock, Timestamp};
use metrics::{Counter, Gauge};
use parking_lot::Mutex;

/// Thresholds and times of a circuit breaker.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// Number of latest calls that are evaluated.
    pub window: usize,
    /// Minimum number of calls in the window before the breaker may open.
    pub calls: usize,
    /// Failure rate in percent at which the breaker opens.
    pub failures: usize,
    /// Time that the breaker stays open.
    pub open: Duration,
    /// Number of trial calls in the half-open state.
    pub half_open: usize,
}

/// A closed breaker admits every call and records the latest outcomes. When too many failed it opens and rejects all
/// calls for a while. Then it is half-open: it admits a few trial calls, and closes or opens again by their outcome.
pub(crate) struct Breaker {
    upstream: &'static str,
    terms: Terms,
    clock: Clock,
    /// True while the breaker is closed and its full window has no failure: another success changes nothing, so it takes no
    /// lock.
    is_calm: AtomicBool,
    state: Mutex<State>,
    gauge: Gauge,
    rejected: Counter,
}

enum State {
    Closed(Window),
    Open {
        until: Timestamp,
    },
    HalfOpen {
        /// Distinguishes trial calls of this half-open period from those of earlier ones.
        turn: u64,
        /// Number of admitted trial calls.
        admitted: usize,
        ended: Window,
    },
}

/// Outcomes of the latest calls, the newest at the back; true for a failure.
#[derive(Default)]
struct Window(VecDeque<bool>);

/// State of the breaker without its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    Closed,
    Open,
    HalfOpen,
}

/// Snapshot of the breaker for health reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct View {
    pub position: Position,
    /// Number of calls in the window. The next field is the number of failed ones.
    pub calls: usize,
    pub failed: usize,
}

/// Permission for one call. Dropping it without `end`, for example when the client disconnects, counts neither as success
/// nor as failure.
pub(crate) struct Permit<'a> {
    breaker: &'a Breaker,
    /// The half-open period of a trial call; `None` for a call of a closed breaker.
    trial: Option<u64>,
    has_ended: bool,
}

impl Breaker {
    pub fn new(upstream: &'static str, terms: Terms, clock: Clock) -> Self {
        for position in [Position::Closed, Position::Open, Position::HalfOpen] {
            transitions(upstream, position).increment(0);
        }
        Self {
            upstream,
            terms,
            clock,
            is_calm: AtomicBool::new(false),
            state: Mutex::new(State::Closed(Window::default())),
            gauge: metrics::gauge!("boxoffice_gateway_breaker_state", "upstream" => upstream),
            rejected: metrics::counter!("boxoffice_gateway_breaker_rejected_total", "upstream" => upstream),
        }
    }

    /// Admits a call.
    ///
    /// # Errors
    /// The time until the breaker may admit a call.
    pub fn pass(&self) -> Result<Permit<'_>, Duration> {
        let mut permit = Permit { breaker: self, trial: None, has_ended: false };
        if self.is_calm.load(Ordering::Relaxed) {
            return Ok(permit);
        }
        let mut state = self.state.lock();
        self.wake(&mut state);
        match &mut *state {
            State::Closed(_) => Ok(permit),
            State::HalfOpen { turn, admitted, .. } if *admitted < self.terms.half_open => {
                *admitted += 1;
                permit.trial = Some(*turn);
                Ok(permit)
            }
            State::HalfOpen { .. } => Err(self.reject(Duration::from_secs(1), permit)),
            State::Open { until } => Err(self.reject(until.since(self.clock.now()), permit)),
        }
    }

    fn reject(&self, wait: Duration, mut permit: Permit<'_>) -> Duration {
        permit.has_ended = true;
        self.rejected.increment(1);
        wait
    }

    /// Returns a snapshot of the current state.
    pub fn view(&self) -> View {
        let mut state = self.state.lock();
        self.wake(&mut state);
        let (position, window) = match &*state {
            State::Closed(window) => (Position::Closed, Some(window)),
            State::Open { .. } => (Position::Open, None),
            State::HalfOpen { ended, .. } => (Position::HalfOpen, Some(ended)),
        };
        let count = |window: &Window| (window.0.len(), window.failed());
        let (calls, failed) = window.map(count).unwrap_or_default();
        View { position, calls, failed }
    }

    /// Moves an open breaker to half-open once its time has passed.
    fn wake(&self, state: &mut State) {
        let now = self.clock.now();
        if matches!(state, State::Open { until } if *until <= now) {
            let turn = now.micros().unsigned_abs();
            self.go(state, State::HalfOpen { turn, admitted: 0, ended: Window::default() });
        }
    }

    fn ended(&self, trial: Option<u64>, failed: bool) {
        if !failed && trial.is_none() && self.is_calm.load(Ordering::Relaxed) {
            return;
        }
        let mut state = self.state.lock();
        let next = match (&mut *state, trial) {
            (State::Closed(window), None) => {
                window.push(failed, self.terms.window);
                let is_full = window.0.len() == self.terms.window;
                self.is_calm.store(is_full && window.failed() == 0, Ordering::Relaxed);
                let opens = window.0.len() >= self.terms.calls.min(self.terms.window) && self.is_too_much(window);
                opens.then(|| self.open())
            }
            (State::HalfOpen { turn, ended, .. }, Some(of)) if *turn == of => {
                ended.push(failed, self.terms.half_open);
                let all_ended = ended.0.len() == self.terms.half_open;
                all_ended.then(|| match self.is_too_much(ended) {
                    true => self.open(),
                    false => State::Closed(Window::default()),
                })
            }
            // The call was admitted in an earlier state and does not count for the current one.
            _ => None,
        };
        if let Some(next) = next {
            self.go(&mut state, next);
        }
    }

    fn open(&self) -> State {
        State::Open { until: self.clock.now().plus(self.terms.open) }
    }

    fn is_too_much(&self, window: &Window) -> bool {
        window.failed() * 100 >= self.terms.failures * window.0.len()
    }

    fn go(&self, state: &mut State, next: State) {
        self.is_calm.store(false, Ordering::Relaxed);
        *state = next;
        let position = state.position();
        let upstream = self.upstream;
        self.gauge.set(f64::from(position as u8));
        transitions(upstream, position).increment(1);
        match position {
            Position::Open => tracing::warn!(upstream, "circuit breaker opened: too many calls failed"),
            Position::HalfOpen => tracing::info!(upstream, "circuit breaker half-open: sending trial calls"),
            Position::Closed => tracing::info!(upstream, "circuit breaker closed: trial calls succeeded"),
        }
    }
}

/// The counter of changes of the breaker of `upstream` to the state `to`.
fn transitions(upstream: &'static str, to: Position) -> Counter {
    metrics::counter!("boxoffice_gateway_breaker_transitions_total", "upstream" => upstream, "to" => to.as_str())
}

impl State {
    fn position(&self) -> Position {
        match self {
            Self::Closed(_) => Position::Closed,
            Self::Open { .. } => Position::Open,
            Self::HalfOpen { .. } => Position::HalfOpen,
        }
    }
}

impl Position {
    /// Name of the state in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

impl Window {
    fn push(&mut self, failed: bool, most: usize) {
        if self.0.len() == most {
            self.0.pop_front();
        }
        self.0.push_back(failed);
    }

    fn failed(&self) -> usize {
        self.0.iter().filter(|failed| **failed).count()
    }
}

impl Permit<'_> {
    /// Records the outcome of the call.
    pub fn end(mut self, failed: bool) {
        self.has_ended = true;
        self.breaker.ended(self.trial, failed);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        // An unfinished trial call makes room for another one.
        let (Some(of), false) = (self.trial, self.has_ended) else { return };
        if let State::HalfOpen { turn, admitted, .. } = &mut *self.breaker.state.lock() {
            *admitted -= usize::from(*turn == of);
        }
    }
}

#[cfg(test)]
mod tests {
    use boxoffice_clock::ManualClock;

    use super::*;

    const TERMS: Terms = Terms { window: 8, calls: 4, failures: 50, open: Duration::from_secs(5), half_open: 2 };

    fn breaker() -> (Breaker, ManualClock) {
        let (clock, hand) = Clock::manual(Timestamp::from_micros(1_000_000));
        (Breaker::new("bookings", TERMS, clock), hand)
    }

    /// Makes calls, `.` for a success and `x` for a failure. Returns the state after each: `c`losed, `o`pen or `h`alf-open.
    fn after(breaker: &Breaker, calls: &str) -> String {
        let call = |call| {
            if let Ok(permit) = breaker.pass() {
                permit.end(call == 'x');
            }
            breaker.view().position.as_str().chars().next().unwrap()
        };
        calls.chars().map(call).collect()
    }

    #[test]
    fn it_opens_when_half_of_at_least_four_calls_in_a_window_of_eight_fail() {
        for (calls, expected) in [
            ("xxxx", "ccco"),
            ("xxx.", "ccco"),
            (".x.x", "ccco"),
            ("..x.", "cccc"),
            ("x...x..x", "cccccccc"),
            ("........xxxx", "ccccccccccco"),
            (".x...x........xxx", "ccccccccccccccccc"),
            ("........x.x.x.x", "cccccccccccccco"),
        ] {
            assert_eq!(after(&breaker().0, calls), expected, "{calls}");
        }
    }

    #[test]
    fn after_five_seconds_it_admits_two_trial_calls() {
        let (breaker, hand) = breaker();
        after(&breaker, "xxxx");
        assert_eq!(breaker.pass().err(), Some(Duration::from_secs(5)));
        hand.advance(Duration::from_millis(4_999));
        assert_eq!(breaker.pass().err(), Some(Duration::from_millis(1)));
        hand.advance(Duration::from_millis(1));
        assert_eq!(breaker.view().position, Position::HalfOpen);
        let (one, two) = (breaker.pass().unwrap(), breaker.pass().unwrap());
        assert!(breaker.pass().is_err(), "no third trial call");
        one.end(false);
        assert_eq!(breaker.view(), View { position: Position::HalfOpen, calls: 1, failed: 0 });
        two.end(false);
        assert_eq!(breaker.view(), View { position: Position::Closed, calls: 0, failed: 0 });
        assert_eq!(after(&breaker, "xxxx"), "ccco", "the window starts empty");
        hand.advance(Duration::from_secs(5));
        assert_eq!(after(&breaker, "x."), "ho", "half of the trial calls failed");
    }

    #[test]
    fn an_abandoned_trial_call_admits_another_one() {
        let (breaker, hand) = breaker();
        after(&breaker, "xxx");
        drop(breaker.pass());
        assert_eq!(breaker.view(), View { position: Position::Closed, calls: 3, failed: 3 });
        after(&breaker, "x");
        hand.advance(Duration::from_secs(5));
        drop((breaker.pass().unwrap(), breaker.pass().unwrap()));
        assert_eq!(after(&breaker, ".."), "hc");
    }

    #[test]
    fn calls_admitted_in_an_earlier_state_do_not_count() {
        let (breaker, hand) = breaker();
        let early = breaker.pass().unwrap();
        after(&breaker, "xxxx");
        hand.advance(Duration::from_secs(5));
        let trial = breaker.pass().unwrap();
        early.end(true);
        assert_eq!(breaker.view(), View { position: Position::HalfOpen, calls: 0, failed: 0 });
        after(&breaker, "x");
        trial.end(true);
        hand.advance(Duration::from_secs(5));
        assert_eq!(after(&breaker, ".."), "hc");
    }
}
