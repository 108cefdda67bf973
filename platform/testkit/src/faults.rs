use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use boxoffice_envelope::Message;
use boxoffice_runtime::DeliveryFaults;
use boxoffice_writer::{CrashProbe, Probe, Stage};
use parking_lot::Mutex;
use uuid::Uuid;

/// Crashes a writer once, on one side of its next commit after [`arm`](Self::arm).
#[derive(Clone)]
pub struct CrashPoint {
    stage: Stage,
    armed: Arc<AtomicBool>,
}

impl CrashPoint {
    /// A crash point that does nothing until it is armed.
    pub fn new(stage: Stage) -> Self {
        Self { stage, armed: Arc::default() }
    }

    /// A crash point that ends the writer at its first commit.
    pub fn armed(stage: Stage) -> Self {
        let point = Self::new(stage);
        point.arm();
        point
    }

    /// Crashes the writer at its next commit.
    pub fn arm(&self) {
        self.armed.store(true, Ordering::SeqCst);
    }

    /// Whether the crash has not happened yet.
    pub fn is_armed(&self) -> bool {
        self.armed.load(Ordering::SeqCst)
    }

    /// The probe for [`TestServiceBuilder::probe`](crate::TestServiceBuilder::probe) or for
    /// [`WriterParts`](boxoffice_writer::WriterParts).
    pub fn probe(&self) -> CrashProbe {
        let Self { stage, armed } = self.clone();
        Arc::new(move |probe| probe.stage == stage && armed.swap(false, Ordering::SeqCst))
    }
}

/// A fault of one consumer with messages of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The consumer crashes, once, after it decided on the message and before it commits.
    CrashBeforeCommit,
    /// The consumer crashes, once, after the commit and before anything else learns of it.
    CrashAfterCommit,
    /// The first two deliveries of each such message fail, so that other messages overtake it.
    Late,
    /// The first delivery of every other message fails, so that such messages overtake them.
    Early,
}

/// Injects a [`Fault`] into a [`TestSystem`](crate::TestSystem) and counts how often it occurred. Clones share the count.
#[derive(Clone, Debug)]
pub struct FaultInjection {
    /// The fault that is injected.
    pub fault: Fault,
    /// The service that consumes the messages.
    pub consumer: &'static str,
    /// The kind of the messages, such as `OrderCreatedEvent`.
    pub kind: &'static str,
    count: Arc<AtomicUsize>,
    attempts: Arc<Mutex<BTreeMap<Uuid, usize>>>,
}

impl FaultInjection {
    /// A fault that has not occurred yet.
    pub fn new(fault: Fault, consumer: &'static str, kind: &'static str) -> Self {
        Self { fault, consumer, kind, count: Arc::default(), attempts: Arc::default() }
    }

    /// Number of times the fault has occurred.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// The probe that crashes the consumer.
    pub fn probe(&self) -> CrashProbe {
        let injection = self.clone();
        Arc::new(move |probe| injection.crashes(&probe))
    }

    /// The faults that make deliveries to the consumer fail.
    pub fn delivery_faults(&self) -> DeliveryFaults {
        let injection = self.clone();
        Arc::new(move |consumer| {
            let injection = injection.clone();
            Arc::new(move |message: &Message| injection.fails(consumer, message).then(|| "injected fault".to_owned()))
        })
    }

    /// Whether the consumer crashes now: once in all.
    fn crashes(&self, probe: &Probe<'_>) -> bool {
        let stage = match self.fault {
            Fault::CrashBeforeCommit => Stage::BeforeCommit,
            Fault::CrashAfterCommit => Stage::AfterCommit,
            Fault::Late | Fault::Early => return false,
        };
        let due = probe.service == self.consumer && probe.stage == stage && probe.consumes.contains(&self.kind);
        due && self.count.fetch_add(1, Ordering::SeqCst) == 0
    }

    /// Whether this delivery of `message` to `consumer` fails.
    fn fails(&self, consumer: &str, message: &Message) -> bool {
        let (is_affected, failures) = match self.fault {
            Fault::Late => (message.kind == self.kind, 2),
            Fault::Early => (message.kind != self.kind, 1),
            Fault::CrashBeforeCommit | Fault::CrashAfterCommit => return false,
        };
        if consumer != self.consumer || !is_affected {
            return false;
        }
        let mut attempts = self.attempts.lock();
        let attempt = attempts.entry(message.id).or_default();
        *attempt += 1;
        let fails = *attempt <= failures;
        if fails {
            self.count.fetch_add(1, Ordering::SeqCst);
        }
        fails
    }
}
