//! The task that calls the provider for every payment whose call is due.
//!
//! Signals name the payments that have just become due, so most calls start at once. A signal may be lost: the table is
//! scanned at the start, every [`SCAN_INTERVAL`], and when a payment whose call had no answer is due again. So no payment
//! depends on a signal, or on a call that a crash interrupted.

mod calls;

use std::{collections::HashMap, pin::pin, sync::Arc, time::Duration};

use boxoffice_contracts::BookingId;
use boxoffice_writer::{Signal, Writer};
use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::sync::mpsc;
use uuid::Uuid;

use self::calls::{Caller, FinishedCall};
use crate::{
    call_policy,
    commands::{CALL, REFUND_DONE, REFUND_FAILED},
    config::PaymentsSettings,
    providers::Provider,
    store::Payment,
};

/// Longest time between two scans of the table.
const SCAN_INTERVAL: Duration = Duration::from_secs(1);

/// Shortest time between two scans of the table.
const MIN_SCAN_INTERVAL: Duration = Duration::from_millis(50);

/// Maximum number of queued signals; a scan finds the payments of further ones.
const MAX_SIGNALS: usize = 16_384;

/// Calls the provider for every payment whose call is due, until shutdown, and counts the outcomes.
///
/// # Panics
/// When the writer has a handler of signals already.
pub fn call_provider(
    writer: Writer,
    provider: Arc<dyn Provider>,
    settings: &PaymentsSettings,
) -> impl Future<Output = ()> + Send + use<> {
    let (sender, signals) = mpsc::channel(MAX_SIGNALS);
    writer.on_signal(move |signal| on_signal(signal, &sender));
    let max_calls = settings.max_concurrent_calls;
    let caller = Caller { writer, provider, policy: call_policy(settings), timeout: settings.timeout };
    async move { run(&caller, signals, max_calls).await }
}

fn on_signal(Signal { name, id }: Signal, sender: &mpsc::Sender<Uuid>) {
    match name {
        // A scan finds the payment of a signal for which the queue has no room.
        CALL => drop(sender.try_send(id)),
        REFUND_DONE => metrics::counter!("boxoffice_refunds_total", "outcome" => "done").increment(1),
        REFUND_FAILED => metrics::counter!("boxoffice_refunds_total", "outcome" => "failed").increment(1),
        outcome => metrics::counter!("boxoffice_payments_total", "outcome" => outcome).increment(1),
    }
}

async fn run(caller: &Caller, mut signals: mpsc::Receiver<Uuid>, max_calls: usize) {
    let clock = caller.writer.clock();
    let mut calls = FuturesUnordered::new();
    let mut under_way = UnderWay::default();
    let mut signaled = Vec::new();
    let mut unanswered = 0_u64;
    let mut scan_at = clock.now();
    let mut scan = pin!(clock.sleep_until(scan_at));
    // A quarter of the calls is reserved for payments found by scans: otherwise many new payments would starve those that
    // have no answer yet.
    let max_signaled = max_calls - max_calls / 4;
    while !caller.writer.is_closed() {
        let room = max_signaled.saturating_sub(calls.len());
        let due = tokio::select! {
            Some(FinishedCall { id, next, answered }) = calls.next(), if !calls.is_empty() => {
                unanswered += u64::from(!answered);
                let next = next.map_or(scan_at, |next| next.max(clock.now().plus(MIN_SCAN_INTERVAL)));
                if next < scan_at {
                    scan_at = next;
                    scan.set(clock.sleep_until(scan_at));
                }
                if under_way.finish(id) { caller.load(&[id.get()]).await } else { Vec::new() }
            }
            _ = signals.recv_many(&mut signaled, room), if room > 0 => {
                signaled.retain(|id| !under_way.defer((*id).into()));
                let due = caller.load(&signaled).await;
                signaled.clear();
                due
            }
            () = &mut scan, if calls.len() < max_calls => {
                report_unanswered(std::mem::take(&mut unanswered));
                // Payments under way are due as well, so the scan reads as many rows as there may be calls.
                let due = caller.scan(max_calls).await;
                scan_at = clock.now().plus(if due.len() == max_calls { MIN_SCAN_INTERVAL } else { SCAN_INTERVAL });
                scan.set(clock.sleep_until(scan_at));
                due
            }
        };
        for (payment, call) in under_way.start(due, max_calls, |payment| caller.policy.due_call(payment, clock.now())) {
            calls.push(caller.call(payment, call));
        }
    }
}

fn report_unanswered(unanswered: u64) {
    if unanswered > 0 {
        metrics::counter!("boxoffice_payment_calls_unanswered_total").increment(unanswered);
        tracing::warn!(unanswered, "calls to the payment provider had no answer; payments repeats them after a delay");
    }
}

/// Payments with a call under way.
#[derive(Default)]
struct UnderWay {
    /// `true` when a signal for the payment arrived during the call.
    payments: HashMap<BookingId, bool>,
}

impl UnderWay {
    /// Whether a call for `id` is under way; if so, the payment is loaded again after the call.
    fn defer(&mut self, id: BookingId) -> bool {
        self.payments.get_mut(&id).is_some_and(|signaled| {
            *signaled = true;
            true
        })
    }

    /// Ends the call for `id`. Whether a signal for the payment arrived during the call.
    fn finish(&mut self, id: BookingId) -> bool {
        self.payments.remove(&id).unwrap_or(false)
    }

    /// Starts the calls that `call` names for the payments of `due` without a call under way, up to `max` at once.
    fn start<C>(&mut self, due: Vec<Payment>, max: usize, call: impl Fn(&Payment) -> Option<C>) -> Vec<(Payment, C)> {
        let mut started = Vec::new();
        for payment in due {
            if self.payments.len() >= max {
                break;
            }
            if let (false, Some(call)) = (self.payments.contains_key(&payment.id), call(&payment)) {
                self.payments.insert(payment.id, false);
                started.push((payment, call));
            }
        }
        started
    }
}
