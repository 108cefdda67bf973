//! The tables after all migrations: each file is applied, in order, to a database of its own, with the names of the type
//! macros instead of the types of an engine.

use std::{fs, path::Path};

use boxoffice_database::{Database, Migration, Query, Value};

use crate::walls::{files, root, within};

/// The tables of one database.
pub struct Schema {
    pub name: String,
    /// The folder of its migrations, within the workspace.
    pub folder: String,
    /// The comment at the beginning of the first migration.
    pub about: String,
    pub tables: Vec<Table>,
}

/// One table of a database.
pub struct Table {
    pub name: String,
    /// The comment before the statement.
    pub about: String,
    pub columns: Vec<Column>,
    /// Keys and checks of several columns, as SQL.
    pub constraints: Vec<String>,
    /// `name (columns)` of each index.
    pub indexes: Vec<String>,
}

/// One column of a table.
pub struct Column {
    pub name: String,
    /// The type macro, or a type of the engine.
    pub kind: String,
    /// The constraints of the column, as SQL.
    pub rules: String,
}

impl Schema {
    /// Reads the tables that the migrations in a folder create.
    pub async fn of(name: &str, folder: &str) -> Self {
        let migrations = migrations(folder);
        let records = apply(&migrations).await;
        let text: String = migrations.iter().map(|migration| migration.sql).collect::<Vec<_>>().join("\n");
        let of_kind = |kind: &str| records.iter().filter(move |record| record[0] == kind).collect::<Vec<_>>();
        let mut tables: Vec<Table> = of_kind("table").iter().map(|record| Table::of(&record[1], &record[2])).collect();
        for table in &mut tables {
            table.about = comment_before(&text, &format!("CREATE TABLE {} (", table.name));
            let own = of_kind("index").into_iter().filter(|record| record[3] == table.name);
            table.indexes = own.map(|record| index(&record[1], &record[2])).collect();
        }
        let about = text.lines().map_while(|line| line.strip_prefix("--")).map(str::trim).collect::<Vec<_>>().join(" ");
        Self { name: name.to_owned(), folder: folder.to_owned(), about, tables }
    }

    /// Whether the table has the column.
    pub fn has(&self, table: &str, column: &str) -> bool {
        let table = self.tables.iter().find(|known| known.name == table);
        table.is_some_and(|table| table.columns.iter().any(|known| known.name == column))
    }
}

impl Table {
    /// Reads a `CREATE TABLE` statement from the schema of the database.
    fn of(name: &str, sql: &str) -> Self {
        let (_, inside) = sql.split_once('(').expect("a table has columns");
        let inside = inside.trim_end().trim_end_matches(')');
        let (mut columns, mut constraints) = (Vec::new(), Vec::new());
        for part in parts(inside) {
            let (first, rest) = part.split_once(' ').expect("a column has a type");
            if ["PRIMARY", "UNIQUE", "CHECK", "FOREIGN"].contains(&first) {
                constraints.push(part);
            } else {
                let (kind, rules) = rest.split_once(' ').unwrap_or((rest, ""));
                columns.push(Column { name: first.to_owned(), kind: kind.to_owned(), rules: rules.to_owned() });
            }
        }
        Self { name: name.to_owned(), about: String::new(), columns, constraints, indexes: Vec::new() }
    }
}

fn migrations(folder: &str) -> Vec<Migration> {
    let in_folder = |path: &&std::path::PathBuf| path.parent().map(within).as_deref() == Some(folder);
    let files = files(&root().join(folder), ".sql");
    let sql = files.iter().filter(in_folder).map(|file| fs::read_to_string(file).unwrap());
    let migrations = sql.enumerate().map(|(index, sql)| Migration {
        number: i64::try_from(index + 1).unwrap(),
        name: "as it is",
        sql: Box::leak(sql.replace("{{", "").replace("}}", "").into_boxed_str()),
    });
    migrations.collect()
}

/// Kind, name, statement and table of every object of the schema, in the order of creation.
async fn apply(migrations: &[Migration]) -> Vec<[String; 4]> {
    let folder = tempfile::tempdir().unwrap();
    let database = open(folder.path(), migrations);
    let query = "SELECT type, name, sql, tbl_name FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid";
    let records = database.fetch(vec![Query::sql(query, Vec::new())]).await.unwrap().remove(0);
    let texts = records.into_iter().map(|record| {
        let texts = record.into_iter().map(|value| match value {
            Value::Text(text) => text,
            other => panic!("{other:?} is no text"),
        });
        texts.collect::<Vec<_>>().try_into().expect("four columns were asked for")
    });
    let own = texts.filter(|[_, name, ..]: &[String; 4]| name != "migrations" || migrations.is_empty());
    own.collect()
}

fn open(folder: &Path, migrations: &[Migration]) -> Database {
    let url = format!("sqlite:{}", folder.join("schema").display());
    Database::open(&url, &[("schema", migrations)]).unwrap()
}

/// The parts of a list that commas outside of parentheses separate, without comments and on one line each.
fn parts(inside: &str) -> Vec<String> {
    let lines = inside.lines().map(|line| line.split("--").next().unwrap_or_default().trim());
    let text = lines.collect::<Vec<_>>().join(" ").replace("( ", "(").replace(" )", ")");
    let (mut depth, mut parts) = (0_i32, vec![String::new()]);
    for char in text.chars() {
        depth += i32::from(char == '(') - i32::from(char == ')');
        match char {
            ',' if depth == 0 => parts.push(String::new()),
            _ => parts.last_mut().expect("there is one from the beginning").push(char),
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

fn index(name: &str, sql: &str) -> String {
    let columns = sql.split_once('(').expect("an index has columns").1;
    let unique = if sql.starts_with("CREATE UNIQUE") { "UNIQUE " } else { "" };
    format!("{unique}{name} ({columns}")
}

/// The comment lines directly before the line that begins with `start`.
fn comment_before(text: &str, start: &str) -> String {
    let mut comment = Vec::new();
    for line in text.lines() {
        if line.starts_with(start) {
            break;
        }
        match line.strip_prefix("--") {
            Some(words) => comment.push(words.trim()),
            None => comment.clear(),
        }
    }
    comment.join(" ")
}
