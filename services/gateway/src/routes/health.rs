//! Health of the whole system as the gateway sees it: every service with its circuit breaker, and its dependencies.
//!
//! Liveness and readiness concern this process only. An open circuit breaker does not make the gateway unready, because
//! that would also cut off all other services.

use std::{collections::BTreeMap, future::ready, sync::Arc};

use axum::{
    Json, Router,
    extract::Request,
    http::{StatusCode, header},
    middleware::map_request,
    response::{IntoResponse, Response},
    routing::get,
};
use boxoffice_clock::Clock;
use boxoffice_runtime::{
    health::{Health, Report},
    telemetry::Metrics,
};
use serde_json::{Map, Value, json};

use crate::{
    Gateway,
    upstreams::{Guard, Position, View},
};

/// The state behind the health endpoints.
#[derive(Clone)]
struct Whole {
    health: Health,
    guards: Arc<[Guard]>,
    clock: Clock,
}

/// The public routes of health and metrics.
pub(super) fn router(guards: Arc<[Guard]>, gateway: &Gateway) -> Router {
    let whole = Whole { health: gateway.health.clone(), guards, clock: gateway.clock.clone() };
    let asked = |answer: fn(&Whole, &Report) -> Response| {
        let whole = whole.clone();
        get(async move || answer(&whole, &whole.health.report().await))
    };
    let up = get(async || Json(json!({"status": "UP"})));
    let metrics = gateway.metrics.clone();
    Router::new()
        .route("/health/all", asked(Whole::all))
        .route("/api/health", asked(Whole::all))
        .route("/api/health/gateway", up.clone())
        .route("/actuator/health", asked(Whole::components))
        .route("/actuator/health/liveness", up)
        .route("/actuator/health/readiness", asked(Whole::readiness))
        .route("/actuator/info", get(async || Json(info())))
        .route("/actuator/metrics", get(async move || Json(names(&metrics))))
        .merge(gateway.health.probes())
        .merge(gateway.metrics.router().layer(map_request(move |request: Request| {
            whole.update_breakers();
            ready(request)
        })))
}

impl Whole {
    /// The body of `/health/all`: each service, and all other checks.
    fn all(&self, report: &Report) -> Response {
        let services = self.services(report);
        let others: Map<_, _> = self.others(report).collect();
        let is_up = services.values().chain(others.values()).all(is_up);
        let body = json!({
            "status": word(is_up), "timestamp": self.clock.now(), "gateway": {"status": "UP"}, "services": services,
            "dependencies": others,
        });
        answer(is_up, body)
    }

    /// The body of `/actuator/health`, in the format of Spring Boot.
    fn components(&self, report: &Report) -> Response {
        let breakers: BTreeMap<_, _> = self.guards.iter().map(|guard| (guard.name, breaker(guard.view()))).collect();
        let all_closed = breakers.values().all(is_up);
        let mut components = self.services(report);
        components.extend(self.others(report));
        components.insert("circuitBreakers".to_owned(), json!({"status": word(all_closed), "details": breakers}));
        let is_up = components.values().all(is_up);
        answer(is_up, json!({"status": word(is_up), "components": components, "groups": ["liveness", "readiness"]}))
    }

    /// The body of `/actuator/health/readiness`.
    fn readiness(&self, report: &Report) -> Response {
        let components: Map<_, _> = report.checks().map(|(name, state)| (name.to_owned(), component(state))).collect();
        answer(report.is_up(), json!({"status": word(report.is_up()), "components": components}))
    }

    /// The state of each service: down when its own check fails or its breaker is open.
    fn services(&self, report: &Report) -> Map<String, Value> {
        let service = |guard: &Guard| {
            let checked = report.checks().find(|(name, _)| *name == guard.name).map_or(Ok(()), |(_, state)| state);
            let is_open = guard.view().position == Position::Open;
            let state =
                checked.and(if is_open { Err("the circuit breaker is open: too many calls failed") } else { Ok(()) });
            (guard.name.to_owned(), component(state))
        };
        self.guards.iter().map(service).collect()
    }

    /// The checks that are not services.
    fn others(&self, report: &Report) -> impl Iterator<Item = (String, Value)> {
        let is_service = |name: &str| self.guards.iter().any(|guard| guard.name == name);
        report
            .checks()
            .filter(move |(name, _)| !is_service(name))
            .map(|(name, state)| (name.to_owned(), component(state)))
    }

    /// Updates the circuit breakers: an open one becomes half-open when its state is read after its time.
    fn update_breakers(&self) {
        for guard in self.guards.iter() {
            let _ = guard.view();
        }
    }
}

fn component(state: Result<(), &str>) -> Value {
    match state {
        Ok(()) => json!({"status": "UP"}),
        Err(why) => json!({"status": "DOWN", "details": {"error": why}}),
    }
}

fn breaker(View { position, calls, failed }: View) -> Value {
    let state = position.as_str().to_ascii_uppercase();
    let status = word(position != Position::Open);
    json!({"status": status, "details": {"state": state, "bufferedCalls": calls, "failedCalls": failed}})
}

fn word(is_up: bool) -> &'static str {
    if is_up { "UP" } else { "DOWN" }
}

fn is_up(state: &Value) -> bool {
    state["status"] == "UP"
}

fn answer(is_up: bool, body: Value) -> Response {
    let status = if is_up { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// The body of `/actuator/info`.
fn info() -> Value {
    json!({"app": {"name": "boxoffice", "version": env!("CARGO_PKG_VERSION")}})
}

/// The body of `/actuator/metrics`: the names of all metrics.
fn names(metrics: &Metrics) -> Value {
    let text = metrics.render();
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let mut names: Vec<_> = types.filter_map(|line| line.split(' ').next()).collect();
    names.sort_unstable();
    json!({"names": names})
}
