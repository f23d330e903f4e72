//! What a control plane is started with: settings, and the ports to the world outside.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use stagegate_seal::{MasterKey, Sealer};

use crate::authenticate::Keyring;
use crate::cloudwatch::{Metrics, NoMetrics};
use crate::data_plane::{DataPlane, Immediate};
use crate::discovery::{Discovery, NoDiscovery};
use crate::domain::{NoTruststores, Truststores};
use crate::environment::{Clock, Randomness, SystemClock, SystemRandomness};
use crate::lambda::{Functions, NoFunctions};
use crate::logs::{LogEvents, NoLogEvents};
use crate::permit::{OwnPolicies, Permit};
use crate::quotas::Quotas;
use crate::rehearsal::{NoRehearsal, Rehearsal};

/// The settings of a control plane.
#[derive(Debug, Clone)]
pub struct ControlConfig {
    /// The regions that a credential scope may name; `None` for every AWS region name.
    pub regions: Option<BTreeSet<String>>,
    /// How far a client's clock may be off. AWS: 5 minutes.
    pub skew: Duration,
    /// Which of AWS's quotas are enforced, and at what value.
    pub quotas: Quotas,
    /// The URL at which clients reach an API, without a stage, for documents that say so: `{id}` and `{region}` are
    /// filled in. AWS's own by default.
    pub api_url: String,
    /// The URL of a function that has one, `{id}` and `{region}` filled in. AWS's own by default.
    pub function_url: String,
}

impl Default for ControlConfig {
    fn default() -> Self {
        let api_url = "https://{id}.execute-api.{region}.amazonaws.com".to_owned();
        let function_url = "https://{id}.lambda-url.{region}.on.aws/".to_owned();
        Self { regions: None, skew: Duration::from_mins(5), quotas: Quotas::default(), api_url, function_url }
    }
}

/// What the control plane asks of others.
#[derive(Clone)]
pub struct Ports {
    /// The keys that may sign.
    pub keyring: Arc<dyn Keyring>,
    /// The permission check.
    pub permit: Arc<dyn Permit>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Unpredictable bytes, for ids.
    pub random: Arc<dyn Randomness>,
    /// Who reads the discovery documents of issuers.
    pub discovery: Arc<dyn Discovery>,
    /// Who tries methods out.
    pub rehearsal: Arc<dyn Rehearsal>,
    /// Who runs functions.
    pub functions: Arc<dyn Functions>,
    /// Who has the store of log events.
    pub log_events: Arc<dyn LogEvents>,
    /// Who has what was measured.
    pub metrics: Arc<dyn Metrics>,
    /// Who knows the truststores of domain names.
    pub truststores: Arc<dyn Truststores>,
    /// Who counts what is used of quotas.
    pub usage: Arc<dyn stagegate_state::Quotas>,
    /// Who serves what is committed.
    pub data_plane: Arc<dyn DataPlane>,
    /// Who seals secrets at rest, and session tokens.
    pub sealer: Arc<Sealer>,
}

impl Ports {
    /// The ports of a server: the operating system's clock and randomness, principals' own policies, nobody rehearses,
    /// and nobody runs functions. Secrets are sealed with a key that ends with the process.
    ///
    /// # Panics
    /// Only if the system gives no randomness.
    pub fn new(keyring: Arc<dyn Keyring>) -> Self {
        let key = MasterKey::random().expect("the system gives randomness");
        Self {
            keyring,
            permit: Arc::new(OwnPolicies),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandomness),
            discovery: Arc::new(NoDiscovery),
            rehearsal: Arc::new(NoRehearsal),
            functions: Arc::new(NoFunctions),
            log_events: Arc::new(NoLogEvents),
            metrics: Arc::new(NoMetrics),
            truststores: Arc::new(NoTruststores),
            usage: Arc::new(stagegate_state::NoQuotas),
            data_plane: Arc::new(Immediate),
            sealer: Arc::new(Sealer::new(&key, &[])),
        }
    }
}
