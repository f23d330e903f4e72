//! The keys of domain names and of what belongs to them.

use super::{AccountNoun, Key};
use crate::domain::Scope;

/// What stands between the parts of an id here; no domain name and no base path has it.
const SEPARATOR: char = '|';

/// A custom domain name within its account and region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainScope {
    /// The account and region.
    pub scope: Scope,
    /// The id in keys: the name, and for private ones the domain name's own id behind a `|`.
    pub id: String,
}

impl DomainScope {
    /// The name.
    pub fn name(&self) -> &str {
        self.id.split(SEPARATOR).next().unwrap_or_default()
    }

    /// The key of its row.
    pub fn key(&self) -> Key {
        self.scope.noun(AccountNoun::DomainName, &self.id)
    }

    /// The prefix of its mappings. Those of private domain names of the same name have it, too: see [`Key::domain`].
    pub fn mappings_prefix(&self) -> String {
        format!("{}{}{SEPARATOR}", self.scope.nouns_prefix(AccountNoun::BasePathMapping), self.id)
    }
}

impl Key {
    /// The domain name that a row is of: its own, or that of a mapping.
    pub fn domain(&self) -> Option<DomainScope> {
        let Self::OfAccount(scope, noun, id) = self else { return None };
        let id = match noun {
            AccountNoun::DomainName => id,
            AccountNoun::BasePathMapping => id.rsplit_once(SEPARATOR)?.0,
            _ => return None,
        };
        Some(DomainScope { scope: scope.clone(), id: id.to_owned() })
    }
}
