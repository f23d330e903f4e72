//! Behaviours of the change feed: order, completeness, and honesty about what was forgotten.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::timeout;

use super::{Fixture, KEPT_REVISIONS, Outcome, delete, delete_prefix, guarded, next, put, writes};
use crate::{Commit, Expect, Revision, Store, StoreError, Write};

/// Long enough for a change that should not come.
const QUIET: Duration = Duration::from_millis(30);

async fn fill(store: &impl Store, commits: usize) -> Result<(), StoreError> {
    for _ in 0..commits {
        let number = store.revision().await?.next().0;
        store.commit(writes([put(&format!("k{number}"), "")])).await?;
    }
    Ok(())
}

/// Reads the change feed from `after` to `head` and checks that commit n changed exactly `k{n}`.
async fn follow(store: &impl Store, after: u64, head: u64) -> Result<(), StoreError> {
    let mut changes = store.watch(Revision(after)).await?;
    for number in after + 1..=head {
        let change = next(&mut changes).await?;
        assert_eq!((change.revision, change.keys), (Revision(number), vec![format!("k{number}")]));
    }
    assert!(timeout(QUIET, changes.next()).await.is_err(), "nothing follows the newest commit");
    Ok(())
}

/// A watcher that began before the commits is given each, once, in order.
pub async fn a_watcher_sees_every_commit_in_order<F: Fixture>(mut fixture: F) -> Outcome {
    let store = fixture.open().await?;
    let mut changes = store.watch(Revision(0)).await?;
    for number in 1..=9 {
        fill(&store, 1).await?;
        assert_eq!(next(&mut changes).await?.revision, Revision(number));
    }
    assert!(timeout(QUIET, changes.next()).await.is_err());
    Ok(())
}

/// A watcher that begins later is given what it missed first.
pub async fn a_watcher_starts_from_any_kept_revision<F: Fixture>(mut fixture: F) -> Outcome {
    let store = fixture.open().await?;
    fill(&store, 9).await?;
    for after in [0, 1, 5, 8, 9] {
        follow(&store, after, 9).await?;
    }
    Ok(())
}

/// Keys are those changed, each once; a deleted prefix is the keys it removed; a blob or a vain delete is none.
pub async fn a_watcher_is_told_what_a_commit_removed<F: Fixture>(mut fixture: F) -> Outcome {
    let store = fixture.open().await?;
    let mut changes = store.watch(Revision(0)).await?;
    let blob = Write::PutBlob { hash: "c".repeat(64), body: Bytes::new() };
    let steps: [(Vec<Write>, &[&str]); 7] = [
        (vec![put("p/2", ""), put("p/1", ""), put("q", "")], &["p/2", "p/1", "q"]),
        (vec![delete("p/3"), put("r", ""), put("r", "")], &["r"]),
        (vec![delete_prefix("p/")], &["p/1", "p/2"]),
        (vec![delete_prefix("p/")], &[]),
        (vec![delete("q")], &["q"]),
        (vec![blob], &[]),
        (vec![], &[]),
    ];
    for (step, keys) in steps {
        let revision = store.commit(writes(step.clone())).await?;
        let change = next(&mut changes).await?;
        assert_eq!(change.revision, revision);
        assert_eq!(change.keys, keys, "{step:?}");
    }
    Ok(())
}

/// The feed is as durable as the rows: a watcher goes on where it was before the restart.
pub async fn a_watcher_goes_on_across_reopening<F: Fixture>(mut fixture: F) -> Outcome {
    let store = fixture.open().await?;
    fill(&store, 5).await?;
    drop(store);
    let store = fixture.open().await?;
    fill(&store, 4).await?;
    for after in [0, 3, 5, 7] {
        follow(&store, after, 9).await?;
    }
    drop(store);
    let store = fixture.open().await?;
    follow(&store, 2, 9).await?;
    Ok(())
}

/// The newest commits are kept; a watcher that needs older ones is told, also after a restart.
pub async fn a_watcher_of_forgotten_commits_is_told<F: Fixture>(mut fixture: F) -> Outcome {
    const SURPLUS: usize = 10;
    for _ in 0..2 {
        let store = fixture.open().await?;
        fill(&store, KEPT_REVISIONS + SURPLUS).await?;
        let head = store.revision().await?.0;
        let forgotten = head - KEPT_REVISIONS as u64;
        for after in [0, 1, forgotten - 1] {
            let answer = store.watch(Revision(after)).await.err();
            assert!(
                matches!(answer, Some(StoreError::Compacted { after: told }) if told.0 == after),
                "{after}: {answer:?}"
            );
        }
        follow(&store, forgotten, head).await?;
        follow(&store, forgotten + 1, head).await?;
    }
    Ok(())
}

/// A watcher that sleeps while too much happens is told, instead of skipping commits.
pub async fn a_watcher_that_falls_behind_is_told<F: Fixture>(mut fixture: F) -> Outcome {
    let store = fixture.open().await?;
    let mut changes = store.watch(Revision(0)).await?;
    fill(&store, 2 * KEPT_REVISIONS).await?;
    let answer = next(&mut changes).await;
    assert!(matches!(answer, Err(StoreError::Compacted { after: Revision(0) })), "{answer:?}");
    Ok(())
}

/// A revision that never was (a restored backup) is refused: waiting for it would skip commits.
pub async fn a_watcher_of_the_future_is_told<F: Fixture>(mut fixture: F) -> Outcome {
    let store = fixture.open().await?;
    fill(&store, 2).await?;
    let answer = store.watch(Revision(3)).await.err();
    assert!(matches!(answer, Some(StoreError::Compacted { after: Revision(3) })), "{answer:?}");
    follow(&store, 2, 2).await?;
    Ok(())
}

/// A wait that is given up (a `select!`) does not consume a change.
pub async fn an_abandoned_wait_loses_nothing<F: Fixture>(mut fixture: F) -> Outcome {
    let store = fixture.open().await?;
    let mut changes = store.watch(Revision(0)).await?;
    for number in 1..=20 {
        let given_up = timeout(Duration::from_micros(50), changes.next()).await;
        assert!(given_up.is_err(), "nothing was committed yet");
        fill(&store, 1).await?;
        assert_eq!(next(&mut changes).await?.revision, Revision(number));
    }
    Ok(())
}

/// A refused commit never happened: it has no revision and no change.
pub async fn refused_commits_are_not_seen<F: Fixture>(mut fixture: F) -> Outcome {
    let store = fixture.open().await?;
    let mut changes = store.watch(Revision(0)).await?;
    let refused: Commit = guarded(Expect::Exists("never".to_owned()), put("k", ""));
    assert!(store.commit(refused).await.is_err());
    let revision = store.commit(writes([put("seen", "")])).await?;
    let change = next(&mut changes).await?;
    assert_eq!((change.revision, change.keys), (revision, vec!["seen".to_owned()]));
    Ok(())
}
