//! The nouns of REST APIs (service `apigateway`, version 2015-07-09), one per file.
//!
//! A member that identifies its noun is required; every other member is optional and left out when absent, as AWS does.

mod account;
mod api_key;
mod authorizer;
mod client_certificate;
mod deployment;
mod documentation;
mod documentation_location;
mod domain_name;
mod endpoint;
pub mod frozen;
mod gateway_response;
mod integration;
mod integration_response;
mod method;
mod method_response;
mod model;
mod request_validator;
mod resource;
mod rest_api;
mod scalars;
mod stage;
mod stage_settings;
mod stored_private_key;
mod usage_plan;
mod verb;
mod vpc_link;

pub use account::{Account, ThrottleSettings};
pub use api_key::{ApiKey, ApiKeyRow};
pub use authorizer::{
    Authorizer, AuthorizerType, JwtAdditionalClaim, JwtClaimFormat, JwtConfiguration, JwtIssuer, JwtSigningAlgorithm,
};
pub use client_certificate::{ClientCertificate, ClientCertificateRow};
pub use deployment::{Deployment, DeploymentRow, MethodSnapshot};
pub use documentation::{DocumentationPart, DocumentationVersion, DocumentationVersionRow, LocationStatusType};
pub use documentation_location::{DocumentationPartLocation, DocumentationPartType, LocationError, is_status_pattern};
pub use domain_name::{
    AccessAssociationSourceType, BasePathMapping, DomainCertificateRow, DomainName, DomainNameAccessAssociation,
    DomainNameStatus, MutualTlsAuthentication, ResourceOwner, RoutingMode,
};
pub use endpoint::{EndpointAccessMode, EndpointConfiguration, EndpointType, IpAddressType, SecurityPolicy};
pub use gateway_response::{GatewayResponse, GatewayResponseType};
pub use integration::{
    ConnectionType, ContentHandling, Integration, IntegrationType, PassthroughBehavior, ResponseTransferMode, TlsConfig,
};
pub use integration_response::IntegrationResponse;
pub use method::{AuthorizationType, Method};
pub use method_response::MethodResponse;
pub use model::Model;
pub use request_validator::RequestValidator;
pub use resource::Resource;
pub use rest_api::{ApiKeySource, ApiStatus, RestApi};
pub use scalars::{InvalidStatusCode, StatusCode, Timestamp};
pub use stage::{CacheClusterSize, CacheClusterStatus, Stage};
pub use stage_settings::{
    AccessLogSettings, CanarySettings, LoggingLevel, MethodSetting, UnauthorizedCacheControlHeaderStrategy,
};
pub use stored_private_key::StoredPrivateKey;
pub use usage_plan::{ApiStage, QuotaPeriodType, QuotaSettings, UsagePlan, UsagePlanKey, UsagePlanRow};
pub use verb::HttpMethod;
pub use vpc_link::{VpcLink, VpcLinkStatus};

/// A map from names to strings: tags, variables, templates, mappings.
pub type StringMap = std::collections::BTreeMap<String, String>;
/// A map from parameter names to "is required".
pub type FlagMap = std::collections::BTreeMap<String, bool>;
