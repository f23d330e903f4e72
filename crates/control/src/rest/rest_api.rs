//! `RestApi`: created, listed and deleted here; its patch rows are next door.

use serde_json::Value;
use stagegate_model::domain::Scope;
use stagegate_model::keys::{ApiScope, Key};
use stagegate_model::rest::{ApiKeySource, ApiStatus, DeploymentRow, EndpointType, Resource, RestApi, SecurityPolicy};
use stagegate_store::BoxFuture;

use super::{copy, deployment, endpoint, model, policy, resource, tags, usage_plan};
use crate::call::{Call, Reply};
use crate::domain::mapping;
use crate::fault::Fault;
use crate::input::Input;
use crate::paging::{Page, wrap};
use crate::patch::PatchRow;
use crate::transaction::Transaction;
use crate::verbs::{Loading, Noun, bump, document, generation, row_at};

pub(crate) use super::rest_api_patch::PATCH;

/// Characters of an API's id.
const API_ID_LENGTH: usize = 10;

impl Noun for RestApi {
    type Row = Self;
    const PATCH: &'static [PatchRow<Self>] = PATCH;

    fn load<'c>(call: &'c Call, _api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, Self> {
        Box::pin(async move {
            let (api, row) = load(call, transaction).await?;
            Ok((api.rest_api(), row))
        })
    }

    fn settle<'c>(
        before: &'c Self,
        row: &'c mut Self,
        call: &'c Call,
        _api: &'c ApiScope,
        _transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            endpoint::check_change(before, row)?;
            settle(row, call)
        })
    }

    /// AWS shows the policy as the inside of a JSON string: Terraform and others unquote it.
    fn show(&self) -> Result<Value, Fault> {
        let mut shown = document(self)?;
        if let Some(policy) = &self.policy {
            let quoted = Value::from(policy.as_str()).to_string();
            shown["policy"] = Value::from(&quoted[1..quoted.len() - 1]);
        }
        Ok(shown)
    }
}

/// Reads the API of the path (fact 126 has the fault, fact 37 makes ids case-sensitive).
pub(crate) async fn load(call: &Call, transaction: &mut Transaction) -> Result<(ApiScope, RestApi), Fault> {
    let api = call.api()?;
    let (_, row) = row_at(transaction, api.rest_api(), || call.no_such_api(&api.api_id)).await?;
    if call.operation.verb != "GET" {
        // Read before any list, so that a change of what is listed is a lost commit.
        generation(&api, transaction).await?;
    }
    Ok((api, row))
}

/// Brings an API into the form it is stored in, AWS's defaults (fact 128) included, or refuses it. Created, patched and imported APIs pass here.
pub(crate) fn settle(rest_api: &mut RestApi, call: &Call) -> Result<(), Fault> {
    rest_api.api_key_source.get_or_insert(ApiKeySource::Header);
    rest_api.disable_execute_api_endpoint.get_or_insert(false);
    rest_api.tags = tags::settle(rest_api.tags.take())?;
    endpoint::settle(rest_api)?;
    check_compression(rest_api, call)?;
    if let Some(text) = rest_api.policy.take() {
        rest_api.policy = Some(policy::settle(&text, &call.scope, &rest_api.id, &call.world.quotas)?);
    }
    if rest_api.name.as_deref().is_none_or(|name| name.trim().is_empty()) {
        return Err(Fault::bad_request("Invalid REST API name specified. The name must not be empty."));
    }
    Ok(())
}

fn check_compression(rest_api: &RestApi, call: &Call) -> Result<(), Fault> {
    let Some(bytes) = rest_api.minimum_compression_size else { return Ok(()) };
    let most = call.world.quotas.enforced("rest_compression_threshold_max_bytes").unwrap_or(u64::MAX);
    if u64::try_from(bytes).is_ok_and(|bytes| bytes <= most) {
        return Ok(());
    }
    Err(Fault::bad_request(format!("Invalid minimum compression size, must be between 0 and {most}")))
}

/// `CreateRestApi`, also with `cloneFrom`.
pub(crate) async fn create(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut input = Input::of(call)?;
    let mut rest_api = read(&mut input)?;
    let clone_from = input.text("cloneFrom")?.filter(|id| !id.is_empty());
    input.finish()?;
    let api = begin(&mut rest_api, call, transaction).await?;
    match clone_from {
        Some(source) => copy::clone(&source, &mut rest_api, &api, call, transaction).await?,
        None => drop(put_root(&mut rest_api, &api, call, transaction)?),
    }
    settle(&mut rest_api, call)?;
    store(&rest_api, &api, transaction).await?;
    Ok(Reply::Document(rest_api.show()?))
}

fn read(input: &mut Input) -> Result<RestApi, Fault> {
    let rest_api = RestApi {
        name: Some(input.required_text("name")?),
        description: input.text("description")?,
        version: input.text("version")?,
        binary_media_types: input.texts("binaryMediaTypes")?.filter(|types| !types.is_empty()),
        minimum_compression_size: input.integer("minimumCompressionSize")?,
        api_key_source: input.choice("apiKeySource", ApiKeySource::NAMES)?,
        endpoint_configuration: endpoint::read(input)?,
        policy: input.text("policy")?.filter(|policy| !policy.is_empty()),
        tags: input.text_map("tags")?,
        disable_execute_api_endpoint: input.flag("disableExecuteApiEndpoint")?,
        security_policy: input.choice("securityPolicy", SecurityPolicy::NAMES)?,
        endpoint_access_mode: input.choice("endpointAccessMode", &["BASIC", "STRICT"])?,
        ..RestApi::default()
    };
    Ok(rest_api)
}

/// Gives a new API its id, its date and its endpoint, and holds it against the account's quota.
pub(crate) async fn begin(
    rest_api: &mut RestApi,
    call: &Call,
    transaction: &mut Transaction,
) -> Result<ApiScope, Fault> {
    rest_api.id = free_id(call, transaction).await?;
    rest_api.created_date = Some(call.now());
    rest_api.api_status = Some(ApiStatus::Available);
    endpoint::settle(rest_api)?;
    let quota = match endpoint::type_of(rest_api) {
        EndpointType::Regional => "rest_regional_apis_count",
        EndpointType::Edge => "rest_edge_apis_count",
        EndpointType::Private => "rest_private_apis_count",
    };
    if call.world.quotas.enforced(quota).is_some() {
        let (all, _) = read_page(&call.scope, transaction, None, usize::MAX).await?;
        let same = |other: &&RestApi| endpoint::type_of(other) == endpoint::type_of(rest_api);
        let have = all.iter().filter(same).count();
        call.world.quotas.admit(quota, have, "Maximum number of APIs for this account has been reached.")?;
    }
    Ok(call.scope.api(&rest_api.id))
}

/// An API id that nobody has, in any account or region.
async fn free_id(call: &Call, transaction: &mut Transaction) -> Result<String, Fault> {
    loop {
        let id = call.new_id(API_ID_LENGTH);
        let key = Key::ApiId(id.clone()).to_string();
        if !transaction.exists(&key).await? {
            transaction.put(&key, &call.scope)?;
            return Ok(id);
        }
    }
}

/// Writes the root resource of a new API, and the models that every API begins with.
pub(crate) fn put_root(
    rest_api: &mut RestApi,
    api: &ApiScope,
    call: &Call,
    transaction: &mut Transaction,
) -> Result<Resource, Fault> {
    let root = Resource { id: resource::new_root_id(call), path: "/".to_owned(), ..Resource::default() };
    rest_api.root_resource_id = Some(root.id.clone());
    transaction.put(&api.resource(&root.id).to_string(), &root)?;
    model::put_built_in(api, call, transaction)?;
    Ok(root)
}

/// Writes the API's own row.
pub(crate) async fn store(rest_api: &RestApi, api: &ApiScope, transaction: &mut Transaction) -> Result<(), Fault> {
    transaction.put(&api.rest_api().to_string(), rest_api)?;
    bump(api, transaction).await
}

/// `GetRestApis`.
pub(crate) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let page = Page::of(call)?;
    let (found, more) = read_page(&call.scope, transaction, page.after.as_deref(), page.limit).await?;
    let items = found.iter().map(|rest_api| Ok((rest_api.id.clone(), rest_api.show()?)));
    Ok(Reply::Document(wrap(items.collect::<Result<_, Fault>>()?, more)))
}

/// Reads APIs in the order of their ids, and whether there are more.
pub(crate) async fn read_page(
    scope: &Scope,
    transaction: &Transaction,
    after: Option<&str>,
    limit: usize,
) -> Result<(Vec<RestApi>, bool), Fault> {
    let prefix = scope.rest_apis_prefix();
    let after = after.map(|id| format!("{prefix}{id}"));
    let mut found = transaction.list_direct(&prefix, after, limit.saturating_add(1)).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    Ok((found, more))
}

/// `DeleteRestApi`: the API with everything below it, and its id.
pub(crate) async fn delete(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (api, _) = load(call, transaction).await?;
    bump(&api, transaction).await?;
    mapping::refuse_mapped_api(&api, transaction).await?;
    usage_plan::forget_stages(&api, None, transaction).await?;
    let deployments: Vec<(String, DeploymentRow)> = transaction.list(&api.deployments_prefix()).await?;
    transaction.delete_below(&api.prefix());
    deployment::drop_frozen(deployments.iter().map(|(_, row)| row.frozen.as_str()), &api, transaction);
    transaction.delete(&api.rest_api().to_string());
    transaction.delete(&Key::ApiId(api.api_id.clone()).to_string());
    Ok(Reply::Empty)
}
