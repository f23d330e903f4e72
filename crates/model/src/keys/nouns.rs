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
    /// `documentationparts`, by id.
    DocumentationPart,
    /// `documentationversions`, by version: a [`crate::rest::DocumentationVersionRow`].
    DocumentationVersion,
    /// `authorizerflushes`, by stage name: written whenever what a stage's authorizers decided is to be forgotten. Its revision
    /// is what counts.
    AuthorizerFlush,
    /// `cacheflushes`, by stage name: written whenever a stage's response cache is to be emptied. Its revision is what counts.
    CacheFlush,
}

/// A noun of an account in a region that has a row by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountNoun {
    /// `apikeys`
    ApiKey,
    /// `apikeyvalues`: an API key's id by the SHA-256 of the key's value.
    ApiKeyValue,
    /// `usageplans`
    UsagePlan,
    /// `vpclinks`
    VpcLink,
    /// `clientcertificates`: a [`crate::rest::ClientCertificateRow`].
    ClientCertificate,
    /// `domainnames`, by name; a private one by name, `|` and id.
    DomainName,
    /// `domaincertificates`, by the domain name's id: a [`crate::rest::DomainCertificateRow`].
    DomainCertificate,
    /// `basepathmappings`, by the domain name, a private one's with `+` and its id, `|` and the base path.
    BasePathMapping,
    /// `domainnameaccessassociations`, by id.
    DomainNameAccessAssociation,
    /// `httpvpclinks`, by id: a [`crate::http::VpcLink`].
    HttpVpcLink,
    /// `functions`, by name: a [`crate::lambda::FunctionRow`].
    Function,
}

impl ApiNoun {
    const ALL: [Self; 8] = [
        Self::AuthorizerFlush,
        Self::CacheFlush,
        Self::RequestValidator,
        Self::Model,
        Self::GatewayResponse,
        Self::Authorizer,
        Self::DocumentationPart,
        Self::DocumentationVersion,
    ];

    /// The segment of the key that names the kind.
    pub(super) const fn segment(self) -> &'static str {
        match self {
            Self::RequestValidator => "requestvalidators",
            Self::Model => "models",
            Self::GatewayResponse => "gatewayresponses",
            Self::Authorizer => "authorizers",
            Self::DocumentationPart => "documentationparts",
            Self::DocumentationVersion => "documentationversions",
            Self::AuthorizerFlush => "authorizerflushes",
            Self::CacheFlush => "cacheflushes",
        }
    }

    /// The kind that a segment names.
    pub(super) fn parse(segment: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|noun| noun.segment() == segment)
    }
}

impl AccountNoun {
    const ALL: [Self; 11] = [
        Self::HttpVpcLink,
        Self::ApiKey,
        Self::ApiKeyValue,
        Self::UsagePlan,
        Self::VpcLink,
        Self::ClientCertificate,
        Self::DomainName,
        Self::DomainCertificate,
        Self::BasePathMapping,
        Self::DomainNameAccessAssociation,
        Self::Function,
    ];

    /// The segment of the key that names the kind.
    pub(super) const fn segment(self) -> &'static str {
        match self {
            Self::ApiKey => "apikeys",
            Self::ApiKeyValue => "apikeyvalues",
            Self::UsagePlan => "usageplans",
            Self::VpcLink => "vpclinks",
            Self::ClientCertificate => "clientcertificates",
            Self::DomainName => "domainnames",
            Self::DomainCertificate => "domaincertificates",
            Self::BasePathMapping => "basepathmappings",
            Self::DomainNameAccessAssociation => "domainnameaccessassociations",
            Self::Function => "functions",
            Self::HttpVpcLink => "httpvpclinks",
        }
    }

    /// The kind that a segment names.
    pub(super) fn parse(segment: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|noun| noun.segment() == segment)
    }
}
