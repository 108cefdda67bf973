//! A stand-in for bookings, in which the id of a user tells what is booked for them.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::post,
};
use boxoffice_envelope::Origin;
use boxoffice_http::{Problem, ServiceClient, codes};
use boxoffice_runtime::{Assembled, Parts, Service};
use boxoffice_writer::Reactions;
use serde::Deserialize;
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;

/// Has a booking that is seen at once.
pub const BOOKED: i64 = 2;
/// Has a booking that is seen after the user is retired.
pub const BOOKED_LATE: i64 = 3;
/// Cannot be asked about.
pub const SILENT: i64 = 4;
/// Is saved once more whenever bookings is asked.
pub const RESTLESS: i64 = 5;

pub const fn service() -> Service {
    Service {
        name: "bookings",
        about: "",
        migrations: &[],
        codes: &[],
        metrics: &[],
        settings: None,
        reactions: Reactions::default,
        assemble,
    }
}

fn assemble(parts: Parts) -> anyhow::Result<Assembled> {
    let users = Arc::new(parts.clients.client("users", parts.credential));
    let router = Router::new().route("/internal/customers/{id}/retire", post(retire)).with_state(users);
    Ok(Assembled { api: OpenApiRouter::from(router), tasks: Vec::new(), additional_writers: Vec::new() })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Leaver {
    version: i64,
}

async fn retire(
    State(users): State<Arc<ServiceClient>>,
    Path(id): Path<i64>,
    Json(Leaver { version }): Json<Leaver>,
) -> Response {
    match id {
        BOOKED => Json(json!({"hasBookings": true, "retired": false})).into_response(),
        BOOKED_LATE => Json(json!({"hasBookings": true, "retired": true})).into_response(),
        SILENT => Problem::new(&codes::BUSY, "not now").into_response(),
        _ => {
            if id == RESTLESS {
                let keep = json!({"version": version});
                users.post(&format!("/internal/users/{id}/keep"), &Origin::default(), &keep).await.unwrap();
            }
            Json(json!({"hasBookings": false, "retired": true})).into_response()
        }
    }
}
