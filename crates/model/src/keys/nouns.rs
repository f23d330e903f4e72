//! The kinds of nouns whose rows are named by the kind and an id.

/// A noun below an API that has a row by an id or name of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ApiNoun {
    /// `requestvalidators`, by id.
    RequestValidator,
    /// `models`, by name.
    Model,
    /// `gatewayresponses`, by type.
    GatewayResponse,
    /// `authorizers`, by id.
    Authorizer,
}

/// A noun of an account in a region that has a row by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountNoun {
    /// `apikeys`
    ApiKey,
    /// `apikeyvalues`: an API key's id by the key's value.
    ApiKeyValue,
    /// `usageplans`
    UsagePlan,
}

impl ApiNoun {
    const ALL: [Self; 4] = [Self::RequestValidator, Self::Model, Self::GatewayResponse, Self::Authorizer];

    /// The segment of the key that names the kind.
    pub(super) const fn segment(self) -> &'static str {
        match self {
            Self::RequestValidator => "requestvalidators",
            Self::Model => "models",
            Self::GatewayResponse => "gatewayresponses",
            Self::Authorizer => "authorizers",
        }
    }

    /// The kind that a segment names.
    pub(super) fn parse(segment: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|noun| noun.segment() == segment)
    }
}

impl AccountNoun {
    const ALL: [Self; 3] = [Self::ApiKey, Self::ApiKeyValue, Self::UsagePlan];

    /// The segment of the key that names the kind.
    pub(super) const fn segment(self) -> &'static str {
        match self {
            Self::ApiKey => "apikeys",
            Self::ApiKeyValue => "apikeyvalues",
            Self::UsagePlan => "usageplans",
        }
    }

    /// The kind that a segment names.
    pub(super) fn parse(segment: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|noun| noun.segment() == segment)
    }
}
