//! `Resource`: a node of the path tree.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use stagegate_model::keys::ApiScope;
use stagegate_model::rest::{HttpMethod, Method, Resource};
use stagegate_store::BoxFuture;

use super::resource_path::{check_part, check_place, is_greedy, join};
use super::rest_api;
use super::template;
use super::tree::Tree;
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::input::Input;
use crate::paging::Page;
use crate::patch::{PatchRow, SET, row};
use crate::transaction::Transaction;
use crate::verbs::{self, Create, Loading, Noun, document, row_at};

/// AWS's page "Patch Operations", `UpdateResource`.
pub(crate) const PATCH: &[PatchRow<Resource>] = &[
    row("/parentId", SET, |resource, edit| {
        if resource.parent_id.is_none() {
            return Err(Fault::bad_request("Root resource cannot update its parent ID."));
        }
        resource.parent_id = Some(edit.text()?);
        Ok(())
    }),
    row("/pathPart", SET, |resource, edit| {
        if resource.parent_id.is_none() {
            return Err(Fault::bad_request("Root resource cannot update its pathPart."));
        }
        resource.path_part = Some(edit.text()?);
        Ok(())
    }),
];

/// Characters of the root resource's id, as many as an API's has.
const ROOT_ID_LENGTH: usize = 10;

/// An id for the root resource.
pub(crate) fn new_root_id(call: &Call) -> String {
    call.new_id(ROOT_ID_LENGTH)
}

/// The fault that a resource of the path does not exist (fact 126).
pub(crate) fn missing() -> Fault {
    Fault::not_found("Invalid Resource identifier specified")
}

impl Noun for Resource {
    type Row = Self;
    const PATCH: &'static [PatchRow<Self>] = PATCH;

    fn load<'c>(call: &'c Call, api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, Self> {
        let key = api.resource(call.parameter("resource_id"));
        Box::pin(row_at(transaction, key, missing))
    }

    fn settle<'c>(
        before: &'c Self,
        row: &'c mut Self,
        _call: &'c Call,
        api: &'c ApiScope,
        transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(relocate(before, row, api, transaction))
    }

    fn release<'c>(
        row: &'c Self,
        _call: &'c Call,
        api: &'c ApiScope,
        transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(clear(row, api, transaction))
    }

    fn show(&self) -> Result<Value, Fault> {
        let mut shown = document(self)?;
        template::show(&mut shown);
        Ok(shown)
    }
}

impl Create for Resource {
    fn make<'c>(call: &'c Call, api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, Self> {
        Box::pin(async move {
            let mut input = Input::of(call)?;
            let part = input.required_text("pathPart")?;
            input.finish()?;
            check_part(&part)?;
            let tree = Tree::of_resources(api, transaction).await?;
            let parent = tree.resources.get(call.parameter("parent_id")).ok_or_else(missing)?;
            check_place(&tree, parent, &part, None)?;
            let message = "Maximum number of resources for this API has been reached.";
            call.world.quotas.admit("rest_resources_per_api_count", tree.resources.len(), message)?;
            let resource = Self {
                id: call.new_noun_id(),
                parent_id: Some(parent.id.clone()),
                path: join(&parent.path, &part),
                path_part: Some(part),
                resource_methods: None,
            };
            Ok((api.resource(&resource.id), resource))
        })
    }
}

/// Moves or renames a resource: everything below it gets a new path.
async fn relocate(
    before: &Resource,
    resource: &mut Resource,
    api: &ApiScope,
    transaction: &mut Transaction,
) -> Result<(), Fault> {
    let (Some(parent_id), Some(part)) = (resource.parent_id.as_deref(), resource.path_part.as_deref()) else {
        return Ok(());
    };
    if before == resource {
        return Ok(());
    }
    check_part(part)?;
    let tree = Tree::of_resources(api, transaction).await?;
    let parent = tree.resources.get(parent_id).ok_or_else(missing)?;
    let below = tree.descend(&resource.id);
    if below.iter().any(|descendant| descendant.id == parent_id) {
        return Err(Fault::bad_request("Cannot move a resource below itself or one of its descendants."));
    }
    check_place(&tree, parent, part, Some(&resource.id))?;
    if is_greedy(part) && below.len() > 1 {
        let message = format!("Cannot create a child of a resource with a greedy path variable: {part}");
        return Err(Fault::bad_request(message));
    }
    resource.path = join(&parent.path, part);
    for descendant in &below[1..] {
        let rest = descendant.path.strip_prefix(&before.path).unwrap_or_default();
        let moved = Resource { path: format!("{}{rest}", resource.path), ..(*descendant).clone() };
        transaction.put(&api.resource(&moved.id).to_string(), &moved)?;
    }
    Ok(())
}

/// Deletes everything below a resource, and the methods of all of them (fact 130).
async fn clear(resource: &Resource, api: &ApiScope, transaction: &mut Transaction) -> Result<(), Fault> {
    if resource.parent_id.is_none() {
        return Err(Fault::bad_request("The root resource cannot be deleted."));
    }
    let tree = Tree::of_resources(api, transaction).await?;
    for doomed in tree.descend(&resource.id) {
        transaction.delete_below(&api.methods_of_prefix(&doomed.id));
        transaction.delete(&api.resource(&doomed.id).to_string());
    }
    Ok(())
}

/// `GetResource`: with its methods, empty unless `embed=methods`.
pub(crate) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (api, _) = rest_api::load(call, transaction).await?;
    let (_, mut resource) = Resource::load(call, &api, transaction).await?;
    let methods = transaction.list::<Method>(&api.methods_of_prefix(&resource.id)).await?;
    embed(&mut resource, methods.into_iter().map(|(_, method)| method), call);
    Ok(Reply::Document(resource.show()?))
}

/// `UpdateResource`: its answer has the resource's methods, too.
pub(crate) async fn update(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let reply = verbs::update::<Resource>(call, transaction).await?;
    let Reply::Document(mut shown) = reply else { return Ok(reply) };
    let methods = transaction.list::<Method>(&call.api()?.methods_of_prefix(call.parameter("resource_id"))).await?;
    let verbs = methods.into_iter().filter_map(|(_, method)| Some((method.http_method?.to_string(), json!({}))));
    let verbs: Map<String, Value> = verbs.collect();
    if !verbs.is_empty() {
        shown["resourceMethods"] = Value::Object(verbs);
    }
    Ok(Reply::Document(shown))
}

/// `GetResources`.
pub(crate) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let page = Page::of(call)?;
    let (api, _) = rest_api::load(call, transaction).await?;
    let tree = Tree::whole(&api, transaction).await?;
    let items = tree.resources.iter().map(|(id, resource)| {
        let mut resource = resource.clone();
        embed(&mut resource, tree.methods_of(id).cloned(), call);
        Ok((id.clone(), resource.show()?))
    });
    Ok(Reply::Document(page.cut(items.collect::<Result<_, Fault>>()?)))
}

fn embed(resource: &mut Resource, methods: impl Iterator<Item = Method>, call: &Call) {
    let whole = call.embeds("methods");
    let named = methods.filter_map(|method| Some((method.http_method?, method)));
    let shown = named.map(|(verb, method)| (verb, if whole { method } else { Method::default() }));
    let methods: BTreeMap<HttpMethod, Method> = shown.collect();
    resource.resource_methods = Some(methods).filter(|methods| !methods.is_empty());
}
