//! The whole system in one process, on a folder of its own, with faults to order: started as the program starts it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode},
};
use boxoffice::{SERVICES, audit, composition};
use boxoffice_audit::Findings;
use boxoffice_clock::Clock;
use boxoffice_envelope::Message;
use boxoffice_identity::Scopes;
use boxoffice_runtime::{Setup, System, telemetry::Metrics};
use boxoffice_settings::Settings;
use boxoffice_writer::{Probe, Stage};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tower::ServiceExt;

/// What goes wrong, once for each message that it is ordered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The listener crashes when its effect is decided and nothing is kept.
    CrashBefore,
    /// The listener crashes when its effect is kept and nobody was told.
    CrashAfter,
    /// The listener cannot handle it at the first two tries: others overtake it.
    Late,
    /// It overtakes everything else that the listener is to hear, which fails at its first try.
    Early,
}

/// A fault of one listener for messages of one kind.
#[derive(Clone, Debug)]
pub struct Ordered {
    pub fault: Fault,
    pub listener: &'static str,
    pub kind: &'static str,
    fired: Arc<AtomicUsize>,
    tries: Arc<Mutex<BTreeMap<(uuid::Uuid, &'static str), usize>>>,
}

impl Ordered {
    pub fn new(fault: Fault, listener: &'static str, kind: &'static str) -> Self {
        Self { fault, listener, kind, fired: Arc::default(), tries: Arc::default() }
    }

    /// How often it came to pass.
    pub fn fired(&self) -> usize {
        self.fired.load(Ordering::SeqCst)
    }

    /// A crash, once in all.
    fn crashes(&self, probe: &Probe<'_>) -> bool {
        let stage = match self.fault {
            Fault::CrashBefore => Stage::BeforeCommit,
            Fault::CrashAfter => Stage::AfterCommit,
            Fault::Late | Fault::Early => return false,
        };
        let due = probe.service == self.listener && probe.stage == stage && probe.consumes.contains(&self.kind);
        due && self.fired.fetch_add(1, Ordering::SeqCst) == 0
    }

    /// Whether `listener` cannot handle `message` this time.
    fn obstructs(&self, listener: &'static str, message: &Message) -> bool {
        let (concerns, most) = match self.fault {
            Fault::Late => (message.kind == self.kind, 2),
            Fault::Early => (message.kind != self.kind, 1),
            Fault::CrashBefore | Fault::CrashAfter => return false,
        };
        if listener != self.listener || !concerns {
            return false;
        }
        let mut tries = self.tries.lock();
        let tried = tries.entry((message.id, listener)).or_default();
        *tried += 1;
        let obstructs = *tried <= most;
        if obstructs {
            self.fired.fetch_add(1, Ordering::SeqCst);
        }
        obstructs
    }
}

/// An answer of the one public door.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

/// A running system.
pub struct Town {
    folder: tempfile::TempDir,
    ordered: Option<Ordered>,
    running: Option<(System, Setup, Router)>,
    settings: Vec<(String, String)>,
}

/// How long anything may take before the test gives up on it.
const PATIENCE: Duration = Duration::from_secs(60);

impl Town {
    pub async fn open() -> Self {
        Self::open_with(None, &[]).await
    }

    /// Opens with a fault, and settings such as `("BOXOFFICE_PAYMENTS_TIMEOUT", "100ms")`.
    pub async fn open_with(ordered: Option<Ordered>, settings: &[(&str, &str)]) -> Self {
        // Short waits: what is tested is that things happen, not that they take long.
        let mut all = vec![
            ("BOXOFFICE_OUTBOX_FIRST_WAIT".to_owned(), "30ms".to_owned()),
            ("BOXOFFICE_INVENTORY_UNCLAIMED_HOLD_LIFE".to_owned(), "1s".to_owned()),
            ("BOXOFFICE_PAYMENTS_TIMEOUT".to_owned(), "100ms".to_owned()),
            ("BOXOFFICE_PAYMENTS_SIMULATED_DELAY".to_owned(), "300ms".to_owned()),
        ];
        all.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let folder = tempfile::tempdir().unwrap();
        let mut town = Self { folder, ordered, running: None, settings: all };
        town.start().await;
        town.furnish().await;
        town
    }

    async fn start(&mut self) {
        let settings = Settings::from_env(self.settings.clone());
        let mut setup = composition::setup(settings, self.folder.path()).unwrap();
        if let Some(ordered) = self.ordered.clone() {
            let crash = ordered.clone();
            setup.probe = Some(Arc::new(move |probe| crash.crashes(&probe)));
            setup.delivery_faults = Some(Arc::new(move |listener| {
                let ordered = ordered.clone();
                Arc::new(move |message: &Message| ordered.obstructs(listener, message).then(|| "not now".to_owned()))
            }));
        }
        let system = System::start(SERVICES, &setup).await.unwrap();
        let router = composition::gateway_router(&system, &setup, Metrics::install()).unwrap();
        self.running = Some((system, setup, router));
    }

    /// Ends every service, as far as it has not crashed, and starts again on the same data.
    pub async fn restart(&mut self) {
        let (system, ..) = self.running.take().unwrap();
        system.stop().await;
        self.start().await;
    }

    /// Ends every service and returns the folder with the data.
    pub async fn stop(mut self) -> tempfile::TempDir {
        let (system, ..) = self.running.take().unwrap();
        system.stop().await;
        self.folder
    }

    fn crashed(&self) -> bool {
        self.system().writers().any(boxoffice_writer::Writer::is_closed)
    }

    pub fn system(&self) -> &System {
        &self.running.as_ref().unwrap().0
    }

    /// Organizer 1 with event 1: type 1 at 25.50 EUR, type 2 free, 10 places; customers ann and bob.
    async fn furnish(&mut self) {
        let olga = ("olga", "organizer");
        self.must(olga, Method::POST, "/api/v1/organizers", json!({"name": "Hall"})).await;
        let event = json!({"name": "Night", "startsAt": "2035-06-01T19:30:00Z", "currency": "EUR", "capacity": 10,
            "ticketTypes": [{"name": "Floor", "price": 25.50}, {"name": "Guest", "price": 0}]});
        self.must(olga, Method::POST, "/api/v1/events", event).await;
        for name in ["ann", "bob"] {
            let profile = json!({"name": name, "email": format!("{name}@example.org")});
            self.must((name, "customer"), Method::PUT, "/api/v1/users/me", profile).await;
        }
    }

    /// Sends a request until it is done, restarting the system when it crashed, with one key for all tries.
    pub async fn must(&mut self, who: (&str, &str), method: Method, path: &str, body: Value) -> Answer {
        let key = uuid::Uuid::from_u64_pair(7, self.next()).to_string();
        for _ in 0..200 {
            let answer = self.send(who, method.clone(), path, Some(&body), &[("idempotency-key", &key)]).await;
            if !answer.status.is_server_error() {
                assert!(answer.status.is_success(), "{method} {path}: {} {}", answer.status, answer.body);
                return answer;
            }
            self.recover().await;
        }
        panic!("{method} {path} is never done");
    }

    fn next(&self) -> u64 {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        NEXT.fetch_add(1, Ordering::SeqCst) as u64
    }

    /// Starts again if something has crashed; otherwise gives the system a moment.
    pub async fn recover(&mut self) {
        if self.crashed() {
            self.restart().await;
        } else {
            Clock::system().sleep(Duration::from_millis(20)).await;
        }
    }

    pub async fn send(
        &self,
        (subject, scopes): (&str, &str),
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let token = self.token((subject, scopes));
        let mut request =
            Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = match body {
            Some(body) => request.header("content-type", "application/json").body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        self.pass(request.unwrap()).await
    }

    /// Sends a request as it is.
    pub async fn pass(&self, request: Request<Body>) -> Answer {
        let (.., router) = self.running.as_ref().unwrap();
        let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// The public door.
    pub fn router(&self) -> Router {
        self.running.as_ref().unwrap().2.clone()
    }

    /// A good token.
    pub fn token(&self, (subject, scopes): (&str, &str)) -> String {
        let scopes: Scopes = scopes.parse().unwrap();
        self.setup().issuer.token(subject, scopes, Duration::from_secs(600))
    }

    /// What the system was started with.
    pub fn setup(&self) -> &Setup {
        &self.running.as_ref().unwrap().1
    }

    pub async fn get(&self, who: (&str, &str), path: &str) -> Answer {
        self.send(who, Method::GET, path, None, &[]).await
    }

    /// The booking as its customer sees it.
    pub async fn booking(&self, id: &str) -> Value {
        self.get(("otto", "operator"), &format!("/api/v1/bookings/{id}")).await.body
    }

    /// (available, held, sold) of event 1.
    pub async fn places(&self) -> (i64, i64, i64) {
        let event = self.get(("ann", "customer"), "/api/v1/events/1").await.body;
        let count = |name: &str| event[name].as_i64().unwrap();
        (count("available"), count("held"), count("sold"))
    }

    /// Waits until nothing is under way and every rule holds. What crashed meanwhile is started again.
    pub async fn settle(&mut self) -> Findings {
        let clock = Clock::system();
        let end = clock.now().plus(PATIENCE);
        loop {
            let findings = audit(self.system().writers(), None).unwrap();
            assert!(findings.all_hold(), "{findings}");
            if findings.is_settled() && !self.crashed() {
                return findings;
            }
            assert!(clock.now() < end, "still under way:\n{findings}");
            self.recover().await;
        }
    }
}
