//! The rules that the tests in this folder check. To add a crate or a layer, add its line here, with no more than it
//! needs.

/// The workspace crates that the crates of one folder may depend on. A folder stands for the crate in it, `*` for any
/// name.
pub struct Crates {
    pub folder: &'static str,
    pub may_use: &'static [&'static str],
    /// Further crates that they may use in their tests.
    pub in_tests: &'static [&'static str],
}

const fn crates(folder: &'static str, may_use: &'static [&'static str], in_tests: &'static [&'static str]) -> Crates {
    Crates { folder, may_use, in_tests }
}

/// app -> services -> contracts -> envelope. Platform crates depend on neither contracts nor services. A service depends
/// on another one only through its client crate.
pub const CRATES: &[Crates] = &[
    crates("platform/clock", &[], &[]),
    crates("platform/envelope", &["platform/clock"], &[]),
    crates("platform/database", &["platform/clock"], &[]),
    crates("platform/identity", &["platform/clock"], &[]),
    crates("platform/outbox", &["platform/clock", "platform/envelope", "platform/database"], &[]),
    crates(
        "platform/writer",
        &["platform/clock", "platform/envelope", "platform/database", "platform/metrics", "platform/outbox"],
        &["platform/testkit"],
    ),
    crates("platform/metrics", &[], &[]),
    crates("platform/text", &[], &[]),
    crates("platform/settings", &["platform/text"], &[]),
    crates(
        "platform/http",
        &[
            "platform/clock",
            "platform/envelope",
            "platform/database",
            "platform/identity",
            "platform/metrics",
            "platform/text",
            "platform/writer",
        ],
        &[],
    ),
    crates(
        "platform/runtime",
        &[
            "platform/clock",
            "platform/database",
            "platform/outbox",
            "platform/writer",
            "platform/identity",
            "platform/http",
            "platform/metrics",
            "platform/settings",
        ],
        &[],
    ),
    crates("platform/testkit", &["platform/*"], &[]),
    crates("contracts", &["platform/envelope"], &["platform/clock"]),
    crates(
        "services/users/client",
        &["contracts", "platform/envelope", "platform/http", "platform/identity"],
        &["platform/clock"],
    ),
    crates(
        "services/operator",
        &[
            "contracts",
            "platform/clock",
            "platform/envelope",
            "platform/database",
            "platform/outbox",
            "platform/writer",
            "platform/identity",
            "platform/http",
        ],
        &[],
    ),
    crates(
        "services/*",
        &[
            "contracts",
            "platform/clock",
            "platform/envelope",
            "platform/database",
            "platform/writer",
            "platform/identity",
            "platform/http",
            "platform/metrics",
            "platform/settings",
            "platform/runtime",
            "services/users/client",
        ],
        &["platform/outbox", "platform/testkit"],
    ),
    crates("audit", &["contracts", "platform/*", "services/*"], &[]),
    crates("app", &["audit", "contracts", "platform/*", "services/*"], &[]),
    crates("tests", &["app", "audit", "contracts", "platform/*", "services/*", "services/users/client"], &[]),
    crates("load", &["platform/clock", "platform/identity"], &[]),
    crates("xtask", &[], &[]),
];

/// Libraries that only one crate names; the others use that crate.
pub const WRAPPED: &[(&str, &[&str])] = &[
    (
        "platform/database",
        &["rusqlite", "libsqlite3-sys", "sqlx", "sea-orm", "diesel", "tokio-postgres", "mysql_async"],
    ),
    ("platform/identity", &["jsonwebtoken", "aws-lc-rs", "openidconnect", "oauth2", "tower-oauth2-resource-server"]),
];

/// Libraries that no crate names.
pub const UNUSED: &[&str] = &["rdkafka", "async-nats", "lapin", "redis", "fred"];

/// The crate that other crates name in their tests only.
pub const DEV_ONLY: &str = "boxoffice-testkit";

/// Names without a meaning, which attract unrelated code.
pub const VAGUE_NAMES: &[&str] =
    &["common", "core", "helper", "helpers", "misc", "model", "models", "shared", "type", "types", "util", "utils"];

/// The files of a service; each may also be a folder.
pub const SERVICE_FILES: &[&str] =
    &["lib", "domain", "commands", "reactions", "api", "clients", "tasks", "store", "error", "config", "metrics"];

/// Further files that single services have.
pub const EXTRA_FILES: &[(&str, &[&str])] = &[
    ("gateway", &["middleware", "routes", "rules", "upstreams"]),
    ("notifications", &["channels", "templates"]),
    ("operator", &["pages"]),
    ("payments", &["providers"]),
];

/// A layer within a service.
pub struct Layer {
    pub name: &'static str,
    /// The other layers that it may name.
    pub may_use: &'static [&'static str],
    /// Crates, paths and keywords that it may not name.
    pub may_not_name: &'static [&'static str],
}

const AXUM: &str = "axum";
const WRITER: &str = "boxoffice_writer";
const HTTP: &str = "boxoffice_http";
const SETTINGS: &str = "boxoffice_settings";
const RUNTIME: &str = "boxoffice_runtime";
const USERS: &str = "boxoffice_users_client";
/// Items of the database crate that only queries need.
const QUERIES: &[&str] =
    &["boxoffice_database::to_value", "boxoffice_database::from_value", "boxoffice_database::Query"];

/// api, reactions, tasks -> commands -> domain, store; api -> store for queries, clients for calls to other services.
pub const LAYERS: &[Layer] = &[
    Layer {
        name: "api",
        may_use: &["commands", "domain", "store", "clients", "error", "config", "providers"],
        may_not_name: QUERIES,
    },
    Layer {
        name: "reactions",
        may_use: &["commands", "domain", "error"],
        may_not_name: &[AXUM, HTTP, SETTINGS, RUNTIME, USERS, "boxoffice_database", "async", "boxoffice_clock::Clock"],
    },
    Layer {
        name: "tasks",
        may_use: &["commands", "domain", "store", "clients", "error", "config", "channels", "providers", "templates"],
        may_not_name: QUERIES,
    },
    Layer {
        name: "commands",
        may_use: &["domain", "store", "error", "config", "templates"],
        may_not_name: &[
            AXUM,
            HTTP,
            SETTINGS,
            RUNTIME,
            USERS,
            "async",
            "tokio",
            "boxoffice_clock::Clock",
            "boxoffice_database::Database",
            "boxoffice_database::to_value",
            "boxoffice_database::Query",
        ],
    },
    Layer { name: "clients", may_use: &["domain", "error", "config"], may_not_name: &["boxoffice_database", WRITER] },
    Layer { name: "providers", may_use: &["domain", "error"], may_not_name: QUERIES },
    Layer { name: "channels", may_use: &["domain", "store", "templates", "error"], may_not_name: QUERIES },
    Layer { name: "templates", may_use: &["domain", "store"], may_not_name: &["boxoffice_database", WRITER, "async"] },
    Layer { name: "store", may_use: &["domain"], may_not_name: &[AXUM, HTTP, SETTINGS, RUNTIME, USERS, WRITER] },
    Layer {
        name: "domain",
        may_use: &["error"],
        may_not_name: &[
            AXUM,
            HTTP,
            SETTINGS,
            RUNTIME,
            USERS,
            WRITER,
            "async",
            "tokio",
            "boxoffice_clock::Clock",
            "boxoffice_clock::Entropy",
            "boxoffice_database",
            "boxoffice_identity",
        ],
    },
    Layer { name: "error", may_use: &["domain"], may_not_name: &["boxoffice_database", WRITER, "async"] },
    Layer { name: "metrics", may_use: &["domain"], may_not_name: &[AXUM, HTTP, "boxoffice_database", WRITER, "async"] },
    Layer {
        name: "config",
        may_use: &["domain", "providers", "channels"],
        may_not_name: &[AXUM, "boxoffice_database", WRITER, "async"],
    },
];

/// The only file or folder of a service that contains SQL.
pub const SQL_MODULE: &str = "store";

/// Fragments that mark a string as SQL.
pub const SQL_FRAGMENTS: &[&str] = &[
    "SELECT ",
    "INSERT INTO",
    "UPDATE ",
    "DELETE FROM",
    "WHERE ",
    "ORDER BY",
    "GROUP BY",
    "LIMIT ?",
    "= ?",
    "> ?",
    "< ?",
    "PRAGMA ",
];
