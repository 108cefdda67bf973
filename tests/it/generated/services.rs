//! docs/services.md: what each service owns, consumes, publishes, serves and calls, generated from the code.

use std::{collections::BTreeSet, fmt::Write, fs};

use boxoffice::SERVICES;
use boxoffice_contracts::{
    events::EVENTS,
    saga::{SAGA, Step},
};
use boxoffice_runtime::Service;
use boxoffice_settings::Settings;
use serde_json::Value;

use super::{check, crate_docs::CrateDocs, schema, sql::Schema};
use crate::{
    settings,
    system::System,
    walls::{Source, files, root},
};

const FRONT: &str = "# Services\n\n\
    Generated from the crate docs of each service, the saga table, the OpenAPI documents, the migrations and the \
    settings; a test compares.\n\n\
    Clients reach the services only through the gateway. The events between services are drawn in \
    [choreography.md](choreography.md), the flow of data in [data-flow.md](data-flow.md), the JSON of events is in \
    [asyncapi.json](asyncapi.json), every column in [schema.md](schema.md), every setting in [settings.md](settings.md).\n";

/// The services that `service` calls, as its source names them.
pub fn calls(service: &str) -> BTreeSet<&'static str> {
    let source = root().join("services").join(service).join("src");
    let names_peers = |path: &&std::path::PathBuf| {
        let path = path.strip_prefix(&source).unwrap();
        let file = path.iter().next().is_some_and(|first| ["clients", "clients.rs"].iter().any(|name| first == *name));
        file || path.ends_with("lib.rs")
    };
    let texts = files(&source, ".rs")
        .iter()
        .filter(names_peers)
        .flat_map(|file| Source::read(&fs::read_to_string(file).unwrap()).texts)
        .collect::<Vec<_>>();
    let named =
        |other: &&Service| other.name != service && texts.iter().any(|text| text.what.trim_matches('"') == other.name);
    SERVICES.iter().filter(named).map(|other| other.name).collect()
}

/// The internal routes, which no OpenAPI document contains.
fn internal(service: &str) -> Vec<String> {
    let api = root().join("services").join(service).join("src/api");
    let sources = files(&api, ".rs").into_iter().map(|file| fs::read_to_string(file).unwrap());
    let mut found = Vec::new();
    for source in sources {
        for route in source.split(".route(\"/internal/").skip(1) {
            let (path, methods) = route.split_once("\", ").expect("a route has a path and its methods");
            let method = methods.split('(').next().unwrap_or_default().to_uppercase();
            found.push(format!("`{method} /internal/{path}`"));
        }
    }
    found
}

/// A row for each operation in the document of a service.
fn served(document: &Value) -> String {
    let mut rows = String::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let scope = operation["security"][0]["bearer"][0].as_str().unwrap_or("any token");
            let summary = operation["summary"].as_str().unwrap_or_default();
            writeln!(rows, "| `{} {path}` | {scope} | {summary} |", method.to_uppercase()).unwrap();
        }
    }
    rows
}

fn consumed(service: &str) -> String {
    let mut text = String::new();
    for Step { event, published_by, consumed_by, .. } in SAGA {
        for consumer in consumed_by.iter().filter(|consumer| consumer.service == service) {
            writeln!(text, "  - `{}` from {published_by}: {}", short(event), consumer.action).unwrap();
        }
    }
    text
}

fn published(service: &str) -> String {
    let mut text = String::new();
    for (step, event) in SAGA.iter().zip(EVENTS).filter(|(step, _)| step.published_by == service) {
        let consumers: Vec<_> = step.consumed_by.iter().map(|consumer| consumer.service).collect();
        writeln!(text, "  - `{}` to {}: {}", short(step.event), consumers.join(", "), event.about).unwrap();
    }
    text
}

/// The kind of an event without its suffix `Event`.
fn short(kind: &str) -> &str {
    kind.strip_suffix("Event").unwrap_or(kind)
}

fn list(title: &str, items: &str) -> String {
    if items.is_empty() { format!("- **{title}** none\n") } else { format!("- **{title}**\n{items}") }
}

async fn document(system: &System, service: &str) -> Value {
    let document = system.get(("otto", ""), &format!("/docs/{service}/openapi.json")).await;
    assert_eq!(document.status, 200, "{service}");
    document.body
}

async fn section(system: &System, service: &Service, schemas: &[Schema]) -> String {
    let Service { name, about, .. } = service;
    let docs = CrateDocs::of(name);
    let mut text = format!("\n## {name}\n\n{about}\n\n{}", owns(&docs));
    text.push_str(&list("consumes", &consumed(name)));
    text.push_str(&list("publishes", &published(name)));
    writeln!(text, "- **calls** {}", docs.entry("Calls").unwrap_or("none")).unwrap();
    let routes = internal(name);
    let routes = if routes.is_empty() { "none".to_owned() } else { routes.join(", ") };
    writeln!(text, "- **internal routes** {routes}").unwrap();
    let schema = schemas.iter().find(|schema| schema.name == *name).expect("every service has one");
    let tables: Vec<_> = schema.tables.iter().map(|table| format!("`{}`", table.name)).collect();
    writeln!(text, "- **tables** {} ([schema](schema.md#{name}))", tables.join(", ")).unwrap();
    text.push_str(&settings_of(name));
    text + &routes_section(&document(system, name).await)
}

fn owns(docs: &CrateDocs) -> String {
    format!("- **owns** {}\n", docs.entry("Owns").expect("the crate docs have the entry Owns"))
}

fn settings_of(service: &str) -> String {
    let settings: Vec<_> = settings::variables(service).iter().map(|name| format!("`{name}`")).collect();
    let settings = if settings.is_empty() { "none".to_owned() } else { settings.join(", ") };
    format!("- **settings** {settings}\n")
}

/// The section of the gateway, which has neither data nor an OpenAPI document.
fn gateway() -> String {
    let docs = CrateDocs::of("gateway");
    let serves =
        docs.entry("Serves").expect("the crate docs have the entry Serves").replace("[`", "`").replace("`]", "`");
    format!(
        "\n## gateway\n\nThe public HTTP entry point.\n\n{}- **serves** {serves}\n{}",
        owns(&docs),
        settings_of("gateway")
    )
}

fn routes_section(document: &Value) -> String {
    format!("\n| serves | scope | |\n| --- | --- | --- |\n{}", served(document))
}

#[tokio::test]
async fn the_page_matches_the_services() {
    let system = System::start().await;
    let schemas = schema::all().await;
    let mut page = FRONT.to_owned() + &gateway();
    for service in SERVICES {
        page.push_str(&section(&system, service, &schemas).await);
    }
    let operator = document(&system, "operator").await;
    let about = operator["info"]["description"]
        .as_str()
        .expect("the document has a description")
        .split("\n\n")
        .next()
        .unwrap_or_default();
    write!(
        page,
        "\n## operator\n\n{about} It has no data of its own and reads that of the services.\n{}",
        routes_section(&operator)
    )
    .unwrap();
    check("services.md", &page, "generated::services");
}

#[test]
fn crate_docs_match_the_code() {
    for service in SERVICES {
        let (name, docs) = (service.name, CrateDocs::of(service.name));
        let names = |kinds: &mut dyn Iterator<Item = &'static str>| kinds.map(short).collect::<BTreeSet<_>>();
        let consumes = names(&mut (service.reactions)(&Settings::default()).unwrap().kinds().into_iter());
        assert_eq!(docs.words("Consumes").into_iter().collect::<BTreeSet<_>>(), consumes, "{name} consumes");
        let publishes = names(&mut SAGA.iter().filter(|step| step.published_by == name).map(|step| step.event));
        assert_eq!(docs.words("Publishes").into_iter().collect::<BTreeSet<_>>(), publishes, "{name} publishes");
        let prose = docs.entry("Calls").unwrap_or_default();
        let words: BTreeSet<_> = prose.split([' ', ',']).collect();
        let called: BTreeSet<_> =
            SERVICES.iter().map(|other| other.name).filter(|other| words.contains(other)).collect();
        assert_eq!(called, calls(name), "{name} calls");
    }
}
