//! The layout of the store's keys; nothing else in the workspace spells a key.

mod domain;
mod http;
mod iam;
mod nouns;
mod regions;

use std::fmt;

use crate::domain::Scope;
use crate::rest::HttpMethod;
pub use crate::segment::{is_segment, segment_of};

pub use domain::DomainScope;
pub use http::HttpNoun;
pub use iam::{IAM_PREFIX, IamKey, IamNoun};
pub use nouns::{AccountNoun, ApiNoun};
pub use regions::{account_prefix, region_after};

/// An API within its account and region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiScope {
    /// The account and region.
    pub scope: Scope,
    /// The API's id.
    pub api_id: String,
}

/// The key of one row. `Display` writes it, [`Key::parse`] reads it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// `ids/{api}`: the [`Scope`] that owns an API id.
    ApiId(String),
    /// `domains/{name}`: which account has a public domain name.
    DomainOwner(String),
    /// `iam/{account}/{noun}/{name}`
    Iam(IamKey),
    /// `{account}/{region}/account`
    Account(Scope),
    /// `{account}/{region}/generation`: written where a count of the account's nouns decides.
    AccountGeneration(Scope),
    /// `{account}/{region}/{noun}/{id}`
    OfAccount(Scope, AccountNoun, String),
    /// `{account}/{region}/usageplankeys/{plan}/{key}`: a [`crate::rest::UsagePlanKey`].
    UsagePlanKey(Scope, String, String),
    /// `{account}/{region}/usage/{plan}/{key}`: what earlier versions kept of `UpdateUsage`; deleted with its plan.
    Usage(Scope, String, String),
    /// `{account}/{region}/restapis/{api}`
    RestApi(ApiScope),
    /// `…/resources/{id}`
    Resource(ApiScope, String),
    /// `…/methods/{resource id}/{VERB}`
    Method(ApiScope, String, HttpMethod),
    /// `…/deployments/{id}`: a [`crate::rest::DeploymentRow`].
    Deployment(ApiScope, String),
    /// `…/stages/{name}`
    Stage(ApiScope, String),
    /// `…/{noun}/{name}`
    Below(ApiScope, ApiNoun, String),
    /// `…/unserved`: parts of an imported definition that are kept but not served.
    Unserved(ApiScope),
    /// `…/generation`: written by every structural edit below the API, so that two of them cannot both win.
    Generation(ApiScope),
    /// `{account}/{region}/apis/{api}`: a [`crate::http::Api`].
    HttpApi(ApiScope),
    /// `{account}/{region}/apis/{api}/{noun}/{id}`
    OfHttpApi(ApiScope, HttpNoun, String),
    /// `{account}/{region}/apis/{api}/generation`: as [`Key::Generation`].
    HttpGeneration(ApiScope),
}

impl Key {
    /// Reads a key; `None` for anything this layout does not write.
    pub fn parse(text: &str) -> Option<Self> {
        let segments: Vec<&str> = text.split('/').collect();
        if !segments.iter().all(|segment| is_segment(segment)) {
            return None;
        }
        match segments[..] {
            ["ids", api_id] => Some(Self::ApiId(api_id.to_owned())),
            ["domains", name] => Some(Self::DomainOwner(name.to_owned())),
            ["iam", account, noun, name] => IamKey::parse(account, noun, name).map(Self::Iam),
            [account, region, "account"] => Scope::new(account, region).map(Self::Account),
            [account, region, "generation"] => Scope::new(account, region).map(Self::AccountGeneration),
            [account, region, "restapis", api_id, ref below @ ..] => {
                let scope = Scope::new(account, region)?;
                Self::below_api(ApiScope { scope, api_id: api_id.to_owned() }, below)
            }
            [account, region, "apis", api_id, ref below @ ..] => {
                let scope = Scope::new(account, region)?;
                http::below_http_api(ApiScope { scope, api_id: api_id.to_owned() }, below)
            }
            [account, region, "usageplankeys", plan, key] => {
                Some(Self::UsagePlanKey(Scope::new(account, region)?, plan.to_owned(), key.to_owned()))
            }
            [account, region, "usage", plan, key] => {
                Some(Self::Usage(Scope::new(account, region)?, plan.to_owned(), key.to_owned()))
            }
            [account, region, noun, id] => {
                Some(Self::OfAccount(Scope::new(account, region)?, AccountNoun::parse(noun)?, id.to_owned()))
            }
            _ => None,
        }
    }

    fn below_api(api: ApiScope, segments: &[&str]) -> Option<Self> {
        match segments {
            [] => Some(Self::RestApi(api)),
            ["resources", id] => Some(Self::Resource(api, (*id).to_owned())),
            ["methods", resource_id, verb] => Some(Self::Method(api, (*resource_id).to_owned(), verb.parse().ok()?)),
            ["deployments", id] => Some(Self::Deployment(api, (*id).to_owned())),
            ["stages", name] => Some(Self::Stage(api, (*name).to_owned())),
            ["unserved"] => Some(Self::Unserved(api)),
            ["generation"] => Some(Self::Generation(api)),
            [noun, name] => Some(Self::Below(api, ApiNoun::parse(noun)?, (*name).to_owned())),
            _ => None,
        }
    }

    /// The API the row belongs to; `None` for rows of an account, of IAM's, and for API ids.
    pub fn api(&self) -> Option<&ApiScope> {
        match self {
            Self::ApiId(_)
            | Self::DomainOwner(_)
            | Self::Iam(_)
            | Self::Account(_)
            | Self::AccountGeneration(_)
            | Self::OfAccount(..)
            | Self::UsagePlanKey(..)
            | Self::Usage(..) => None,
            Self::RestApi(api)
            | Self::Resource(api, _)
            | Self::Method(api, _, _)
            | Self::Deployment(api, _)
            | Self::Stage(api, _)
            | Self::Below(api, _, _)
            | Self::Unserved(api)
            | Self::Generation(api)
            | Self::HttpApi(api)
            | Self::OfHttpApi(api, ..)
            | Self::HttpGeneration(api) => Some(api),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ApiId(api_id) => write!(f, "ids/{api_id}"),
            Self::DomainOwner(name) => write!(f, "{DOMAIN_OWNERS_PREFIX}{name}"),
            Self::Iam(key) => key.fmt(f),
            Self::Account(scope) => write!(f, "{}account", scope.prefix()),
            Self::AccountGeneration(scope) => write!(f, "{}generation", scope.prefix()),
            Self::OfAccount(scope, noun, id) => write!(f, "{}{id}", scope.nouns_prefix(*noun)),
            Self::UsagePlanKey(scope, plan, key) => write!(f, "{}{key}", scope.plan_keys_prefix(plan)),
            Self::Usage(scope, plan, key) => write!(f, "{}{key}", scope.usage_prefix(plan)),
            Self::RestApi(api) => write!(f, "{}{}", api.scope.rest_apis_prefix(), api.api_id),
            Self::Resource(api, id) => write!(f, "{}{id}", api.resources_prefix()),
            Self::Method(api, resource_id, verb) => write!(f, "{}{verb}", api.methods_of_prefix(resource_id)),
            Self::Deployment(api, id) => write!(f, "{}{id}", api.deployments_prefix()),
            Self::Stage(api, name) => write!(f, "{}{name}", api.stages_prefix()),
            Self::Below(api, noun, name) => write!(f, "{}{name}", api.nouns_prefix(*noun)),
            Self::Unserved(api) => write!(f, "{}unserved", api.prefix()),
            Self::Generation(api) => write!(f, "{}generation", api.prefix()),
            Self::HttpApi(api) => write!(f, "{}{}", api.scope.http_apis_prefix(), api.api_id),
            Self::OfHttpApi(api, noun, id) => write!(f, "{}{id}", api.http_nouns_prefix(*noun)),
            Self::HttpGeneration(api) => write!(f, "{}generation", api.http_prefix()),
        }
    }
}

/// The prefix of every row that says who has a domain name.
pub const DOMAIN_OWNERS_PREFIX: &str = "domains/";

/// The prefix of every row that says who owns an API id.
pub const API_IDS_PREFIX: &str = "ids/";

impl Scope {
    /// The prefix of every row of the account in the region.
    pub fn prefix(&self) -> String {
        format!("{}/{}/", self.account, self.region)
    }

    /// The prefix of every REST API and everything below them.
    pub fn rest_apis_prefix(&self) -> String {
        format!("{}restapis/", self.prefix())
    }

    /// The prefix of the account's nouns of one kind.
    pub fn nouns_prefix(&self, noun: AccountNoun) -> String {
        format!("{}{}/", self.prefix(), noun.segment())
    }

    /// The key of a noun of the account.
    pub fn noun(&self, noun: AccountNoun, id: &str) -> Key {
        Key::OfAccount(self.clone(), noun, id.to_owned())
    }

    /// The prefix of the keys of every usage plan.
    pub fn all_plan_keys_prefix(&self) -> String {
        format!("{}usageplankeys/", self.prefix())
    }

    /// The prefix of a usage plan's keys.
    pub fn plan_keys_prefix(&self, plan_id: &str) -> String {
        format!("{}{plan_id}/", self.all_plan_keys_prefix())
    }

    /// The prefix of what a usage plan's keys have used.
    pub fn usage_prefix(&self, plan_id: &str) -> String {
        format!("{}usage/{plan_id}/", self.prefix())
    }

    /// The scope of one API.
    pub fn api(&self, api_id: &str) -> ApiScope {
        ApiScope { scope: self.clone(), api_id: api_id.to_owned() }
    }
}

impl ApiScope {
    /// The prefix of every row below the API; the row of the API itself is [`Key::RestApi`].
    pub fn prefix(&self) -> String {
        format!("{}{}/", self.scope.rest_apis_prefix(), self.api_id)
    }

    /// The prefix of the API's resources.
    pub fn resources_prefix(&self) -> String {
        format!("{}resources/", self.prefix())
    }

    /// The prefix of the API's methods.
    pub fn methods_prefix(&self) -> String {
        format!("{}methods/", self.prefix())
    }

    /// The prefix of one resource's methods.
    pub fn methods_of_prefix(&self, resource_id: &str) -> String {
        format!("{}{resource_id}/", self.methods_prefix())
    }

    /// The prefix of the API's deployments.
    pub fn deployments_prefix(&self) -> String {
        format!("{}deployments/", self.prefix())
    }

    /// The prefix of the API's stages.
    pub fn stages_prefix(&self) -> String {
        format!("{}stages/", self.prefix())
    }

    /// The prefix of the API's nouns of one kind.
    pub fn nouns_prefix(&self, noun: ApiNoun) -> String {
        format!("{}{}/", self.prefix(), noun.segment())
    }

    /// The key of a noun below the API.
    pub fn noun(&self, noun: ApiNoun, name: &str) -> Key {
        Key::Below(self.clone(), noun, name.to_owned())
    }

    /// The key of the API's own row.
    pub fn rest_api(&self) -> Key {
        Key::RestApi(self.clone())
    }

    /// The key of a resource.
    pub fn resource(&self, resource_id: &str) -> Key {
        Key::Resource(self.clone(), resource_id.to_owned())
    }

    /// The key of a method.
    pub fn method(&self, resource_id: &str, verb: HttpMethod) -> Key {
        Key::Method(self.clone(), resource_id.to_owned(), verb)
    }

    /// The key of a deployment.
    pub fn deployment(&self, deployment_id: &str) -> Key {
        Key::Deployment(self.clone(), deployment_id.to_owned())
    }

    /// The key of a stage.
    pub fn stage(&self, stage_name: &str) -> Key {
        Key::Stage(self.clone(), stage_name.to_owned())
    }

    /// The key of the parts that are kept but not served.
    pub fn unserved(&self) -> Key {
        Key::Unserved(self.clone())
    }

    /// The key of the API's generation.
    pub fn generation(&self) -> Key {
        Key::Generation(self.clone())
    }
}
