//! Issuers of a definition's JWT authorizers: one without a discovery document leaves its authorizer out (fact H42).

use std::collections::HashMap;
use std::time::Duration;

use stagegate_model::http::{Authorizer, AuthorizerType};
use tokio::time::{Instant, timeout_at};

use crate::call::Call;
use crate::discovery::{Undiscovered, discovery_url, key_set};

/// How long one import waits for all of its issuers.
const TIMEOUT: Duration = Duration::from_secs(3);
/// How many issuers one import asks for.
const MOST_ISSUERS: usize = 50;

/// The issuers that were asked for.
pub(super) struct Issuers {
    deadline: Instant,
    known: HashMap<String, Result<(), String>>,
}

impl Issuers {
    pub(super) fn new() -> Self {
        Self { deadline: Instant::now() + TIMEOUT, known: HashMap::new() }
    }

    /// Asks every issuer of a JWT authorizer for its discovery document; why it has none.
    pub(super) async fn discover(&mut self, authorizer: &Authorizer, call: &Call) -> Result<(), String> {
        if authorizer.authorizer_type != Some(AuthorizerType::Jwt) || !call.world.discovery.is_on() {
            return Ok(());
        }
        let own = authorizer.jwt_configuration.as_ref().and_then(|jwt| jwt.issuer.as_deref());
        let more = authorizer.beyond.iter().flat_map(|beyond| &beyond.issuers);
        for issuer in own.into_iter().chain(more.map(|more| more.issuer.as_str())) {
            if !self.known.contains_key(issuer) {
                let found = self.ask(issuer, call).await;
                self.known.insert(issuer.to_owned(), found);
            }
            self.known[issuer].clone()?;
        }
        Ok(())
    }

    async fn ask(&self, issuer: &str, call: &Call) -> Result<(), String> {
        if self.known.len() >= MOST_ISSUERS {
            return Err(format!("a definition can have at most {MOST_ISSUERS} issuers"));
        }
        let url = discovery_url(issuer);
        let found = timeout_at(self.deadline, call.world.discovery.document(&url)).await;
        let found = found.unwrap_or_else(|_elapsed| Err(Undiscovered("it took too long".to_owned())));
        let why = match found {
            Ok(document) => match key_set(&document, issuer) {
                Ok(_) => return Ok(()),
                Err(why) => format!("the document {why}"),
            },
            Err(error) => error.to_string(),
        };
        Err(format!(
            "Caught exception when connecting to {url} for issuer {issuer}. Please try again later. Error: {why}"
        ))
    }
}
