//! Function URLs: those of a function's row become plans.

use std::collections::{BTreeMap, BTreeSet};

use stagegate_compile::compile_function_urls;
use stagegate_model::domain::Scope;
use stagegate_model::keys::{AccountNoun, Key};
use stagegate_model::lambda::FunctionRow;
use stagegate_plan::Snapshot;
use stagegate_store::{Store, StoreError};

use super::load;

/// A function: its account and region, and its name.
pub(super) type FunctionKey = (Scope, String);

/// Which URLs each function has, so that those that are gone can be found.
#[derive(Debug, Default)]
pub(super) struct FunctionUrls {
    ids: BTreeMap<FunctionKey, Vec<Box<str>>>,
}

impl FunctionUrls {
    /// Reads every function into a new snapshot.
    pub(super) async fn load(store: &dyn Store, next: &mut Snapshot) -> Result<Self, StoreError> {
        let mut urls = Self::default();
        for (scope, row) in load::functions(store).await? {
            let name = row.latest.configuration.function_name.clone();
            urls.put((scope, name), &row, next);
        }
        Ok(urls)
    }

    /// Brings the URLs of functions that a commit touched up to date.
    pub(super) async fn apply(
        &mut self,
        touched: BTreeSet<FunctionKey>,
        store: &dyn Store,
        next: &mut Snapshot,
    ) -> Result<(), StoreError> {
        for function in touched {
            let row = load::function(store, &function.0, &function.1).await?;
            for id in self.ids.remove(&function).unwrap_or_default() {
                next.remove_function_url(&id);
            }
            if let Some(row) = row {
                self.put(function, &row, next);
            }
        }
        Ok(())
    }

    fn put(&mut self, function: FunctionKey, row: &FunctionRow, next: &mut Snapshot) {
        let plans = compile_function_urls(row);
        if plans.is_empty() {
            return;
        }
        self.ids.insert(function, plans.iter().map(|plan| plan.id.clone()).collect());
        for plan in plans {
            next.put_function_url(plan);
        }
    }
}

/// The functions that a commit touched.
pub(super) fn touched(keys: &[String]) -> BTreeSet<FunctionKey> {
    let functions = keys.iter().filter_map(|key| match Key::parse(key)? {
        Key::OfAccount(scope, AccountNoun::Function, name) => Some((scope, name)),
        _ => None,
    });
    functions.collect()
}
