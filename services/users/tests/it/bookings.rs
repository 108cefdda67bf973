//! A fake bookings service. The id of a user decides its answer.

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

/// The user has an open booking when bookings is asked.
pub const BOOKED: i64 = 2;
/// The user has an open booking that bookings finds after it stopped accepting others.
pub const BOOKED_LATE: i64 = 3;
/// Bookings answers 503 for the user.
pub const SILENT: i64 = 4;
/// The user is saved again whenever bookings is asked.
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
