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

/// What can be asked how it is.
#[derive(Clone)]
struct Whole {
    health: Health,
    guards: Arc<[Guard]>,
    clock: Clock,
}

/// Routes of health and metrics; none needs a token.
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
            whole.look_at_breakers();
            ready(request)
        })))
}

impl Whole {
    /// `/health/all`: each service, and everything else that was checked.
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

    /// `/actuator/health`, as Spring Boot writes it.
    fn components(&self, report: &Report) -> Response {
        let breakers: BTreeMap<_, _> = self.guards.iter().map(|guard| (guard.name, breaker(guard.view()))).collect();
        let all_closed = breakers.values().all(is_up);
        let mut components = self.services(report);
        components.extend(self.others(report));
        components.insert("circuitBreakers".to_owned(), json!({"status": word(all_closed), "details": breakers}));
        let is_up = components.values().all(is_up);
        answer(is_up, json!({"status": word(is_up), "components": components, "groups": ["liveness", "readiness"]}))
    }

    /// `/actuator/health/readiness`.
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
                checked.and(if is_open { Err("too many calls failed: it is left alone for a while") } else { Ok(()) });
            (guard.name.to_owned(), component(state))
        };
        self.guards.iter().map(service).collect()
    }

    /// What was checked and is no service.
    fn others(&self, report: &Report) -> impl Iterator<Item = (String, Value)> {
        let is_service = |name: &str| self.guards.iter().any(|guard| guard.name == name);
        report
            .checks()
            .filter(move |(name, _)| !is_service(name))
            .map(|(name, state)| (name.to_owned(), component(state)))
    }

    /// A breaker becomes half-open when its time has come, which shows when it is looked at.
    fn look_at_breakers(&self) {
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
    let state = position.word().to_ascii_uppercase();
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

/// `/actuator/info`.
fn info() -> Value {
    json!({"app": {"name": "boxoffice", "version": env!("CARGO_PKG_VERSION")}})
}

/// `/actuator/metrics`: the names of everything that `/actuator/prometheus` has.
fn names(metrics: &Metrics) -> Value {
    let text = metrics.render();
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let mut names: Vec<_> = types.filter_map(|line| line.split(' ').next()).collect();
    names.sort_unstable();
    json!({"names": names})
}
