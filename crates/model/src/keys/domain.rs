//! The keys of custom domain names and of their mappings.

use super::{AccountNoun, Key, segment_of};
use crate::domain::Scope;

/// What stands between the parts of an id; no domain name and no base path has it.
const SEPARATOR: char = '|';
/// What stands for it in the id of a private domain name's mappings, so that those of the public one of the same name have
/// another prefix; no domain name has it.
const PRIVATE_SEPARATOR: char = '+';

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

    /// Whether it is a private one.
    pub fn is_private(&self) -> bool {
        self.private_id().is_some()
    }

    /// The domain name's own id, which private ones have.
    pub fn private_id(&self) -> Option<&str> {
        self.id.split_once(SEPARATOR).map(|(_, id)| id)
    }

    /// The key of its row.
    pub fn key(&self) -> Key {
        self.scope.noun(AccountNoun::DomainName, &self.id)
    }

    /// The key of the certificate that was uploaded with it.
    pub fn certificate(&self) -> Key {
        self.scope.noun(AccountNoun::DomainCertificate, &self.id)
    }

    /// The prefix of its mappings.
    pub fn mappings_prefix(&self) -> String {
        format!("{}{}", self.scope.nouns_prefix(AccountNoun::BasePathMapping), self.mapping_id(""))
    }

    /// The prefix of the associations that an account has with it: the VPC endpoints that may use a private one.
    pub fn associations_prefix(&self, of: &Scope) -> String {
        format!("{}{}", of.nouns_prefix(AccountNoun::DomainNameAccessAssociation), self.mapping_id(""))
    }

    /// The key of a mapping.
    pub fn mapping(&self, base_path: &str) -> Key {
        self.scope.noun(AccountNoun::BasePathMapping, &self.mapping_id(&segment_of(base_path)))
    }

    fn mapping_id(&self, base_path: &str) -> String {
        let id = self.id.replace(SEPARATOR, &PRIVATE_SEPARATOR.to_string());
        format!("{id}{SEPARATOR}{base_path}")
    }
}

impl Key {
    /// The domain name that a row is of: its own, or that of a mapping or a certificate. Of an association, which may be another
    /// account's, the account is that of the association.
    pub fn domain(&self) -> Option<DomainScope> {
        let Self::OfAccount(scope, noun, id) = self else { return None };
        let id = match noun {
            AccountNoun::DomainName | AccountNoun::DomainCertificate => id.clone(),
            AccountNoun::BasePathMapping | AccountNoun::DomainNameAccessAssociation => {
                id.split_once(SEPARATOR)?.0.replace(PRIVATE_SEPARATOR, &SEPARATOR.to_string())
            }
            _ => return None,
        };
        Some(DomainScope { scope: scope.clone(), id })
    }
}
