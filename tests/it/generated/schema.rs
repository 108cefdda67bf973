//! docs/schema.md: every table of every database, generated from the migrations.

use std::fmt::Write;

use boxoffice::SERVICES;

use super::{
    check, seeds,
    sql::{Schema, Table},
};
use crate::walls::{files, root, within};

const FRONT: &str = "# Schema\n\n\
    Generated from the migrations; a test compares this page with them.\n\n\
    Every service has a database of its own, and no other service reads its tables. Each \
    database also has the tables of the [outbox](#outbox), so that one transaction writes data and messages. `uuid`, `time`, `json`, \
    `text`, `name` and `counted` are macros for the types that differ by engine; times are microseconds since 1970 in \
    UTC, amounts are minor units. A row that changes has a `version`.\n\n\
    There are no foreign keys. The diagrams connect a column `x_id` with the `id` of the table `xs`. \
    A booking, its hold, its order and its payment share one id, across \
    databases.\n";

/// The folder of the tables that every service has.
const OUTBOX: &str = "platform/outbox/migrations";
/// The folder of the database of the simulated payment provider.
const PROVIDER: &str = "services/payments/migrations/simulated";

/// The databases in the order of the services, each followed by the additional database of the service.
pub async fn all() -> Vec<Schema> {
    let mut all = Vec::new();
    for service in SERVICES {
        all.push(Schema::of(service.name, &format!("services/{}/migrations", service.name)).await);
    }
    all.push(Schema::of("provider", PROVIDER).await);
    all.push(Schema::of("outbox", OUTBOX).await);
    all
}

fn section(schema: &Schema) -> String {
    let mut text = format!("\n## {}\n\n{}\n\n", schema.name, schema.about);
    text.push_str(&diagram(schema));
    for table in &schema.tables {
        text.push_str(&table_section(table));
    }
    text
}

/// The tables with their keys, and what their columns refer to.
fn diagram(schema: &Schema) -> String {
    let mut text = "```mermaid\nerDiagram\n".to_owned();
    for Table { name, columns, constraints, .. } in &schema.tables {
        writeln!(text, "    {name} {{").unwrap();
        for column in columns {
            let in_key = constraints.iter().any(|constraint| {
                constraint.starts_with("PRIMARY KEY")
                    && constraint.split(['(', ',', ')', ' ']).any(|word| word == column.name)
            });
            let key = if in_key || column.rules.contains("PRIMARY KEY") { " PK" } else { "" };
            if !key.is_empty() || column.name.ends_with("_id") {
                writeln!(text, "        {} {}{key}", column.kind, column.name).unwrap();
            }
        }
        text.push_str("    }\n");
    }
    for Table { name, columns, .. } in &schema.tables {
        for column in columns {
            let target = column.name.strip_suffix("_id").map(|noun| format!("{noun}s"));
            let target = target.filter(|target| target != name && schema.has(target, "id"));
            if let Some(target) = target {
                writeln!(text, "    {target} ||--o{{ {name} : {}", column.name).unwrap();
            }
        }
    }
    text + "```\n"
}

fn table_section(table: &Table) -> String {
    let mut text = format!("\n### {}\n\n", table.name);
    if !table.about.is_empty() {
        writeln!(text, "{}\n", table.about).unwrap();
    }
    text.push_str("| column | type | rules |\n| --- | --- | --- |\n");
    for column in &table.columns {
        writeln!(text, "| {} | {} | {} |", column.name, column.kind, column.rules).unwrap();
    }
    let further: Vec<_> =
        table.constraints.iter().cloned().chain(table.indexes.iter().map(|index| format!("INDEX {index}"))).collect();
    if !further.is_empty() {
        text.push('\n');
    }
    for line in further {
        writeln!(text, "- `{line}`").unwrap();
    }
    text
}

#[tokio::test]
async fn the_page_matches_the_migrations() {
    let all = all().await;
    let mut page = FRONT.to_owned();
    page.push_str(&seeds::section(&all));
    for schema in &all {
        page.push_str(&section(schema));
    }
    check("schema.md", &page, "generated::schema");
}

/// The page covers every migration file and every database of a service.
#[tokio::test]
async fn every_migration_is_on_the_page() {
    let all = all().await;
    for service in SERVICES {
        let folder = format!("services/{}/migrations", service.name);
        let count = files(&root().join(&folder), ".sql")
            .iter()
            .filter(|file| file.parent().map(within) == Some(folder.clone()))
            .count();
        assert_eq!(count, service.migrations.len(), "{folder}");
    }
    for folder in ["services", "platform", "app", "audit"] {
        for file in files(&root().join(folder), ".sql") {
            let folder = file.parent().map(within);
            assert!(all.iter().any(|schema| Some(&schema.folder) == folder.as_ref()), "{}", within(&file));
        }
    }
}
