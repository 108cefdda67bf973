use std::{borrow::Cow, sync::Arc};

use crate::{Error, Migration, Row, Session, Snapshot, Value, sqlite::Sqlite};

/// A read: SQL with `?` for each argument.
#[derive(Clone, Debug)]
pub struct Query {
    /// The statement.
    pub sql: Cow<'static, str>,
    /// Its arguments.
    pub args: Vec<Value>,
}

impl Query {
    /// `tail` is what follows `SELECT columns FROM table`, such as `WHERE id = ?`.
    pub fn rows<R: Row>(tail: &str, args: Vec<Value>) -> Self {
        Self { sql: format!("SELECT {} FROM {} {tail}", R::TABLE.columns.join(", "), R::TABLE.name).into(), args }
    }

    /// Any statement that reads.
    pub fn sql(sql: impl Into<Cow<'static, str>>, args: Vec<Value>) -> Self {
        Self { sql: sql.into(), args }
    }
}

/// What a query found: rows of values.
pub type Records = Vec<Vec<Value>>;

/// The rows of a query as what they are.
///
/// # Errors
/// [`Error::Corrupt`].
pub(crate) fn typed<R: Row>(records: Records) -> Result<Vec<R>, Error> {
    records.into_iter().map(R::from_values).collect()
}

/// What is blamed for a row that cannot be, where it is not of one table.
pub(crate) const RESULT: &str = "the result";

/// One database of one service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Database(Arc<Sqlite>);

/// The engines that a URL may name.
const SCHEMES: &str = "sqlite:FILE";

impl Database {
    /// Opens the database that `url` names, makes it when it is missing, and runs what is pending of `migrations`
    /// (an owner's name with its own numbering each), under a lock.
    ///
    /// # Errors
    /// [`Error::Url`] with the list of known schemes, [`Error::Migration`], [`Error::Engine`].
    pub fn open(url: &str, migrations: &[(&str, &[Migration])]) -> Result<Self, Error> {
        match url.split_once(':') {
            // A file without a name would be another one for each connection.
            Some(("sqlite", file)) if !file.is_empty() && !file.starts_with(":memory:") => {
                Ok(Self(Arc::new(Sqlite::open(file.as_ref(), migrations)?)))
            }
            _ => Err(Error::Url(format!("{url:?} names no database that this program knows; it knows {SCHEMES}"))),
        }
    }

    /// A connection for a writer.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub fn session(&self) -> Result<Box<dyn Session>, Error> {
        self.0.session()
    }

    /// Runs `queries` against one snapshot of the committed data.
    ///
    /// # Errors
    /// [`Error::Retryable`] when too many reads wait already, [`Error::Corrupt`] when a column holds what none can, else
    /// [`Error::Engine`].
    pub async fn fetch(&self, queries: Vec<Query>) -> Result<Vec<Records>, Error> {
        self.0.fetch(queries.into_iter().map(|query| (query, RESULT)).collect()).await
    }

    /// The rows for which `tail` holds, such as `WHERE user_id = ? ORDER BY id DESC LIMIT ?`.
    ///
    /// # Errors
    /// As [`Database::fetch`]; [`Error::Corrupt`].
    pub async fn select<R: Row>(&self, tail: &str, args: Vec<Value>) -> Result<Vec<R>, Error> {
        typed(self.0.fetch(vec![(Query::rows::<R>(tail, args), R::TABLE.name)]).await?.swap_remove(0))
    }

    /// Two kinds of rows from one snapshot.
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

    /// The row with the primary key `key`.
    ///
    /// # Errors
    /// As [`Database::select`].
    pub async fn get<R: Row>(&self, key: R::Key) -> Result<Option<R>, Error> {
        let columns = &R::TABLE.columns[..R::TABLE.key_columns];
        let tail = format!("WHERE {} = ?", columns.join(" = ? AND "));
        Ok(self.select(&tail, R::key_values(&key)).await?.pop())
    }

    /// A view of the data as it is at this call, for audits and copies. Blocks.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub fn snapshot(&self) -> Result<Snapshot, Error> {
        self.0.snapshot()
    }
}
