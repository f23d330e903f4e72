//! The rows directly below a prefix, found step by step with what every engine has.

use crate::{ListQuery, Row, Store, StoreError};

/// One page: each step reads the next row, and seeks past everything below the segment that it lies in.
pub(crate) async fn page<S: Store + ?Sized>(store: &S, query: ListQuery) -> Result<Vec<Row>, StoreError> {
    let ListQuery { prefix, mut after, limit } = query;
    let mut found = Vec::new();
    while found.len() < limit {
        let next = ListQuery { prefix: prefix.clone(), after: after.take(), limit: 1 };
        let Some(row) = store.list(next).await?.pop() else { break };
        let below = row.key[prefix.len()..].split_once('/').map(|(segment, _)| segment);
        // Key bytes end at 0x7e, so this is the last string below the segment that could be a key, or after all of them.
        after = Some(below.map_or_else(|| row.key.clone(), |segment| format!("{prefix}{segment}/\u{7f}")));
        if below.is_none() {
            found.push(row);
        }
    }
    Ok(found)
}
