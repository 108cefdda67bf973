//! What the gateway answers itself: documentation, health, metrics, the issuer, and refusals.

use std::{borrow::Cow, sync::Arc};

use axum::{
    Extension, Router,
    body::Bytes,
    extract::DefaultBodyLimit,
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
    routing::{MethodRouter, get},
};
use boxoffice_chassis::{
    Frame, Problem, codes,
    extract::{LARGEST_BODY, Path},
    frame::{TIME_LIMIT, method_not_allowed, not_found},
};
use boxoffice_identity::Verifier;
use utoipa_swagger_ui::{Config, Url};

use super::{Refused, check_token};
use crate::{Gateway, upstreams::Documents};

const MERGED: &str = "/api/v1/openapi.json";

/// The texts that are served.
pub(crate) struct Pages {
    pub documents: Documents,
    /// Markdown.
    pub errors: String,
}

/// All open routes; whatever else comes here is refused.
pub(crate) fn router(pages: Pages, gateway: &Gateway) -> Router {
    let verifier = gateway.issuer.verifier();
    let frame = Frame {
        service: "gateway",
        clock: gateway.clock.clone(),
        entropy: gateway.entropy.clone(),
        verifier: verifier.clone(),
        time_limit: TIME_LIMIT,
    };
    let refuse = async move |refused: Option<Extension<Refused>>, headers: HeaderMap| match refused {
        Some(Extension(refused)) => refused.into_response(),
        None => unknown(&headers, &verifier).await.into_response(),
    };
    documentation(pages)
        .merge(gateway.health.router())
        .merge(gateway.metrics.router())
        .merge(gateway.issuer.router())
        .fallback(refuse)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(frame.layer())
}

/// Whoever has no token does not learn that there is nothing.
async fn unknown(headers: &HeaderMap, verifier: &Verifier) -> Problem {
    match check_token(headers, verifier) {
        Ok(()) => not_found().await,
        Err(refused) => refused,
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = self.problem.into_response();
        if let Some(allow) = self.allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
        response
    }
}

fn documentation(pages: Pages) -> Router {
    let Pages { documents, errors } = pages;
    let mut router = Router::new()
        .route("/", get(async || Redirect::temporary("/docs")))
        // The page's own links are relative to its folder.
        .route("/docs", get(async || Redirect::temporary("/docs/")))
        .route("/docs/", get(async || file("")))
        .route("/docs/{*file}", get(async |Path(path): Path<String>| file(&path)))
        .route("/docs/swagger-initializer.js", constant("text/javascript", initializer(&documents)))
        .route("/docs/errors", constant("text/plain; charset=utf-8", errors.into()))
        .route(MERGED, constant("application/json", documents.merged));
    for (service, document) in documents.each {
        router = router.route(&path_of(service), constant("application/json", document));
    }
    router
}

fn path_of(service: &str) -> String {
    format!("/docs/{service}/openapi.json")
}

fn constant(media_type: &'static str, body: Bytes) -> MethodRouter {
    get(move || std::future::ready(([(header::CONTENT_TYPE, media_type)], body)))
}

/// What tells Swagger UI which documents there are.
fn initializer(documents: &Documents) -> Bytes {
    let paths: Vec<_> = documents.each.iter().map(|(service, _)| (*service, path_of(service))).collect();
    let each = paths.iter().map(|(service, path)| Url::new(service, path));
    let config = Config::new(std::iter::once(Url::with_primary("all services", MERGED, true)).chain(each))
        // Left alone, the page asks a server on the internet what it thinks of the document.
        .validator_url("none")
        .persist_authorization(true)
        .display_request_duration(true);
    let file = utoipa_swagger_ui::serve("swagger-initializer.js", Arc::new(config)).ok().flatten();
    file.expect("Swagger UI has an initializer that is text").bytes.into_owned().into()
}

/// A file of Swagger UI as it was published.
fn file(path: &str) -> Result<Response, Problem> {
    let file = utoipa_swagger_ui::serve(path, Arc::new(Config::default())).map_err(Problem::internal)?;
    let file = file.ok_or_else(|| Problem::new(&codes::NOT_FOUND, "the documentation has no such page"))?;
    let body = match file.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    Ok(([(header::CONTENT_TYPE, file.content_type)], body).into_response())
}
