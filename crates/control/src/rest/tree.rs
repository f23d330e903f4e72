//! The path tree of an API: its resources and methods, read whole.

use std::collections::BTreeMap;

use stagegate_model::keys::ApiScope;
use stagegate_model::rest::{Method, Resource};

use crate::fault::Fault;
use crate::transaction::Transaction;

/// Every resource by id, and every method with its resource's id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tree {
    pub(crate) resources: BTreeMap<String, Resource>,
    pub(crate) methods: Vec<(String, Method)>,
}

impl Tree {
    /// Reads the resources of an API.
    pub(crate) async fn of_resources(api: &ApiScope, transaction: &Transaction) -> Result<Self, Fault> {
        let resources = transaction.list::<Resource>(&api.resources_prefix()).await?;
        Ok(Self { resources: resources.into_iter().collect(), methods: Vec::new() })
    }

    /// Reads the resources and methods of an API.
    pub(crate) async fn whole(api: &ApiScope, transaction: &Transaction) -> Result<Self, Fault> {
        let mut tree = Self::of_resources(api, transaction).await?;
        for (name, method) in transaction.list::<Method>(&api.methods_prefix()).await? {
            let (resource_id, _) = name.split_once('/').unwrap_or((&name, ""));
            tree.methods.push((resource_id.to_owned(), method));
        }
        Ok(tree)
    }

    /// The resources right below one.
    pub(crate) fn children<'t>(&'t self, id: &'t str) -> impl Iterator<Item = &'t Resource> {
        self.resources.values().filter(move |resource| resource.parent_id.as_deref() == Some(id))
    }

    /// A resource and everything below it, parents first.
    pub(crate) fn descend(&self, id: &str) -> Vec<&Resource> {
        let mut found: Vec<&Resource> = self.resources.get(id).into_iter().collect();
        let mut next = 0;
        while next < found.len() {
            let children: Vec<&Resource> = self.children(&found[next].id).collect();
            found.extend(children);
            next += 1;
        }
        found
    }

    /// The methods of one resource.
    pub(crate) fn methods_of<'t>(&'t self, id: &'t str) -> impl Iterator<Item = &'t Method> {
        self.methods.iter().filter(move |(resource_id, _)| resource_id == id).map(|(_, method)| method)
    }
}
