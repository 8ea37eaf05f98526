//! The statements of one operation, with or without names at the server.
//!
//! PostgreSQL keeps a prepared statement for its session under a name. A pooler in transaction mode gives each
//! transaction another session, where the name is unknown or belongs to another client.

use futures_util::{future::BoxFuture, stream::BoxStream};
use sqlx::{
    Connection, Database, Describe, Either, Error, Execute, Executor, Postgres, SqlStr, Sqlite,
    Transaction, error::BoxDynError,
};

use super::Driver;

/// Runs statements on one connection.
pub(in crate::store) struct Statements<'c, DB: Driver> {
    connection: &'c mut DB::Connection,
    is_named: bool,
}

impl<DB: Driver> std::fmt::Debug for Statements<'_, DB> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Statements")
            .field("is_named", &self.is_named)
            .finish_non_exhaustive()
    }
}

impl<'c, DB: Driver> Statements<'c, DB> {
    pub(super) fn new(connection: &'c mut DB::Connection, is_named: bool) -> Self {
        Self {
            connection,
            is_named,
        }
    }

    /// Begins a transaction. Returns it, and whether its statements have names.
    ///
    /// # Errors
    /// The connection fails.
    pub(in crate::store) async fn begin(&mut self) -> Result<(Transaction<'_, DB>, bool), Error> {
        let is_named = self.is_named;
        Ok((self.connection.begin().await?, is_named))
    }

    /// Runs statements within a transaction.
    pub(in crate::store) fn within(
        transaction: &'c mut Transaction<'_, DB>,
        is_named: bool,
    ) -> Self {
        Self::new(transaction, is_named)
    }
}

/// A query that is prepared without a name.
struct Unnamed<Q> {
    query: Q,
    is_named: bool,
}

impl<'q, DB: Database, Q: Execute<'q, DB>> Execute<'q, DB> for Unnamed<Q> {
    fn sql(self) -> SqlStr {
        self.query.sql()
    }

    fn statement(&self) -> Option<&DB::Statement> {
        self.query.statement()
    }

    fn take_arguments(&mut self) -> Result<Option<DB::Arguments>, BoxDynError> {
        self.query.take_arguments()
    }

    fn persistent(&self) -> bool {
        self.is_named && self.query.persistent()
    }
}

macro_rules! executor {
    ($db:ty) => {
        impl<'c> Executor<'c> for &'c mut Statements<'_, $db> {
            type Database = $db;

            fn fetch_many<'e, 'q: 'e, E>(
                self,
                query: E,
            ) -> BoxStream<
                'e,
                Result<Either<<$db as Database>::QueryResult, <$db as Database>::Row>, Error>,
            >
            where
                'c: 'e,
                E: 'q + Execute<'q, $db>,
            {
                let is_named = self.is_named;
                (&mut *self.connection).fetch_many(Unnamed { query, is_named })
            }

            fn fetch_optional<'e, 'q: 'e, E>(
                self,
                query: E,
            ) -> BoxFuture<'e, Result<Option<<$db as Database>::Row>, Error>>
            where
                'c: 'e,
                E: 'q + Execute<'q, $db>,
            {
                let is_named = self.is_named;
                (&mut *self.connection).fetch_optional(Unnamed { query, is_named })
            }

            fn prepare_with<'e>(
                self,
                sql: SqlStr,
                parameters: &'e [<$db as Database>::TypeInfo],
            ) -> BoxFuture<'e, Result<<$db as Database>::Statement, Error>>
            where
                'c: 'e,
            {
                (&mut *self.connection).prepare_with(sql, parameters)
            }

            fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<$db>, Error>>
            where
                'c: 'e,
            {
                (&mut *self.connection).describe(sql)
            }
        }
    };
}

executor!(Sqlite);
executor!(Postgres);
