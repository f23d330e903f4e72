//! Grafting: paths of a definition become resources and methods, beside or instead of what an API has.

use std::collections::{BTreeMap, BTreeSet};

use stagegate_model::keys::ApiScope;
use stagegate_model::rest::{HttpMethod, Method, Resource};
use stagegate_openapi::PathDefinition;

use super::integration;
use super::resource_path::{check_part, is_greedy, is_variable, join};
use super::tree::Tree;
use crate::call::Call;
use crate::fault::Fault;
use crate::transaction::Transaction;

/// The tree that an API is to have, as far as it differs from the one it has.
#[derive(Debug)]
pub(crate) struct Graft {
    /// Resources of the new tree by path.
    resources: BTreeMap<String, Resource>,
    /// The variable part below a resource, by the resource's id: there can be only one.
    variables: BTreeMap<String, String>,
    /// Ids of the old tree by path; a path that stays keeps its id.
    old_ids: BTreeMap<String, String>,
    old_methods: Vec<(String, HttpMethod)>,
    fresh: BTreeSet<String>,
    methods: BTreeMap<(String, HttpMethod), Method>,
    /// Whether what the definition does not mention goes away.
    replaces: bool,
}

impl Graft {
    /// New paths beside the old ones.
    pub(crate) fn onto(old: &Tree) -> Self {
        Self::new(old, old.resources.values().cloned().collect(), false)
    }

    /// New paths instead of the old ones; only the root stays in any case.
    pub(crate) fn instead_of(old: &Tree) -> Self {
        let root = old.resources.values().filter(|resource| resource.parent_id.is_none()).cloned();
        Self::new(old, root.collect(), true)
    }

    fn new(old: &Tree, kept: Vec<Resource>, replaces: bool) -> Self {
        let mut graft = Self {
            resources: BTreeMap::new(),
            variables: BTreeMap::new(),
            old_ids: old.resources.values().map(|resource| (resource.path.clone(), resource.id.clone())).collect(),
            old_methods: old
                .methods
                .iter()
                .filter_map(|(id, method)| Some((id.clone(), method.http_method?)))
                .collect(),
            fresh: BTreeSet::new(),
            methods: BTreeMap::new(),
            replaces,
        };
        for resource in kept {
            graft.plant(resource);
        }
        graft
    }

    fn plant(&mut self, resource: Resource) {
        if let (Some(parent), Some(part)) = (&resource.parent_id, &resource.path_part)
            && is_variable(part)
        {
            self.variables.insert(parent.clone(), part.clone());
        }
        self.resources.insert(resource.path.clone(), resource);
    }

    /// Adds the paths of a definition. A method that is there already is replaced.
    pub(crate) fn add(&mut self, paths: &[PathDefinition], call: &Call) -> Result<(), Fault> {
        for definition in paths {
            let id = self.resource(&definition.path, call)?;
            for method in &definition.methods {
                let Some(verb) = method.http_method else { continue };
                let mut method = method.clone();
                method.api_key_required.get_or_insert(false);
                if let Some(integration) = &mut method.method_integration {
                    integration::complete(integration, &id);
                    integration::check(integration, call).map_err(|fault| {
                        let (path, cause) = (&definition.path, fault.message);
                        let what = format!("Unable to put integration on '{verb}' for resource at path '{path}'");
                        Fault::bad_request(format!("Errors found during import:\n\t{what}: {cause}"))
                    })?;
                }
                self.methods.insert((id.clone(), verb), method);
            }
        }
        let message = "Maximum number of resources for this API has been reached.";
        let have = self.resources.len().saturating_sub(1);
        call.world.quotas.admit("rest_resources_per_api_count", have, message)
    }

    /// The id of the resource at a path; what is missing above it is made as well.
    fn resource(&mut self, path: &str, call: &Call) -> Result<String, Fault> {
        if let Some(resource) = self.resources.get(path) {
            return Ok(resource.id.clone());
        }
        let mut at = "/".to_owned();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            let next = join(&at, part);
            if !self.resources.contains_key(&next) {
                self.grow(&at, part, call).map_err(|fault| {
                    Fault::new(fault.kind, format!("Unable to create resource at path '{path}': {}", fault.message))
                })?;
            }
            at = next;
        }
        let made = self.resources.get(&at).map(|resource| resource.id.clone());
        made.ok_or_else(|| Fault::internal("the API has no root resource"))
    }

    /// Makes one resource below another, under the rules of fact 33.
    fn grow(&mut self, parent_path: &str, part: &str, call: &Call) -> Result<(), Fault> {
        check_part(part)?;
        let no_parent = || Fault::internal("the API has no root resource");
        let parent = self.resources.get(parent_path).ok_or_else(no_parent)?;
        if let Some(greedy) = parent.path_part.as_deref().filter(|part| is_greedy(part)) {
            let message = format!("Cannot create a child of a resource with a greedy path variable: {greedy}");
            return Err(Fault::bad_request(message));
        }
        if let Some(sibling) = self.variables.get(&parent.id).filter(|_| is_variable(part)) {
            return Err(Fault::bad_request(format!(
                "A sibling ({sibling}) of this resource already has a variable path part -- only one is allowed"
            )));
        }
        let path = join(parent_path, part);
        let id = self.old_ids.get(&path).cloned().unwrap_or_else(|| call.new_noun_id());
        let resource = Resource {
            id: id.clone(),
            parent_id: Some(parent.id.clone()),
            path_part: Some(part.to_owned()),
            path,
            resource_methods: None,
        };
        self.fresh.insert(id);
        self.plant(resource);
        Ok(())
    }

    /// Writes what is new, and deletes what goes away.
    pub(crate) fn write(&self, api: &ApiScope, transaction: &mut Transaction) -> Result<(), Fault> {
        if self.replaces {
            self.clear(api, transaction);
        }
        for resource in self.resources.values().filter(|resource| self.fresh.contains(&resource.id)) {
            transaction.put(&api.resource(&resource.id).to_string(), resource)?;
        }
        for ((resource_id, verb), method) in &self.methods {
            transaction.put(&api.method(resource_id, *verb).to_string(), method)?;
        }
        Ok(())
    }

    fn clear(&self, api: &ApiScope, transaction: &mut Transaction) {
        for (path, id) in &self.old_ids {
            if !self.resources.contains_key(path) {
                transaction.delete(&api.resource(id).to_string());
            }
        }
        for (resource_id, verb) in &self.old_methods {
            if !self.methods.contains_key(&(resource_id.clone(), *verb)) {
                transaction.delete(&api.method(resource_id, *verb).to_string());
            }
        }
    }
}
