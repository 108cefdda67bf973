//! The documentation: OpenAPI documents of each service and of all, and a page that displays them and sends examples.

use axum::{Router, body::Bytes, response::Redirect, routing::get};
use boxoffice_http::{Problem, codes};
use serde_json::json;

use super::Page;
use crate::upstreams::Documents;

/// Path of the document of all services.
const MERGED: &str = "/api/v1/openapi.json";

const JSON: &str = "application/json";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// The unchanged files of Swagger UI that the page needs.
const FILES: &[(&str, &str)] = &[
    ("swagger-ui.css", STYLE),
    ("swagger-ui-bundle.js", SCRIPT),
    ("swagger-ui-standalone-preset.js", SCRIPT),
    ("favicon-32x32.png", "image/png"),
];

/// Other common paths of the page.
const ALIASES: &[&str] = &["/api/docs", "/swagger-ui.html", "/swagger-ui", "/swagger-ui/", "/swagger-ui/index.html"];

/// The public routes of the documentation. `errors` is the page of all error codes, in Markdown.
pub(super) fn router(documents: Documents, errors: String) -> Router {
    let page = Page::new("text/html; charset=utf-8", include_str!("documentation/page.html"));
    let start = include_str!("documentation/start.js").replace("DOCUMENTS", &choice(&documents));
    let merged = Page::new(JSON, documents.merged);
    let mut router = Router::new()
        .route("/docs", page.clone().route())
        .route("/docs/", page.clone().route())
        .route("/docs/index.html", page.clone().route())
        .route("/docs/start.js", Page::new(SCRIPT, start).route())
        .route("/docs/style.css", Page::new(STYLE, include_str!("documentation/style.css")).route())
        .route("/docs/errors", Page::new("text/plain; charset=utf-8", errors).route())
        .route("/docs/{*rest}", get(nothing))
        .route(MERGED, merged.clone().route())
        .route("/v3/api-docs", merged.route())
        .route("/v3/api-docs/{*rest}", get(nothing));
    for (name, media_type) in FILES {
        router = router.route(&format!("/docs/{name}"), Page::new(media_type, file(name)).route());
    }
    for (service, document) in documents.each {
        let document = Page::new(JSON, document);
        router = router
            .route(&format!("/docs/{service}"), page.clone().route())
            .route(&path_of(service), document.clone().route())
            .route(&format!("/v3/api-docs/{service}"), document.route());
    }
    ALIASES.iter().fold(router, |router, path| router.route(path, get(async || Redirect::temporary("/docs"))))
}

fn path_of(service: &str) -> String {
    format!("/docs/{service}/openapi.json")
}

/// The list of documents, for the script of the page.
fn choice(documents: &Documents) -> String {
    let each = documents.each.iter().map(|(service, _)| json!({"name": service, "url": path_of(service)}));
    let all = std::iter::once(json!({"name": "all services", "url": MERGED})).chain(each);
    serde_json::Value::from_iter(all).to_string()
}

/// Responds 404 without a token too, because the list of documents is public.
async fn nothing() -> Problem {
    Problem::new(&codes::NOT_FOUND, "the documentation has no such page")
}

/// A file of Swagger UI.
fn file(name: &str) -> Bytes {
    let file = utoipa_swagger_ui::serve(name, Default::default()).ok().flatten();
    file.expect("the files of Swagger UI are embedded").bytes.into_owned().into()
}
