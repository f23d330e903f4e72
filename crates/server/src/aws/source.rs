//! Who signs a call of a service: the role's credentials, the surroundings', or the root credential.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use stagegate_gateway::{CredentialAsk, CredentialError, CredentialSource, Finding};
use stagegate_plan::InvokeCredentials;
use stagegate_sigv4::Credentials;
use tokio::runtime::Handle;

use super::session::Session;
use super::sts::SecurityTokens;
use super::surroundings::Surroundings;
use super::{Assumption, AwsSettings, RoleCredentials, chain, role};
use crate::functions::Connections;

/// Sessions of roles that are kept; more roles than that are assumed anew now and then.
const SESSIONS_MAX: usize = 1024;

/// Gives the data plane its credentials.
#[derive(Debug, Clone)]
pub(crate) struct Signers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: AwsSettings,
    root: Arc<Credentials>,
    surroundings: Surroundings,
    tokens: SecurityTokens,
    sessions: Mutex<HashMap<Box<str>, Arc<Session>>>,
    /// Where calls run: their connections belong to no core of the gateway.
    runtime: Handle,
}

impl Signers {
    /// Must be called within a runtime.
    pub(crate) fn new(settings: &AwsSettings, root: &Credentials) -> io::Result<Self> {
        let connections = Arc::new(Connections::new()?);
        Ok(Self(Arc::new(Inner {
            settings: settings.clone(),
            root: Arc::new(root.clone()),
            surroundings: Surroundings::new(Arc::clone(&connections)),
            tokens: SecurityTokens::new(connections),
            sessions: Mutex::default(),
            runtime: Handle::current(),
        })))
    }
}

impl Signers {
    /// The credentials that a call of another Lambda API is signed with: those of a role that is named and has some here, else the
    /// surroundings'. Without any the call is not signed, as emulators take it.
    pub(crate) async fn for_lambda(&self, role: Option<&str>) -> Result<Option<Arc<Credentials>>, String> {
        match role.filter(|role| role::find(&self.0.settings.roles, role).is_some()) {
            Some(role) => {
                let identity = Some(InvokeCredentials::Role(role.into()));
                self.0.find(CredentialAsk { identity, is_overridden: false }).await.map(Some)
            }
            None => self.0.surroundings.credentials().await,
        }
    }
}

impl CredentialSource for Signers {
    fn credentials(&self, ask: CredentialAsk) -> Finding<'_> {
        let inner = Arc::clone(&self.0);
        // A role that is being assumed goes on being so when the request that asked first is given up.
        let found = self.0.runtime.spawn(async move { inner.find(ask).await });
        Box::pin(async move {
            let found = found.await.map_err(|error| CredentialError(error.to_string().into()))?;
            found.map_err(|why| CredentialError(why.into()))
        })
    }
}

impl Inner {
    async fn find(&self, ask: CredentialAsk) -> Result<Arc<Credentials>, String> {
        match ask.identity {
            Some(InvokeCredentials::Caller) => {
                Err("the caller's own credentials never leave the caller: name a role instead".to_owned())
            }
            Some(InvokeCredentials::Role(arn)) => match role::find(&self.settings.roles, &arn) {
                Some(RoleCredentials::Keys(credentials)) => Ok(Arc::new(credentials.clone())),
                Some(RoleCredentials::Profile(name)) => chain::profile_of_files(name)
                    .await
                    .map(Arc::new)
                    .ok_or_else(|| format!("AWS's shared files have no keys in the profile `{name}` for {arn}")),
                Some(RoleCredentials::Assume(assumption)) => self.assumed(&arn, assumption).await,
                None => self.unmapped(ask.is_overridden, Some(&arn)).await,
            },
            None => self.unmapped(ask.is_overridden, None).await,
        }
    }

    /// The surroundings' credentials; where there are none, the root credential signs for a service put elsewhere.
    async fn unmapped(&self, is_overridden: bool, role: Option<&str>) -> Result<Arc<Credentials>, String> {
        match self.surroundings.credentials().await? {
            Some(credentials) => Ok(credentials),
            None if is_overridden => Ok(Arc::clone(&self.root)),
            None => Err(format!(
                "no [aws.roles] has {}, and neither environment nor shared files have AWS credentials",
                role.unwrap_or("the integration, which names no role")
            )),
        }
    }

    async fn assumed(&self, role: &str, assumption: &Assumption) -> Result<Arc<Credentials>, String> {
        let session = {
            let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
            if sessions.len() >= SESSIONS_MAX && !sessions.contains_key(role) {
                sessions.clear();
            }
            Arc::clone(sessions.entry(role.into()).or_default())
        };
        let place = assumption.sts_endpoint.as_ref().or_else(|| self.settings.url("sts"));
        session
            .credentials(|| async {
                let signer = self.unmapped(place.is_some(), Some(role)).await?;
                self.tokens.assume_role(place, &signer, role, assumption).await
            })
            .await
    }
}
