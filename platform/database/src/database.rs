use std::{borrow::Cow, sync::Arc};

use crate::{Error, Migration, Row, Session, Snapshot, Value, sqlite::Sqlite};

/// A statement that reads, with `?` for each argument.
#[derive(Clone, Debug)]
pub struct Query {
    /// The text of the statement.
    pub sql: Cow<'static, str>,
    /// One value for each `?`, in order.
    pub args: Vec<Value>,
}

impl Query {
    /// Selects rows of a table. `tail` follows `SELECT columns FROM table`, such as `WHERE id = ?`.
    pub fn rows<R: Row>(tail: &str, args: Vec<Value>) -> Self {
        Self { sql: format!("SELECT {} FROM {} {tail}", R::TABLE.columns.join(", "), R::TABLE.name).into(), args }
    }

    /// A query with any statement that reads.
    pub fn sql(sql: impl Into<Cow<'static, str>>, args: Vec<Value>) -> Self {
        Self { sql: sql.into(), args }
    }
}

/// The result of a query: a list of values for each row.
pub type Records = Vec<Vec<Value>>;

/// Parses the result of a query as rows of a table.
///
/// # Errors
/// [`Error::Corrupt`].
pub(crate) fn typed<R: Row>(records: Records) -> Result<Vec<R>, Error> {
    records.into_iter().map(R::from_values).collect()
}

/// Names the result in [`Error::Corrupt`] when a query is not about one table.
pub(crate) const RESULT: &str = "the result";

/// The database of one service. Cheap to clone; all clones share its connections.
#[derive(Clone, Debug)]
pub struct Database(Arc<Sqlite>);

/// The known schemes, for error messages.
const SCHEMES: &str = "sqlite:FILE";

impl Database {
    /// Opens the database at `url`, creates it when it does not exist, and runs pending migrations under a lock. Each entry
    /// of `migrations` is an owner's name with the migrations that it numbers.
    ///
    /// # Errors
    /// [`Error::Url`] with the list of known schemes, [`Error::Migration`], [`Error::Engine`].
    pub fn open(url: &str, migrations: &[(&str, &[Migration])]) -> Result<Self, Error> {
        match url.split_once(':') {
            // Without a file name each connection would open a database of its own.
            Some(("sqlite", file)) if !file.is_empty() && !file.starts_with(":memory:") => {
                Ok(Self(Arc::new(Sqlite::open(file.as_ref(), migrations)?)))
            }
            _ => Err(Error::Url(format!("{url:?} is not the URL of a supported database: use {SCHEMES}"))),
        }
    }

    /// Opens the connection of a writer.
    ///
    /// # Errors
    /// [`Error::Engine`] when the database cannot be opened.
    pub fn session(&self) -> Result<Box<dyn Session>, Error> {
        self.0.session()
    }

    /// Runs `queries` against one snapshot of the committed data.
    ///
    /// # Errors
    /// [`Error::Retryable`] when the queue of reads is full, [`Error::Corrupt`] when a column holds an unsupported value,
    /// otherwise [`Error::Engine`].
    pub async fn fetch(&self, queries: Vec<Query>) -> Result<Vec<Records>, Error> {
        self.0.fetch(queries.into_iter().map(|query| (query, RESULT)).collect()).await
    }

    /// Selects rows of a table. `tail` follows `SELECT columns FROM table`, such as `WHERE id = ?`.
    ///
    /// # Errors
    /// The database cannot be read, as in [`Database::fetch`].
    pub async fn select<R: Row>(&self, tail: &str, args: Vec<Value>) -> Result<Vec<R>, Error> {
        typed(self.0.fetch(vec![(Query::rows::<R>(tail, args), R::TABLE.name)]).await?.swap_remove(0))
    }

    /// Selects rows of two tables from one snapshot, as two calls of [`Database::select`] would.
    ///
    /// # Errors
    /// As [`Database::select`].
    pub async fn select_two<A: Row, B: Row>(
        &self,
        (tail_a, args_a): (&str, Vec<Value>),
        (tail_b, args_b): (&str, Vec<Value>),
    ) -> Result<(Vec<A>, Vec<B>), Error> {
        let a = (Query::rows::<A>(tail_a, args_a), A::TABLE.name);
        let b = (Query::rows::<B>(tail_b, args_b), B::TABLE.name);
        let mut records = self.0.fetch(vec![a, b]).await?;
        let b = records.pop().unwrap_or_default();
        let a = records.pop().unwrap_or_default();
        Ok((typed(a)?, typed(b)?))
    }

    /// The row with the primary key `key`; `None` when it does not exist.
    ///
    /// # Errors
    /// As [`Database::select`].
    pub async fn get<R: Row>(&self, key: R::Key) -> Result<Option<R>, Error> {
        let columns = &R::TABLE.columns[..R::TABLE.key_columns];
        let tail = format!("WHERE {} = ?", columns.join(" = ? AND "));
        Ok(self.select(&tail, R::key_values(&key)).await?.pop())
    }

    /// Opens a snapshot of the data at this call, for audits and copies. Blocks.
    ///
    /// # Errors
    /// [`Error::Engine`] when the database cannot be opened.
    pub fn snapshot(&self) -> Result<Snapshot, Error> {
        self.0.snapshot()
    }
}
