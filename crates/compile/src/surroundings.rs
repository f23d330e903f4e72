//! What a stage's back ends need besides its documents: a client certificate, and the private side of VPC links.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use stagegate_mapping::{UriPart, UriTemplate};
use stagegate_plan::{ClientIdentity, Endpoint, HttpPlan, PrivateConnection, Scheme, Way};

use crate::cache::CacheSurroundings;
use crate::endpoint::Variables;
use crate::rate::RateSurroundings;

/// What surrounds a stage.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The client certificate that the stage names, if it is there and its key can be read.
    pub client_certificate: Option<Arc<ClientIdentity>>,
    /// The VPC links that the stage's owner has, by id: the names by which the settings may know them, their targets' included.
    pub vpc_links: BTreeMap<String, Vec<String>>,
    /// Names of the private targets that the settings know.
    pub private_targets: Arc<BTreeSet<Box<str>>>,
    /// See [`stagegate_plan::StagePlan::authorizer_flush`].
    pub authorizer_flush: u64,
    /// What its rates follow.
    pub rates: RateSurroundings,
    /// Where its response cache keeps answers.
    pub cache: CacheSurroundings,
}

/// A stage's own part in the ways to its back ends, once for all of them.
#[derive(Debug)]
pub(crate) struct StageWay<'s> {
    surroundings: &'s Surroundings,
    identity: Result<Option<Arc<ClientIdentity>>, String>,
}

impl<'s> StageWay<'s> {
    /// For a stage that names this client certificate, or none.
    pub(crate) fn new(surroundings: &'s Surroundings, certificate_id: Option<&str>) -> Self {
        let named = certificate_id.filter(|id| !id.is_empty());
        let identity = named.map(|id| identity(surroundings, id)).transpose();
        Self { surroundings, identity }
    }

    /// Sends an endpoint's connections the way that its integration and its stage say. The error says why there is none.
    pub(crate) fn direct(
        &self,
        plan: &HttpPlan,
        variables: &Variables,
        mut endpoint: Endpoint,
    ) -> Result<Endpoint, String> {
        let private = plan.private.as_ref().map(|link| self.private(link, variables)).transpose()?;
        let identity = self.identity.clone()?;
        let (accepts_any_issuer, identity) = match endpoint.scheme {
            Scheme::Https => (plan.accepts_any_issuer, identity),
            Scheme::Http => (false, None),
        };
        let keeps_target = plan.private.as_ref().is_some_and(|link| link.listener.is_some());
        let way = Way { accepts_any_issuer, identity, private, keeps_target };
        if way != Way::default() {
            endpoint.origin = origin(&endpoint.origin, &way).into();
            endpoint.way = way;
        }
        Ok(endpoint)
    }

    /// The private targets of a VPC link.
    fn private(&self, link: &PrivateConnection, variables: &Variables) -> Result<Arc<str>, String> {
        let id = bound(&link.link, variables)?;
        let known = self.surroundings.vpc_links.get(&id).map(Vec::as_slice).unwrap_or_default();
        let names = link.target.as_deref().into_iter().chain([id.as_str()]);
        let mut names = names.chain(known.iter().map(String::as_str));
        let found = names.find(|name| self.surroundings.private_targets.contains(*name));
        found.map(Arc::from).ok_or_else(|| {
            format!("the VPC link `{id}` leads nowhere: no [vpc_links] in the settings has its id, its name or its target's ARN")
        })
    }
}

fn identity(surroundings: &Surroundings, id: &str) -> Result<Arc<ClientIdentity>, String> {
    let known = surroundings.client_certificate.as_ref().filter(|known| *known.id == *id);
    known.cloned().ok_or_else(|| format!("there is no client certificate `{id}`"))
}

/// The key of connections: what must not be mixed up has different keys.
fn origin(plain: &str, way: &Way) -> String {
    let issuer = if way.accepts_any_issuer { " any-issuer" } else { "" };
    let certificate = way.identity.as_ref().map_or_else(String::new, |it| format!(" certificate={}", it.id));
    let private = way.private.as_ref().map_or_else(String::new, |name| format!(" private={name}"));
    format!("{plain}{issuer}{certificate}{private}")
}

/// A VPC link's id with stage variables bound.
fn bound(id: &str, variables: &Variables) -> Result<String, String> {
    let bound = UriTemplate::bind(id, |name| variables.get(name).map(|value| &**value));
    match &*bound.map_err(|error| error.to_string())?.parts {
        [UriPart::Literal(text)] => Ok(text.to_string()),
        _ => Err(format!("`{id}` names no VPC link")),
    }
}
