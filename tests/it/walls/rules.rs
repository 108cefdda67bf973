//! Where the walls stand. To add a crate or a layer, add its line here, with no more than it needs.

/// What the crates of a folder may use of ours. Folders stand for the crates in them; a `*` for any name.
pub struct Crates {
    pub folder: &'static str,
    pub may_use: &'static [&'static str],
    /// What they may use in their tests besides.
    pub in_tests: &'static [&'static str],
}

const fn crates(folder: &'static str, may_use: &'static [&'static str], in_tests: &'static [&'static str]) -> Crates {
    Crates { folder, may_use, in_tests }
}

/// app -> services -> contracts -> envelope; platform knows neither contracts nor services; no service knows
/// another, but by its client.
pub const CRATES: &[Crates] = &[
    crates("platform/clock", &[], &[]),
    crates("platform/envelope", &["platform/clock"], &[]),
    crates("platform/database", &["platform/clock"], &[]),
    crates("platform/bus", &["platform/clock", "platform/envelope"], &[]),
    crates("platform/cache", &["platform/clock"], &[]),
    crates("platform/discovery", &["platform/clock"], &[]),
    crates("platform/identity", &["platform/clock"], &[]),
    crates("platform/outbox", &["platform/clock", "platform/envelope", "platform/database", "platform/bus"], &[]),
    crates("platform/writer", &["platform/clock", "platform/envelope", "platform/database", "platform/outbox"], &[]),
    crates("platform/text", &[], &[]),
    crates("platform/settings", &["platform/text"], &[]),
    crates(
        "platform/http",
        &[
            "platform/clock",
            "platform/envelope",
            "platform/database",
            "platform/discovery",
            "platform/identity",
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
            "platform/bus",
            "platform/cache",
            "platform/discovery",
            "platform/identity",
            "platform/http",
            "platform/settings",
        ],
        &[],
    ),
    crates("platform/testkit", &["platform/*"], &[]),
    crates("contracts", &["platform/envelope"], &["platform/clock"]),
    crates(
        "services/users/client",
        &["contracts", "platform/envelope", "platform/http"],
        &["platform/clock", "platform/identity"],
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
            "platform/cache",
            "platform/discovery",
            "platform/identity",
            "platform/http",
            "platform/settings",
            "platform/runtime",
            "services/users/client",
        ],
        &["platform/outbox", "platform/testkit"],
    ),
    crates("audit", &["contracts", "platform/*", "services/*"], &[]),
    crates("app", &["audit", "contracts", "platform/*", "services/*"], &[]),
    crates("tests", &["app", "audit", "contracts", "platform/*", "services/*"], &[]),
    crates("load", &["platform/clock", "platform/identity"], &[]),
    crates("xtask", &[], &[]),
];

/// Libraries that only one crate names: everyone else goes through it.
pub const KEPT: &[(&str, &[&str])] = &[
    (
        "platform/database",
        &["rusqlite", "libsqlite3-sys", "sqlx", "sea-orm", "diesel", "tokio-postgres", "mysql_async"],
    ),
    ("platform/bus", &["rdkafka", "async-nats", "lapin"]),
    ("platform/cache", &["redis", "fred"]),
    ("platform/identity", &["jsonwebtoken", "aws-lc-rs", "openidconnect", "oauth2", "tower-oauth2-resource-server"]),
];

/// Names that say nothing, so that everything ends up behind them.
pub const DRAWERS: &[&str] =
    &["common", "core", "helper", "helpers", "misc", "model", "models", "shared", "type", "types", "util", "utils"];

/// The files of a service, each also as a folder of that name.
pub const SHAPE: &[&str] =
    &["lib", "domain", "commands", "reactions", "api", "clients", "neighbours", "tasks", "store", "error", "config"];

/// What a service has besides, because of what it is.
pub const BESIDES: &[(&str, &[&str])] = &[
    ("gateway", &["admission", "routes", "rules", "upstreams"]),
    ("notifications", &["mail", "templates"]),
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
/// What only reads need of the database.
const READS: &[&str] = &["boxoffice_database::to_value", "boxoffice_database::from_value", "boxoffice_database::Query"];

/// api, reactions, tasks -> commands -> domain, store; api -> store for reads, neighbours for questions.
pub const LAYERS: &[Layer] = &[
    Layer {
        name: "api",
        may_use: &["commands", "domain", "store", "clients", "neighbours", "error", "config", "providers"],
        may_not_name: READS,
    },
    Layer {
        name: "reactions",
        may_use: &["commands", "domain", "error"],
        may_not_name: &[AXUM, HTTP, SETTINGS, RUNTIME, USERS, "boxoffice_database", "async", "boxoffice_clock::Clock"],
    },
    Layer {
        name: "tasks",
        may_use: &[
            "commands",
            "domain",
            "store",
            "clients",
            "neighbours",
            "error",
            "config",
            "mail",
            "providers",
            "templates",
        ],
        may_not_name: READS,
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
    Layer {
        name: "neighbours",
        may_use: &["domain", "error", "config"],
        may_not_name: &["boxoffice_database", WRITER],
    },
    Layer { name: "providers", may_use: &["domain", "error", "config"], may_not_name: READS },
    Layer { name: "mail", may_use: &["domain", "store", "templates", "error", "config"], may_not_name: READS },
    Layer { name: "templates", may_use: &["domain", "store"], may_not_name: &["boxoffice_database", WRITER, "async"] },
    Layer { name: "store", may_use: &["domain"], may_not_name: &[AXUM, HTTP, SETTINGS, RUNTIME, USERS, WRITER] },
    Layer {
        name: "domain",
        may_use: &["store", "error"],
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
    Layer { name: "config", may_use: &["domain"], may_not_name: &[AXUM, "boxoffice_database", WRITER, "async"] },
];

/// The file, or folder, of a service that has its SQL.
pub const SQL_STANDS_IN: &str = "store";

/// What a text has that is SQL.
pub const SIGNS_OF_SQL: &[&str] = &[
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
