use std::{sync::Arc, time::Duration};

use axum::{Router, body::Body, http::Request};
use boxoffice_clock::{Clock, Entropy, Stopwatch};
use boxoffice_identity::{Issuer, Scopes};
use boxoffice_runtime::{Service, Setup, System};
use boxoffice_settings::Settings;
use boxoffice_writer::Writer;
use tempfile::TempDir;

use crate::{FaultInjection, TestResponse, WAIT_LIMIT, http};

type MakeRouter = Arc<dyn Fn(&System, &Setup) -> anyhow::Result<Router> + Send + Sync>;

/// Several services in one process, wired as in production, on the machine's clock and in a temporary folder.
pub struct TestSystem {
    folder: TempDir,
    options: TestSystemBuilder,
    running: Option<Running>,
}

struct Running {
    system: System,
    setup: Setup,
    router: Router,
}

/// The options of a [`TestSystem`]. A restart starts the system with the same ones.
pub struct TestSystemBuilder {
    services: Vec<Service>,
    make_router: MakeRouter,
    settings: Vec<(String, String)>,
    fault: Option<FaultInjection>,
}

impl TestSystemBuilder {
    /// Sets an environment variable, such as `BOXOFFICE_PAYMENTS_TIMEOUT`; the last value for a name counts.
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.retain(|(other, _)| other != name);
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets several environment variables.
    pub fn settings(self, settings: &[(&str, &str)]) -> Self {
        settings.iter().fold(self, |builder, (name, value)| builder.setting(name, value))
    }

    /// Injects a fault; a restart does not reset it.
    pub fn fault(mut self, fault: FaultInjection) -> Self {
        self.fault = Some(fault);
        self
    }

    /// Starts the system in a new folder.
    ///
    /// # Panics
    /// If it cannot start.
    pub async fn start(self) -> TestSystem {
        let folder = tempfile::tempdir().unwrap();
        let mut system = TestSystem { folder, options: self, running: None };
        system.start_again().await;
        system
    }
}

impl TestSystem {
    /// Options to start `services` with; `make_router` builds the router that requests go through.
    pub fn builder(
        services: &[Service],
        make_router: impl Fn(&System, &Setup) -> anyhow::Result<Router> + Send + Sync + 'static,
    ) -> TestSystemBuilder {
        let (services, make_router) = (services.to_vec(), Arc::new(make_router));
        TestSystemBuilder { services, make_router, settings: Vec::new(), fault: None }
    }

    async fn start_again(&mut self) {
        let TestSystemBuilder { services, make_router, settings, fault } = &self.options;
        let (clock, entropy) = (Clock::system(), Entropy::system());
        let issuer = self.folder.path().join("identity");
        let issuer = Issuer::open(&issuer, "http://localhost:8080", clock.clone(), entropy.clone()).unwrap();
        let setup = Setup {
            folder: self.folder.path().to_owned(),
            settings: Settings::from_env(settings.clone()),
            clock,
            entropy,
            issuer,
            probe: fault.as_ref().map(FaultInjection::probe),
            delivery_faults: fault.as_ref().map(FaultInjection::delivery_faults),
        };
        let system = System::start(services, &setup).await.unwrap();
        let router = make_router(&system, &setup).unwrap();
        self.running = Some(Running { system, setup, router });
    }

    /// Stops every service, as far as it has not crashed, and starts the system again on the same data.
    pub async fn restart(&mut self) {
        self.stop_services().await;
        self.start_again().await;
    }

    /// Stops every service and returns the folder with the data.
    pub async fn stop(mut self) -> TempDir {
        self.stop_services().await;
        self.folder
    }

    async fn stop_services(&mut self) {
        if let Some(running) = self.running.take() {
            running.system.stop().await;
        }
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("the system runs between its start and its stop")
    }

    /// The running services with their writers and routers.
    pub fn services(&self) -> &System {
        &self.running().system
    }

    /// The folder, settings, clock and issuer of the system.
    pub fn setup(&self) -> &Setup {
        &self.running().setup
    }

    /// The router that requests go through.
    pub fn router(&self) -> Router {
        self.running().router.clone()
    }

    /// A token of `subject`, valid for ten minutes; `scopes` are separated by spaces.
    ///
    /// # Panics
    /// If a scope is unknown.
    pub fn token(&self, subject: &str, scopes: &str) -> String {
        let scopes: Scopes = scopes.parse().unwrap();
        self.setup().issuer.token(subject, scopes, Duration::from_secs(600))
    }

    /// Sends a request through the router, without adding headers.
    pub async fn send(&self, request: Request<Body>) -> TestResponse {
        http::send(self.router(), request).await
    }

    /// Whether a writer has crashed since the last start.
    pub fn has_crashed(&self) -> bool {
        self.services().writers().any(Writer::is_closed)
    }

    /// Restarts the system if a writer has crashed; otherwise waits for some milliseconds.
    pub async fn recover(&mut self) {
        if self.has_crashed() {
            self.restart().await;
        } else {
            Clock::system().sleep(Duration::from_millis(20)).await;
        }
    }

    /// Repeats `audit` until it returns `Ok` while nothing has crashed; restarts what crashes meanwhile. `audit` panics
    /// if a rule is broken, and returns a description if work is still in progress.
    ///
    /// # Panics
    /// After [`WAIT_LIMIT`], with the last description.
    pub async fn settle<R>(&mut self, audit: impl Fn(&System) -> Result<R, String>) -> R {
        let watch = Stopwatch::start();
        loop {
            let outcome = audit(self.services());
            match outcome {
                Ok(report) if !self.has_crashed() => return report,
                Ok(_) => {}
                Err(open) => assert!(watch.elapsed() < WAIT_LIMIT, "still in progress:\n{open}"),
            }
            self.recover().await;
        }
    }
}
