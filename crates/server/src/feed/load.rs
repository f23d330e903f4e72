//! Reading the documents that the data plane needs: APIs, their stages and the deployments those point at.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use stagegate_model::domain::Scope;
use stagegate_model::http;
use stagegate_model::keys::{API_IDS_PREFIX, AccountNoun, ApiNoun, ApiScope, DomainScope, Key};
use stagegate_model::lambda::FunctionRow;
use stagegate_model::rest::{
    BasePathMapping, ClientCertificateRow, DeploymentRow, DomainCertificateRow, DomainName,
    DomainNameAccessAssociation, RestApi, Stage, VpcLink,
};
use stagegate_plan::ClientIdentity;
use stagegate_seal::Sealer;
use stagegate_store::grammar::prefix_end;
use stagegate_store::{ListQuery, Row, Store, StoreError};

use super::private_keys;

/// Rows read at once.
const PAGE_ROWS: usize = 500;

/// What is known of one API.
#[derive(Debug, Clone)]
pub(super) struct ApiDocuments {
    pub(super) scope: ApiScope,
    pub(super) rest_api: RestApi,
    pub(super) stages: Vec<Stage>,
    /// The hash of the frozen documents of each deployment that a stage points at, by deployment id.
    pub(super) frozen: BTreeMap<String, String>,
    /// When what a stage's authorizers decided was last to be forgotten, as a revision of the store, by stage name.
    pub(super) authorizer_flushes: BTreeMap<String, u64>,
    /// When a stage's response cache was last to be emptied, as a revision of the store, by stage name.
    pub(super) cache_flushes: BTreeMap<String, u64>,
}

/// Reads one API; `None` if it is not there, or not readable, which is logged.
pub(super) async fn one(store: &dyn Store, scope: &ApiScope) -> Result<Option<ApiDocuments>, StoreError> {
    let Some(row) = store.get(&scope.rest_api().to_string()).await? else { return Ok(None) };
    let Some(rest_api) = decode::<RestApi>(&row) else { return Ok(None) };
    let stages: Vec<Stage> = list(store, scope.stages_prefix()).await?.iter().filter_map(decode).collect();
    let mut frozen = BTreeMap::new();
    for id in stages.iter().flat_map(Stage::deployment_ids) {
        if frozen.contains_key(id) {
            continue;
        }
        let row = store.get(&scope.deployment(id).to_string()).await?;
        if let Some(deployment) = row.as_ref().and_then(decode::<DeploymentRow>) {
            frozen.insert(id.to_owned(), deployment.frozen);
        }
    }
    let authorizer_flushes = flushes(store, scope, ApiNoun::AuthorizerFlush).await?;
    let cache_flushes = flushes(store, scope, ApiNoun::CacheFlush).await?;
    Ok(Some(ApiDocuments { scope: scope.clone(), rest_api, stages, frozen, authorizer_flushes, cache_flushes }))
}

/// The revisions of rows that only say when something was to be forgotten, by stage name.
async fn flushes(store: &dyn Store, scope: &ApiScope, of: ApiNoun) -> Result<BTreeMap<String, u64>, StoreError> {
    let rows = list(store, scope.nouns_prefix(of)).await?;
    let flushes = rows.iter().filter_map(|row| match Key::parse(&row.key)? {
        Key::Below(_, _, stage) => Some((stage, row.revision.0)),
        _ => None,
    });
    Ok(flushes.collect())
}

/// Reads which APIs there are.
pub(super) async fn all_scopes(store: &dyn Store) -> Result<Vec<ApiScope>, StoreError> {
    let rows = list(store, API_IDS_PREFIX.to_owned()).await?;
    let scopes = rows.iter().filter_map(|row| match (Key::parse(&row.key)?, decode::<Scope>(row)?) {
        (Key::ApiId(api_id), scope) => Some(scope.api(&api_id)),
        _ => None,
    });
    Ok(scopes.collect())
}

/// A client certificate with its key; `None` if there is none with this id, or its key cannot be opened, which is logged.
pub(super) async fn client_certificate(
    store: &dyn Store,
    scope: &Scope,
    id: &str,
    sealer: &Sealer,
) -> Result<Option<Arc<ClientIdentity>>, StoreError> {
    let key = scope.noun(AccountNoun::ClientCertificate, id);
    let Some(row) = store.get(&key.to_string()).await? else { return Ok(None) };
    let identity = |row: ClientCertificateRow| {
        Some(Arc::new(ClientIdentity {
            id: id.into(),
            certificate_pem: row.certificate.pem_encoded_certificate?.into(),
            private_key_pem: private_keys::open(&row.private_key, &key, sealer)?.into(),
        }))
    };
    Ok(decode(&row).and_then(identity))
}

/// What is known of one custom domain name.
#[derive(Debug, Clone)]
pub(super) struct DomainDocuments {
    pub(super) scope: DomainScope,
    pub(super) domain: DomainName,
    pub(super) mappings: Vec<BasePathMapping>,
    /// The certificate that was uploaded with it.
    pub(super) certificate: Option<DomainCertificateRow>,
    /// The VPC endpoints that are associated with a private one, whoever's they are.
    pub(super) vpc_endpoint_ids: Vec<String>,
}

/// The VPC endpoints that are associated with a private domain name, by associations of any account.
async fn vpc_endpoint_ids(store: &dyn Store, domain: &DomainScope) -> Result<Vec<String>, StoreError> {
    let mut ids = Vec::new();
    if domain.is_private() {
        for scope in account_scopes(store).await? {
            let rows = list(store, domain.associations_prefix(&scope)).await?;
            let associations = rows.iter().filter_map(decode::<DomainNameAccessAssociation>);
            ids.extend(associations.filter_map(|association| association.access_association_source));
        }
    }
    Ok(ids)
}

/// Reads one domain name; `None` if it is not there, or not readable, which is logged.
pub(super) async fn domain(store: &dyn Store, scope: &DomainScope) -> Result<Option<DomainDocuments>, StoreError> {
    let Some(row) = store.get(&scope.key().to_string()).await? else { return Ok(None) };
    let Some(domain) = decode::<DomainName>(&row) else { return Ok(None) };
    let rows = list(store, scope.mappings_prefix()).await?;
    let mappings = rows.iter().filter_map(decode).collect();
    let certificate = store.get(&scope.certificate().to_string()).await?.as_ref().and_then(decode);
    let vpc_endpoint_ids = vpc_endpoint_ids(store, scope).await?;
    Ok(Some(DomainDocuments { scope: scope.clone(), domain, mappings, certificate, vpc_endpoint_ids }))
}

/// Reads every domain name, those of one account and region after the other.
pub(super) async fn domains(store: &dyn Store) -> Result<Vec<DomainDocuments>, StoreError> {
    let mut all = Vec::new();
    for scope in account_scopes(store).await? {
        let mut mappings: BTreeMap<DomainScope, Vec<BasePathMapping>> = BTreeMap::new();
        for row in list(store, scope.nouns_prefix(AccountNoun::BasePathMapping)).await? {
            if let (Some(domain), Some(mapping)) = (domain_of(&row), decode(&row)) {
                mappings.entry(domain).or_default().push(mapping);
            }
        }
        let mut certificates: BTreeMap<DomainScope, DomainCertificateRow> = BTreeMap::new();
        for row in list(store, scope.nouns_prefix(AccountNoun::DomainCertificate)).await? {
            if let (Some(domain), Some(certificate)) = (domain_of(&row), decode(&row)) {
                certificates.insert(domain, certificate);
            }
        }
        for row in list(store, scope.nouns_prefix(AccountNoun::DomainName)).await? {
            if let (Some(scope), Some(domain)) = (domain_of(&row), decode::<DomainName>(&row)) {
                let mappings = mappings.remove(&scope).unwrap_or_default();
                let certificate = certificates.remove(&scope);
                let vpc_endpoint_ids = vpc_endpoint_ids(store, &scope).await?;
                all.push(DomainDocuments { scope, domain, mappings, certificate, vpc_endpoint_ids });
            }
        }
    }
    Ok(all)
}

fn domain_of(row: &Row) -> Option<DomainScope> {
    Key::parse(&row.key)?.domain()
}

/// Every account and region that has a row, in order: one row of each is read, and the rest of them passed over.
pub(super) async fn account_scopes(store: &dyn Store) -> Result<Vec<Scope>, StoreError> {
    let (mut scopes, mut after) = (Vec::new(), None);
    loop {
        let first = store.list(ListQuery { prefix: String::new(), after, limit: 1 }).await?;
        let Some(row) = first.first() else { return Ok(scopes) };
        let mut segments = row.key.split('/');
        let (account, region) = (segments.next().unwrap_or_default(), segments.next().unwrap_or_default());
        after = Some(match Scope::new(account, region) {
            Some(scope) => {
                let end = prefix_end(&scope.prefix());
                scopes.push(scope);
                end
            }
            None => prefix_end(&format!("{account}/")),
        });
    }
}

/// Every function that can be read, with its account and region.
pub(super) async fn functions(store: &dyn Store) -> Result<Vec<(Scope, FunctionRow)>, StoreError> {
    let mut all = Vec::new();
    for scope in account_scopes(store).await? {
        let rows = list(store, scope.nouns_prefix(AccountNoun::Function)).await?;
        all.extend(rows.iter().filter_map(decode).map(|row| (scope.clone(), row)));
    }
    Ok(all)
}

/// One function; `None` if it is not there, or not readable, which is logged.
pub(super) async fn function(store: &dyn Store, scope: &Scope, name: &str) -> Result<Option<FunctionRow>, StoreError> {
    let key = scope.noun(AccountNoun::Function, name).to_string();
    Ok(store.get(&key).await?.as_ref().and_then(decode))
}

/// The same of HTTP APIs.
pub(super) async fn http_vpc_links(
    store: &dyn Store,
    scope: &Scope,
) -> Result<BTreeMap<String, Vec<String>>, StoreError> {
    let rows = list(store, scope.nouns_prefix(AccountNoun::HttpVpcLink)).await?;
    let names = |link: http::VpcLink| (link.vpc_link_id, link.name.into_iter().collect());
    Ok(rows.iter().filter_map(decode).map(names).collect())
}

/// The VPC links of an account in a region, by id: their own names and their targets' ARNs.
pub(super) async fn vpc_links(store: &dyn Store, scope: &Scope) -> Result<BTreeMap<String, Vec<String>>, StoreError> {
    let rows = list(store, scope.nouns_prefix(AccountNoun::VpcLink)).await?;
    let names = |link: VpcLink| (link.id, link.name.into_iter().chain(link.target_arns.unwrap_or_default()).collect());
    Ok(rows.iter().filter_map(decode).map(names).collect())
}

/// Every row with a prefix.
pub(super) async fn list(store: &dyn Store, prefix: String) -> Result<Vec<Row>, StoreError> {
    let mut rows: Vec<Row> = Vec::new();
    loop {
        let after = rows.last().map(|row| row.key.clone());
        let page = store.list(ListQuery { prefix: prefix.clone(), after, limit: PAGE_ROWS }).await?;
        let is_last = page.len() < PAGE_ROWS;
        rows.extend(page);
        if is_last {
            return Ok(rows);
        }
    }
}

/// Reads a document; one that cannot be read is logged and left out, so that it takes nothing else down.
pub(super) fn decode<T: DeserializeOwned>(row: &Row) -> Option<T> {
    match serde_json::from_slice(&row.body) {
        Ok(document) => Some(document),
        Err(error) => {
            tracing::error!(key = row.key, %error, "a document cannot be read and is not served");
            None
        }
    }
}
