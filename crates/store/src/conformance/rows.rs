//! Behaviours of reading: rows, pages, bodies and blobs.

use bytes::Bytes;

use super::{Fixture, Outcome, delete, keys, page, put, text, writes};
use crate::{Commit, Holders, Revision, Row, Store, Write};

/// A row has the key, the body and the revision it was put with; others are absent.
pub async fn a_row_reads_as_it_was_put<F: Fixture>(mut fixture: F) -> Outcome {
    let store = fixture.open().await?;
    assert_eq!(store.get("a/b").await?, None);
    let revision = store.commit(writes([put("a/b", "{}")])).await?;
    let row = Row { key: "a/b".to_owned(), revision, body: Bytes::from_static(b"{}") };
    assert_eq!(store.get("a/b").await?, Some(row));
    assert_eq!(store.get("a").await?, None);
    assert_eq!(store.get("a/b/").await?, None);
    assert_eq!(store.get("A/B").await?, None, "keys are case-sensitive");
    Ok(())
}

/// A second put replaces the body and the revision.
pub async fn a_put_replaces<F: Fixture>(mut fixture: F) -> Outcome {
    let store = fixture.open().await?;
    store.commit(writes([put("k", "one")])).await?;
    let revision = store.commit(writes([put("k", "two")])).await?;
    let row = Row { key: "k".to_owned(), revision, body: Bytes::from_static(b"two") };
    assert_eq!(store.list(page("", None, 10)).await?, vec![row]);
    Ok(())
}

/// A deleted row is gone; deleting it again is no error, and it can be put anew.
pub async fn a_delete_removes_and_may_find_nothing<F: Fixture>(mut fixture: F) -> Outcome {
    let store = fixture.open().await?;
    store.commit(writes([put("k", "one"), put("l", "one")])).await?;
    store.commit(writes([delete("k")])).await?;
    store.commit(writes([delete("k"), delete("never")])).await?;
    assert_eq!(store.get("k").await?, None);
    assert_eq!(keys(&store, page("", None, 10)).await?, ["l"]);
    store.commit(writes([put("k", "two")])).await?;
    assert_eq!(text(&store, "k").await?.as_deref(), Some("two"));
    Ok(())
}

/// Pages follow each other in byte order, without overlap or hole.
pub async fn a_list_pages_in_byte_order<F: Fixture>(mut fixture: F) -> Outcome {
    let store = fixture.open().await?;
    let sorted = ["!", "-a", "0", "A", "B/a", "B/a b", "B/a-b", "B/a/b", "B/aa", "Z", "_", "a", "b", "~"];
    let mut shuffled = sorted.map(|key| put(key, key));
    shuffled.reverse();
    shuffled.swap(3, 9);
    store.commit(writes(shuffled)).await?;
    for limit in (1..=sorted.len() + 1).chain([5_000]) {
        let mut seen: Vec<String> = Vec::new();
        loop {
            let read = keys(&store, page("", seen.last().map(String::as_str), limit)).await?;
            assert!(read.len() <= limit);
            if read.is_empty() {
                break;
            }
            seen.extend(read);
        }
        assert_eq!(seen, sorted, "limit {limit}");
    }
    Ok(())
}

/// Nothing in a prefix is a pattern, and letter case counts.
pub async fn a_prefix_is_taken_literally<F: Fixture>(mut fixture: F) -> Outcome {
    let store = fixture.open().await?;
    let all = ["a%c", "a*c", "a?c", "a[b]", "a\\c", "a_c", "abc", "ABC", "a'c", "a\"c", "a~", "b"];
    store.commit(writes(all.map(|key| put(key, "")))).await?;
    let cases: [(&str, &[&str]); 13] = [
        ("a%", &["a%c"]),
        ("a_", &["a_c"]),
        ("a*", &["a*c"]),
        ("a?", &["a?c"]),
        ("a[", &["a[b]"]),
        ("a\\", &["a\\c"]),
        ("a'", &["a'c"]),
        ("a\"", &["a\"c"]),
        ("a~", &["a~"]),
        ("A", &["ABC"]),
        ("abc", &["abc"]),
        ("abcd", &[]),
        ("%", &[]),
    ];
    for (prefix, expected) in cases {
        assert_eq!(keys(&store, page(prefix, None, 99)).await?, expected, "prefix {prefix}");
    }
    Ok(())
}

/// `after` need not exist, may lie outside the prefix, and a limit of nothing reads nothing.
pub async fn a_list_has_an_end_and_a_limit<F: Fixture>(mut fixture: F) -> Outcome {
    let store = fixture.open().await?;
    store.commit(writes(["a/1", "b/1", "b/2", "b/3", "c/1"].map(|key| put(key, "")))).await?;
    let cases: [(Option<&str>, usize, &[&str]); 9] = [
        (None, 99, &["b/1", "b/2", "b/3"]),
        (None, usize::MAX, &["b/1", "b/2", "b/3"]),
        (None, 2, &["b/1", "b/2"]),
        (None, 0, &[]),
        (Some("b/1"), 99, &["b/2", "b/3"]),
        (Some("b/15"), 99, &["b/2", "b/3"]),
        (Some("a"), 99, &["b/1", "b/2", "b/3"]),
        (Some("b/3"), 99, &[]),
        (Some("c"), 99, &[]),
    ];
    for (after, limit, expected) in cases {
        assert_eq!(keys(&store, page("b/", after, limit)).await?, expected, "{after:?} {limit}");
    }
    Ok(())
}

/// Of rows and what lies below them only the rows directly below the prefix are listed, whatever sorts in between.
pub async fn a_direct_list_steps_over_what_lies_deeper<F: Fixture>(mut fixture: F) -> Outcome {
    let store = fixture.open().await?;
    let all =
        ["p", "p/a", "p/a-1", "p/a-1/x", "p/a/x", "p/a/y/z", "p/a0", "p/b/x", "p/c", "p/c//", "p/~", "p/~/~~", "p0"];
    store.commit(writes(all.map(|key| put(key, key)))).await?;
    let cases: [(&str, Option<&str>, usize, &[&str]); 11] = [
        ("p/", None, 99, &["p/a", "p/a-1", "p/a0", "p/c", "p/~"]),
        ("p/", None, usize::MAX, &["p/a", "p/a-1", "p/a0", "p/c", "p/~"]),
        ("p/", None, 3, &["p/a", "p/a-1", "p/a0"]),
        ("p/", None, 0, &[]),
        ("p/", Some("p/a"), 2, &["p/a-1", "p/a0"]),
        ("p/", Some("p/a-1"), 1, &["p/a0"]),
        ("p/", Some("p/a/x"), 1, &["p/a0"]),
        ("p/", Some("p/~"), 9, &[]),
        ("p/a", None, 9, &["p/a", "p/a-1", "p/a0"]),
        ("", None, 9, &["p", "p0"]),
        ("q", None, 9, &[]),
    ];
    for (prefix, after, limit, expected) in cases {
        let found = store.list_direct(page(prefix, after, limit)).await?;
        let bodies: Vec<String> = found.iter().map(|row| String::from_utf8_lossy(&row.body).into_owned()).collect();
        assert_eq!(bodies, expected, "{prefix} {after:?} {limit}");
        assert!(found.iter().zip(expected).all(|(row, key)| row.key == *key));
    }
    Ok(())
}

/// A body is bytes: a megabyte, none at all, any text, and what is no text.
pub async fn bodies_may_be_large_empty_or_unicode<F: Fixture>(mut fixture: F) -> Outcome {
    const LARGE_BYTES: usize = 1 << 20;
    let large: Vec<u8> = (0..=250).cycle().take(LARGE_BYTES).collect();
    let bodies = [
        Bytes::from(large),
        Bytes::new(),
        Bytes::from_static("{\"naïve\":\"日本語 🦀 \\u0000\"}".as_bytes()),
        Bytes::from_static(b"\x00\xff\xfe\x00"),
    ];
    let store = fixture.open().await?;
    for (number, body) in bodies.iter().enumerate() {
        store.commit(writes([Write::Put { key: format!("k{number}"), body: body.clone() }])).await?;
    }
    // An engine may read large pages in another way.
    for limit in [99, 9_999] {
        let rows = store.list(page("k", None, limit)).await?;
        assert_eq!(rows.len(), bodies.len());
        for row in rows {
            assert_eq!(store.get(&row.key).await?.as_ref(), Some(&row));
            let number: usize = row.key[1..].parse()?;
            assert_eq!(row.body, bodies[number], "body {number}");
        }
    }
    Ok(())
}

/// A blob is found by its hash, before and after it was stored again, and is not a row.
pub async fn blobs_read_as_they_were_put<F: Fixture>(mut fixture: F) -> Outcome {
    let store = fixture.open().await?;
    let hash = "0123456789abcdef".repeat(4);
    let body = Bytes::from_static(b"\x00frozen\xff");
    let blob = Write::PutBlob { hash: hash.clone(), body: body.clone() };
    assert_eq!(store.blob(&hash).await?, None);
    for _ in 0..2 {
        store.commit(writes([blob.clone(), put("row", &hash)])).await?;
        assert_eq!(store.blob(&hash).await?, Some(body.clone()));
    }
    assert_eq!(store.blob(&"f".repeat(64)).await?, None);
    assert_eq!(store.blob("not a hash").await?, None);
    assert_eq!(keys(&store, page("", None, 9)).await?, ["row"]);
    Ok(())
}

/// A blob goes with the last row that has its hash; rows of other keys do not hold it, and it can be stored again.
pub async fn a_blob_is_dropped_when_no_row_needs_it<F: Fixture>(mut fixture: F) -> Outcome {
    let store = fixture.open().await?;
    let hash = "0123456789abcdef".repeat(4);
    let blob = Write::PutBlob { hash: hash.clone(), body: Bytes::from_static(b"code") };
    let drop = |infix: &str| Write::DropBlob { hash: hash.clone(), holders: Holders::With(infix.to_owned()) };
    let drop_below = |prefix: &str| Write::DropBlob { hash: hash.clone(), holders: Holders::Below(prefix.to_owned()) };
    let needing = format!("{{\"code\":\"{hash}\"}}");
    for _ in 0..2 {
        let [one, two, other] = ["a/functions/one", "b/functions/two", "a/stages/one"].map(|key| put(key, &needing));
        store.commit(writes([blob.clone(), one, two, other])).await?;
        store.commit(writes([delete("a/functions/one"), drop("/functions/")])).await?;
        assert!(store.blob(&hash).await?.is_some(), "another row needs it");
        store.commit(writes([put("b/functions/two", "{}"), drop("/functions/"), drop("/functions/")])).await?;
        assert_eq!(store.blob(&hash).await?, None);
    }
    store.commit(writes([drop("/functions/")])).await?;
    let [below, beside] = ["a/functions/one", "a/functions0"].map(|key| put(key, &needing));
    store.commit(writes([below, beside, blob, drop_below("a/functions/")])).await?;
    assert!(store.blob(&hash).await?.is_some(), "a row below the prefix needs it");
    store.commit(writes([delete("a/functions/one"), drop_below("a/functions/")])).await?;
    assert_eq!(store.blob(&hash).await?, None);
    for wrong in [drop("%"), drop(""), drop_below("\n")] {
        assert!(store.commit(writes([wrong])).await.is_err());
    }
    Ok(())
}

/// What was acknowledged is there when the store is opened again.
pub async fn rows_and_blobs_survive_reopening<F: Fixture>(mut fixture: F) -> Outcome {
    let hash = "a".repeat(64);
    let body = Bytes::from_static(b"blob");
    let store = fixture.open().await?;
    let first = Commit {
        expects: Vec::new(),
        writes: vec![put("kept", "1"), put("gone", "1"), Write::PutBlob { hash: hash.clone(), body: body.clone() }],
    };
    store.commit(first).await?;
    store.commit(writes([put("kept", "2"), delete("gone")])).await?;
    drop(store);
    let store = fixture.open().await?;
    let row = Row { key: "kept".to_owned(), revision: Revision(2), body: Bytes::from_static(b"2") };
    assert_eq!(store.list(page("", None, 9)).await?, vec![row]);
    assert_eq!(store.blob(&hash).await?, Some(body));
    Ok(())
}

/// Reading what can be no key is no error: there is no such row.
pub async fn keys_outside_the_grammar_find_nothing<F: Fixture>(mut fixture: F) -> Outcome {
    let store = fixture.open().await?;
    store.commit(writes([put("a", ""), put("b", "")])).await?;
    for key in ["", "é", "a\n", "a\0", "\u{10ffff}"] {
        assert_eq!(store.get(key).await?, None, "{key:?}");
    }
    for prefix in ["é", "a\n", "a\0", "\u{10ffff}"] {
        assert!(store.list(page(prefix, None, 9)).await?.is_empty(), "{prefix:?}");
    }
    assert_eq!(keys(&store, page("", Some("a\0é"), 9)).await?, ["b"]);
    assert!(keys(&store, page("", Some("\u{10ffff}"), 9)).await?.is_empty());
    Ok(())
}
