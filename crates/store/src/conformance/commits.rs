//! Behaviours of one commit: revisions, expectations, order and atomicity.

use bytes::Bytes;

use super::{Fixture, Outcome, delete, delete_prefix, guarded, is_conflict, keys, page, put, text, writes};
use crate::grammar::KEY_LIMIT_BYTES;
use crate::{Commit, Expect, Revision, Store, StoreError, Write};

/// Every commit, also one that changes nothing, takes the next revision; its rows carry it, others keep theirs.
pub async fn revisions_grow_by_one_and_rows_carry_them<F: Fixture>(mut fixture: F) -> Outcome {
    let store = fixture.open().await?;
    assert_eq!(store.revision().await?, Revision(0));
    let steps =
        [writes([put("a", "1"), put("b", "1")]), writes([put("b", "2")]), Commit::default(), writes([delete("x")])];
    for (step, revision) in steps.into_iter().zip(1..) {
        assert_eq!(store.commit(step).await?, Revision(revision));
        assert_eq!(store.revision().await?, Revision(revision));
    }
    let rows = store.list(page("", None, 9)).await?;
    let revisions: Vec<_> = rows.iter().map(|row| (row.key.as_str(), row.revision.0)).collect();
    assert_eq!(revisions, [("a", 1), ("b", 2)]);
    Ok(())
}

/// Each expectation holds exactly where it should, and names the row where it does not.
pub async fn expectations_guard_a_commit<F: Fixture>(mut fixture: F) -> Outcome {
    let store = fixture.open().await?;
    let old = store.commit(writes([put("there", "1")])).await?;
    let new = store.commit(writes([put("there", "2")])).await?;
    let [there, absent] = ["there", "absent"].map(str::to_owned);
    let cases = [
        (Expect::Absent(absent.clone()), true),
        (Expect::Absent(there.clone()), false),
        (Expect::Exists(there.clone()), true),
        (Expect::Exists(absent.clone()), false),
        (Expect::At(there.clone(), new), true),
        (Expect::At(there.clone(), old), false),
        (Expect::At(there, Revision(99)), false),
        (Expect::At(absent, Revision(0)), false),
    ];
    for (expect, holds) in cases {
        let answer = store.commit(guarded(expect.clone(), put("other", "x"))).await;
        assert_eq!(answer.is_ok(), holds, "{expect:?}");
        assert_eq!(is_conflict(&answer, expect.key()), !holds, "{expect:?}");
    }
    Ok(())
}

/// One failed expectation among many undoes the whole commit: no row, no blob, no revision.
pub async fn a_refused_commit_writes_nothing<F: Fixture>(mut fixture: F) -> Outcome {
    let store = fixture.open().await?;
    let hash = "b".repeat(64);
    let head = store.commit(writes([put("a", "1"), put("p/1", "1")])).await?;
    let mut refused = Commit {
        expects: ["a", "missing", "missing too"].map(|key| Expect::Exists(key.to_owned())).into(),
        writes: vec![
            put("a", "2"),
            put("new", "2"),
            delete_prefix("p/"),
            Write::PutBlob { hash: hash.clone(), body: Bytes::from_static(b"x") },
        ],
    };
    assert!(is_conflict(&store.commit(refused.clone()).await, "missing"), "the first row that differs is named");
    refused.expects.reverse();
    assert!(is_conflict(&store.commit(refused).await, "missing too"), "the first row that differs is named");
    assert_eq!(text(&store, "a").await?.as_deref(), Some("1"));
    assert_eq!(keys(&store, page("", None, 9)).await?, ["a", "p/1"]);
    assert_eq!(store.blob(&hash).await?, None);
    assert_eq!(store.revision().await?, head);
    assert_eq!(store.commit(Commit::default()).await?, head.next());
    Ok(())
}

/// Expectations are about the store as the commit found it, whatever the commit itself writes.
pub async fn expectations_see_the_rows_before_the_writes<F: Fixture>(mut fixture: F) -> Outcome {
    let store = fixture.open().await?;
    let create = guarded(Expect::Absent("k".to_owned()), put("k", "1"));
    store.commit(create.clone()).await?;
    assert!(is_conflict(&store.commit(create).await, "k"));
    let refused = guarded(Expect::Exists("new".to_owned()), put("new", "1"));
    assert!(is_conflict(&store.commit(refused).await, "new"));
    Ok(())
}

/// The writes of one commit happen one after the other.
pub async fn writes_apply_in_order<F: Fixture>(mut fixture: F) -> Outcome {
    let store = fixture.open().await?;
    store.commit(writes([put("p/old", "1")])).await?;
    let rewrite =
        [put("p/lost", "1"), delete_prefix("p/"), put("p/new", "1"), put("p/new", "2"), put("q", "1"), delete("q")];
    let revision = store.commit(writes(rewrite)).await?;
    assert_eq!(keys(&store, page("", None, 9)).await?, ["p/new"]);
    let row = store.get("p/new").await?;
    assert_eq!(row.map(|row| (row.body, row.revision)), Some((Bytes::from_static(b"2"), revision)));
    Ok(())
}

/// A prefix is no pattern and ends where its last byte ends; the empty prefix is everything.
pub async fn a_deleted_prefix_takes_only_its_rows<F: Fixture>(mut fixture: F) -> Outcome {
    let store = fixture.open().await?;
    let all = ["a", "a/", "a/1", "a/~~", "a0", "aXb", "a_b", "a_b/c", "b", "~", "~~"];
    store.commit(writes(all.map(|key| put(key, "")))).await?;
    let cases: [(&str, &[&str]); 5] = [
        ("a/", &["a", "a0", "aXb", "a_b", "a_b/c", "b", "~", "~~"]),
        ("a_", &["a", "a0", "aXb", "b", "~", "~~"]),
        ("%", &["a", "a0", "aXb", "b", "~", "~~"]),
        ("~", &["a", "a0", "aXb", "b"]),
        ("", &[]),
    ];
    for (prefix, left) in cases {
        store.commit(writes([delete_prefix(prefix)])).await?;
        assert_eq!(keys(&store, page("", None, 99)).await?, left, "{prefix:?}");
    }
    Ok(())
}

/// A commit with a key, prefix or hash outside the grammar is refused, with everything else in it.
pub async fn commits_outside_the_grammar_are_refused_whole<F: Fixture>(mut fixture: F) -> Outcome {
    let store = fixture.open().await?;
    let too_long = "k".repeat(KEY_LIMIT_BYTES + 1);
    let wrong_hash = Write::PutBlob { hash: "A".repeat(64), body: Bytes::new() };
    let mut refused = vec![writes([put("good", ""), wrong_hash])];
    for key in ["", "é", "a\nb", "a\0", "\u{7f}", too_long.as_str()] {
        refused.push(writes([put("good", ""), put(key, "")]));
        refused.push(writes([put("good", ""), delete(key)]));
        refused.push(guarded(Expect::Absent(key.to_owned()), put("good", "")));
        if !key.is_empty() {
            refused.push(writes([put("good", ""), delete_prefix(key)]));
        }
    }
    for commit in refused {
        let answer = store.commit(commit.clone()).await;
        assert!(matches!(answer, Err(StoreError::Engine(_))), "{commit:?}: {answer:?}");
    }
    assert_eq!(store.revision().await?, Revision(0));
    let longest = "k".repeat(KEY_LIMIT_BYTES);
    store.commit(writes([put(&longest, "fits")])).await?;
    assert_eq!(text(&store, &longest).await?.as_deref(), Some("fits"));
    Ok(())
}

/// A revision is never used twice, also when the last commit left no row behind.
pub async fn revisions_go_on_after_reopening<F: Fixture>(mut fixture: F) -> Outcome {
    for round in 0..3 {
        let store = fixture.open().await?;
        assert_eq!(store.revision().await?, Revision(3 * round));
        store.commit(writes([put("k", "1")])).await?;
        store.commit(writes([delete_prefix("")])).await?;
        assert_eq!(store.commit(Commit::default()).await?, Revision(3 * round + 3));
    }
    Ok(())
}
