//! Behaviours of many at once: one winner per row, no loser elsewhere, and nothing seen half done.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{Fixture, KEPT_REVISIONS, Outcome, guarded, is_conflict, keys, next, page, put, text, writes};
use crate::{Commit, Expect, Revision, Store, StoreError};

const COMMITTERS: usize = 16;

type Answers = Vec<Result<Revision, StoreError>>;

/// Sends all commits at the same time.
async fn at_once<S: Store>(store: &Arc<S>, commits: impl IntoIterator<Item = Commit>) -> Answers {
    let mut tasks = JoinSet::new();
    for commit in commits {
        let store = Arc::clone(store);
        tasks.spawn(async move { store.commit(commit).await });
    }
    tasks.join_all().await
}

fn winners(answers: &Answers, contested: &str) -> usize {
    let won = answers.iter().filter(|answer| answer.is_ok()).count();
    let lost = answers.iter().filter(|answer| is_conflict(answer, contested)).count();
    assert_eq!(won + lost, answers.len(), "losers are told of the conflict: {answers:?}");
    won
}

/// Of many that create the same row exactly one succeeds.
pub async fn one_of_many_creators_wins<F: Fixture>(mut fixture: F) -> Outcome {
    let store = Arc::new(fixture.open().await?);
    for round in 0..5 {
        let key = format!("k{round}");
        let create = guarded(Expect::Absent(key.clone()), put(&key, ""));
        let answers = at_once(&store, vec![create; COMMITTERS]).await;
        assert_eq!(winners(&answers, &key), 1);
    }
    assert_eq!(store.revision().await?, Revision(5));
    Ok(())
}

/// Of many that update the same revision exactly one succeeds, and its body stays.
pub async fn one_of_many_updaters_wins<F: Fixture>(mut fixture: F) -> Outcome {
    let store = Arc::new(fixture.open().await?);
    let mut head = store.commit(writes([put("k", "")])).await?;
    for _ in 0..5 {
        let update = |number: usize| guarded(Expect::At("k".to_owned(), head), put("k", &number.to_string()));
        let answers = at_once(&store, (0..COMMITTERS).map(update)).await;
        assert_eq!(winners(&answers, "k"), 1);
        head = head.next();
        let row = store.get("k").await?;
        assert_eq!(row.map(|row| row.revision), Some(head));
    }
    Ok(())
}

/// Read, add one, compare and set, again on conflict: no increment is lost.
pub async fn counters_lose_no_increment<F: Fixture>(mut fixture: F) -> Outcome {
    const EACH: usize = 6;
    let store = Arc::new(fixture.open().await?);
    store.commit(writes([put("counter", "0")])).await?;
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            for _ in 0..EACH {
                increment(&*store, "counter").await?;
            }
            Ok::<_, StoreError>(())
        });
    }
    for answer in tasks.join_all().await {
        answer?;
    }
    assert_eq!(text(&*store, "counter").await?, Some((8 * EACH).to_string()));
    Ok(())
}

async fn increment(store: &impl Store, key: &str) -> Result<Revision, StoreError> {
    loop {
        let row = store.get(key).await?.ok_or_else(|| StoreError::Engine("the counter is gone".to_owned()))?;
        let count: u64 = String::from_utf8_lossy(&row.body).parse().unwrap_or_default();
        let add = guarded(Expect::At(row.key, row.revision), put(key, &(count + 1).to_string()));
        match store.commit(add).await {
            Err(StoreError::Conflict { .. }) => {}
            answer => return answer,
        }
    }
}

/// Commits that share no row all succeed, each with a revision of its own, also next to ones that are refused.
pub async fn different_keys_do_not_disturb_each_other<F: Fixture>(mut fixture: F) -> Outcome {
    let store = Arc::new(fixture.open().await?);
    store.commit(writes([put("taken", "")])).await?;
    let commits = (0..3 * COMMITTERS).map(|number| {
        let expected = if number % 3 == 0 { "taken".to_owned() } else { format!("k{number}") };
        guarded(Expect::Absent(expected), put(&format!("k{number}"), ""))
    });
    let answers = at_once(&store, commits).await;
    assert_eq!(winners(&answers, "taken"), 2 * COMMITTERS);
    let revisions: BTreeSet<u64> = answers.into_iter().flatten().map(|revision| revision.0).collect();
    assert_eq!(revisions, (2..2 + 2 * COMMITTERS as u64).collect());
    let rows = store.list(page("k", None, 999)).await?;
    assert_eq!(rows.iter().map(|row| row.revision.0).collect::<BTreeSet<_>>(), revisions);
    Ok(())
}

/// A reader next to a writer never sees one row of a commit without the other.
pub async fn readers_see_commits_whole<F: Fixture>(mut fixture: F) -> Outcome {
    const COMMITS: usize = 60;
    let store = Arc::new(fixture.open().await?);
    let pair = |number: usize| writes([put("pair/a", &number.to_string()), put("pair/b", &number.to_string())]);
    store.commit(pair(0)).await?;
    let writer = Arc::clone(&store);
    let writing = tokio::spawn(async move {
        for number in 1..=COMMITS {
            writer.commit(pair(number)).await?;
        }
        Ok::<_, StoreError>(())
    });
    while !writing.is_finished() {
        let rows = store.list(page("pair/", None, 9)).await?;
        assert_eq!(rows.len(), 2);
        assert_eq!((&rows[0].body, rows[0].revision), (&rows[1].body, rows[1].revision));
        tokio::task::yield_now().await;
    }
    writing.await??;
    assert_eq!(text(&*store, "pair/b").await?, Some(COMMITS.to_string()), "a commit is readable when acknowledged");
    Ok(())
}

/// A watcher next to many committers is given every revision once, in order, with the right key.
pub async fn a_watcher_keeps_up_with_many_committers<F: Fixture>(mut fixture: F) -> Outcome {
    let store = Arc::new(fixture.open().await?);
    let mut changes = store.watch(Revision(0)).await?;
    let commits = (0..KEPT_REVISIONS).map(|number| writes([put(&format!("k{number}"), "")]));
    let committing = at_once(&store, commits);
    let watching = async {
        let mut seen = BTreeSet::new();
        for revision in 1..=KEPT_REVISIONS as u64 {
            let change = next(&mut changes).await?;
            assert_eq!(change.revision, Revision(revision));
            seen.extend(change.keys.into_iter().map(|key| (key, change.revision)));
        }
        Ok::<_, StoreError>(seen)
    };
    let (answers, seen) = tokio::join!(committing, watching);
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let rows = store.list(page("", None, 999)).await?;
    assert_eq!(seen?, rows.into_iter().map(|row| (row.key, row.revision)).collect());
    Ok(())
}

/// A caller that goes away (a closed connection) leaves a whole commit or none, and the store goes on.
pub async fn an_abandoned_commit_is_whole_or_absent<F: Fixture>(mut fixture: F) -> Outcome {
    let store = fixture.open().await?;
    for number in 0..20 {
        let commit = writes([put(&format!("{number}/a"), ""), put(&format!("{number}/b"), "")]);
        // Whether the commit beat the clock does not matter: both outcomes are right.
        let _ = timeout(Duration::from_micros(10 * number), store.commit(commit)).await;
    }
    store.commit(writes([put("last", "")])).await?;
    for number in 0..20 {
        let left = keys(&store, page(&format!("{number}/"), None, 9)).await?.len();
        assert!(left == 0 || left == 2, "half a commit: {left} of 2 rows");
    }
    Ok(())
}
