//! A store that does not answer: every operation says so, and none breaks.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use stagegate_control::{Quotas, operations};
use stagegate_store::{BoxFuture, Changes, Commit, ListQuery, Revision, Row, Store, StoreError};

use crate::plane::Plane;

/// A store whose engine is gone.
struct Gone;

fn gone<T: Send + 'static>() -> BoxFuture<'static, Result<T, StoreError>> {
    Box::pin(async { Err(StoreError::Engine("disk I/O error".to_owned())) })
}

impl Store for Gone {
    fn get<'a>(&'a self, _key: &'a str) -> BoxFuture<'a, Result<Option<Row>, StoreError>> {
        gone()
    }

    fn list(&self, _query: ListQuery) -> BoxFuture<'_, Result<Vec<Row>, StoreError>> {
        gone()
    }

    fn commit(&self, _commit: Commit) -> BoxFuture<'_, Result<Revision, StoreError>> {
        gone()
    }

    fn blob<'a>(&'a self, _hash: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        gone()
    }

    fn revision(&self) -> BoxFuture<'_, Result<Revision, StoreError>> {
        gone()
    }

    fn watch(&self, _after: Revision) -> BoxFuture<'_, Result<Box<dyn Changes>, StoreError>> {
        gone()
    }
}

/// The operations for which the service model documents `ServiceUnavailableException`.
const DOCUMENTED: [&str; 4] = ["CreateDeployment", "GetDeployment", "GetDeployments", "UpdateDeployment"];

#[tokio::test]
async fn every_operation_that_needs_the_store_is_unavailable_without_it() {
    let plane = Plane::over(Arc::new(Gone), Quotas::default());
    let mut unavailable = Vec::new();
    for operation in operations().iter().filter(|operation| operation.served()) {
        let target = operation.path.replace(['{', '}'], "");
        let answer = plane.call(operation.verb.as_str(), &target, Value::Null).await;
        // Some calls are refused for what they lack, and some nouns are in no store.
        assert!(matches!(answer.status, 200 | 400 | 404 | 503), "{}: {answer:?}", operation.name);
        if answer.status == 503 {
            assert_eq!(answer.error_type.as_deref(), Some("ServiceUnavailableException"), "{}", operation.name);
            unavailable.push(operation.name);
        }
    }
    assert!(unavailable.len() > operations().len() / 2, "{unavailable:?}");
    assert!(DOCUMENTED.iter().all(|name| unavailable.contains(name)), "{unavailable:?}");
}
