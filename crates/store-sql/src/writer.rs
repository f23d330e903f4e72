//! The one task that writes: group commit, publication and recovery from a failing disk.

use std::fs::File;
use std::slice;
use std::sync::Arc;

use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use stagegate_store::feed::Feed;
use stagegate_store::{Commit, Revision, StoreError};
use tokio::sync::{mpsc, oneshot};

use crate::connect::engine;
use crate::transaction::{self, Outcome, run};
use crate::{reading, statements};

/// How many commits share one transaction at most, so that the first of them does not wait for too many others.
const BATCH_LIMIT: usize = 256;

/// What a committer is told.
pub(crate) type Answer = Result<Revision, StoreError>;

/// SQLite's result code for a full disk, or a database at its size limit.
const SQLITE_FULL: &str = "13";

/// A commit that waits, and where its answer goes.
pub(crate) struct Request {
    pub(crate) commit: Commit,
    pub(crate) answer: oneshot::Sender<Answer>,
}

/// The writer's belongings.
pub(crate) struct Writer {
    /// The way back to a connection after a failure.
    pub(crate) options: SqliteConnectOptions,
    /// None after a failure, until the next commit comes.
    pub(crate) connection: Option<SqliteConnection>,
    pub(crate) feed: Arc<Feed>,
    /// How many commits the table of changes keeps.
    pub(crate) kept_revisions: u64,
    /// Held until the last statement is done.
    pub(crate) lock: File,
}

impl Writer {
    /// Serves the queue until every sender is gone and every commit is answered.
    pub(crate) async fn serve(mut self, mut queue: mpsc::Receiver<Request>) {
        let mut batch = Vec::new();
        while queue.recv_many(&mut batch, BATCH_LIMIT).await > 0 {
            let (commits, answers): (Vec<_>, Vec<_>) =
                batch.drain(..).map(|request| (request.commit, request.answer)).unzip();
            let outcomes = self.settle(&commits).await;
            for (answer, outcome) in answers.into_iter().zip(outcomes) {
                // The caller may have gone away; its commit stands.
                let _ = answer.send(outcome);
            }
        }
        self.disconnect().await;
        drop(self.lock);
    }

    /// Writes the commits, together if possible, and tells the watchers.
    async fn settle(&mut self, commits: &[Commit]) -> Vec<Answer> {
        match self.attempt(commits).await {
            Err(cause) if commits.len() > 1 && is_full(&cause) => {
                // A full disk ends SQLite's transaction. The others may fit where the one that hit the end did not.
                let mut answers = Vec::with_capacity(commits.len());
                for commit in commits {
                    let alone = self.attempt(slice::from_ref(commit)).await;
                    answers.push(alone.map_or_else(|cause| Err(engine(cause)), |mut one| one.remove(0)));
                }
                answers
            }
            Err(cause) => vec![Err(engine(cause)); commits.len()],
            Ok(answers) => answers,
        }
    }

    /// One transaction; after an error none of its commits is stored, and the connection is made anew.
    async fn attempt(&mut self, commits: &[Commit]) -> Result<Vec<Answer>, sqlx::Error> {
        match self.write(commits).await {
            Ok(outcomes) => Ok(self.publish(outcomes)),
            Err(cause) => {
                tracing::error!(%cause, commits = commits.len(), "a transaction failed; none of its commits is stored");
                // Refusals were decided on rows that are now undone, so they fail like the others.
                self.disconnect().await;
                Err(cause)
            }
        }
    }

    /// Writes all commits in one transaction; after an error none of them is stored.
    async fn write(&mut self, commits: &[Commit]) -> Result<Vec<Outcome>, sqlx::Error> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            lost => lost.insert(SqliteConnection::connect_with(&self.options).await?),
        };
        run(connection, statements::BEGIN).await?;
        let mut head = reading::head(connection).await?;
        let mut outcomes = Vec::with_capacity(commits.len());
        for commit in commits {
            let outcome = transaction::apply(connection, commit, head.next()).await?;
            if let Ok(change) = &outcome {
                head = change.revision;
            }
            outcomes.push(outcome);
        }
        if let Some(forgotten) = head.0.checked_sub(self.kept_revisions).filter(|_| outcomes.iter().any(Result::is_ok))
        {
            let forget = sqlx::query(statements::FORGET).bind(reading::signed(Revision(forgotten)));
            forget.execute(&mut *connection).await?;
        }
        run(connection, statements::COMMIT).await?;
        Ok(outcomes)
    }

    /// Tells the watchers what is now durable, and turns outcomes into answers.
    fn publish(&self, outcomes: Vec<Outcome>) -> Vec<Answer> {
        let mut changes = Vec::with_capacity(outcomes.len());
        let answers = outcomes.into_iter().map(|outcome| {
            outcome.map(|change| {
                let revision = change.revision;
                changes.push(change);
                revision
            })
        });
        let answers = answers.collect();
        self.feed.publish(changes);
        answers
    }

    /// Lets go of the connection, which undoes an unfinished transaction.
    async fn disconnect(&mut self) {
        if let Some(connection) = self.connection.take()
            && let Err(cause) = connection.close().await
        {
            tracing::warn!(%cause, "closing the database failed");
        }
    }
}

fn is_full(cause: &sqlx::Error) -> bool {
    cause.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|code| code == SQLITE_FULL)
}
