//! What happens by itself: the provider is called for every payment that is due.
//!
//! Hints say which payments have just become due, so that most are called for at once. The table is the truth: it is
//! looked through at the start, every second, and when a payment whose call was not answered is due again; so nothing
//! hangs on a hint, and nothing on a call that a crash cut short.

mod calls;

use std::{collections::HashMap, pin::pin, time::Duration};

use boxoffice_contracts::BookingId;
use boxoffice_writer::{Signal, Writer};
use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::sync::mpsc;
use uuid::Uuid;

use self::calls::{Desk, Done};
use crate::{
    commands::{CALL, REFUND_DONE, REFUND_FAILED},
    config::PaymentsSettings,
    providers::Provider,
    store::Payment,
};

/// How often the table is looked through at least.
const PERIOD: Duration = Duration::from_secs(1);

/// How often at most.
const BREATH: Duration = Duration::from_millis(50);

/// Hints that may wait; what is lost beyond is found in the table.
const HINTS: usize = 16_384;

/// Calls the provider for every payment that is due, for ever, and counts what comes of it.
///
/// # Panics
/// When the writer has an observer already.
pub fn call_provider(
    writer: Writer,
    provider: Provider,
    settings: &PaymentsSettings,
) -> impl Future<Output = ()> + Send + use<> {
    let (hint, hints) = mpsc::channel(HINTS);
    writer.on_signal(move |nudge| observe(nudge, &hint));
    let most = settings.calls;
    let desk = Desk { writer, provider, pace: settings.pace(), limit: settings.timeout };
    async move { work(&desk, hints, most).await }
}

fn observe(Signal { name, id }: Signal, hint: &mpsc::Sender<Uuid>) {
    match name {
        // One that is lost for want of room is found in the table.
        CALL => drop(hint.try_send(id)),
        REFUND_DONE => metrics::counter!("boxoffice_refunds_total", "outcome" => "done").increment(1),
        REFUND_FAILED => metrics::counter!("boxoffice_refunds_total", "outcome" => "failed").increment(1),
        outcome => metrics::counter!("boxoffice_payments_total", "outcome" => outcome).increment(1),
    }
}

async fn work(desk: &Desk, mut hints: mpsc::Receiver<Uuid>, most: usize) {
    let clock = desk.writer.clock();
    let mut calls = FuturesUnordered::new();
    let mut in_hand = InHand::default();
    let mut hinted = Vec::new();
    let mut unanswered = 0_u64;
    let mut look_at = clock.now();
    let mut look = pin!(clock.sleep_until(look_at));
    // A quarter of the calls is kept for what is found in the table: otherwise a crowd of payments that have just begun
    // would starve those that wait for an answer.
    let for_hints = most - most / 4;
    while !desk.writer.is_closed() {
        let room_for_hints = for_hints.saturating_sub(calls.len());
        let due = tokio::select! {
            Some(Done { id, next, answered }) = calls.next(), if !calls.is_empty() => {
                unanswered += u64::from(!answered);
                let next = next.map_or(look_at, |next| next.max(clock.now().plus(BREATH)));
                if next < look_at {
                    look_at = next;
                    look.set(clock.sleep_until(look_at));
                }
                if in_hand.give_back(id) { desk.load(&[id.get()]).await } else { Vec::new() }
            }
            _ = hints.recv_many(&mut hinted, room_for_hints), if room_for_hints > 0 => {
                hinted.retain(|id| !in_hand.holds((*id).into()));
                let due = desk.load(&hinted).await;
                hinted.clear();
                due
            }
            () = &mut look, if calls.len() < most => {
                report(std::mem::take(&mut unanswered));
                // As many as there is room for, and those that are in hand already.
                let due = desk.look(most).await;
                look_at = clock.now().plus(if due.len() == most { BREATH } else { PERIOD });
                look.set(clock.sleep_until(look_at));
                due
            }
        };
        for (payment, call) in in_hand.take(due, most, |payment| payment.call(clock.now(), &desk.pace)) {
            calls.push(desk.call(payment, call));
        }
    }
}

fn report(unanswered: u64) {
    if unanswered > 0 {
        metrics::counter!("boxoffice_payment_calls_unanswered_total").increment(unanswered);
        tracing::warn!(unanswered, "calls to the payment provider had no answer; they are made again");
    }
}

/// Payments that a call is under way for.
#[derive(Default)]
struct InHand {
    /// `true` when it was hinted at meanwhile.
    payments: HashMap<BookingId, bool>,
}

impl InHand {
    /// Whether a call for `id` is under way; if so, the payment is looked at again after it.
    fn holds(&mut self, id: BookingId) -> bool {
        self.payments.get_mut(&id).is_some_and(|hinted| {
            *hinted = true;
            true
        })
    }

    /// The call for `id` is over. Whether the payment is to be looked at again at once.
    fn give_back(&mut self, id: BookingId) -> bool {
        self.payments.remove(&id).unwrap_or(false)
    }

    /// Takes those of `due` in hand that are free, while there are fewer than `most`, with what `call` says of them.
    fn take<C>(&mut self, due: Vec<Payment>, most: usize, call: impl Fn(&Payment) -> Option<C>) -> Vec<(Payment, C)> {
        let mut taken = Vec::new();
        for payment in due {
            if self.payments.len() >= most {
                break;
            }
            if let (false, Some(call)) = (self.payments.contains_key(&payment.id), call(&payment)) {
                self.payments.insert(payment.id, false);
                taken.push((payment, call));
            }
        }
        taken
    }
}
