//! `Authorizer`: who decides whether a caller may call (fact section 1.4).

use serde::{Deserialize, Serialize};

use crate::closed::closed;

closed! {
    /// How an authorizer decides.
    AuthorizerType {
        Token = "TOKEN",
        Request = "REQUEST",
        CognitoUserPools = "COGNITO_USER_POOLS",
        Jwt = "JWT",
    }
}

closed! {
    /// A signature algorithm of tokens; HMAC and `none` are not among them.
    JwtSigningAlgorithm {
        Rs256 = "RS256",
        Rs384 = "RS384",
        Rs512 = "RS512",
        Es256 = "ES256",
        Es384 = "ES384",
        Es512 = "ES512",
    }
}

closed! {
    /// The form of a claim that is checked.
    JwtClaimFormat {
        SingleString = "SINGLE_STRING",
    }
}

/// A rule on one claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JwtAdditionalClaim {
    /// Which claim; none of those that are always checked.
    pub claim_name: String,
    /// Its form.
    pub format: JwtClaimFormat,
    /// Whether a token without it is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
    /// The values of which it must have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_values: Option<Vec<String>>,
}

/// One issuer of tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JwtIssuer {
    /// An absolute `https` URL, compared exactly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The audiences of which a token must have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audiences: Option<Vec<String>>,
    /// Rules on further claims.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_claims: Option<Vec<JwtAdditionalClaim>>,
    /// Where the issuer's keys are, from its discovery document; read-only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
}

/// How tokens are checked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JwtConfiguration {
    /// Whose tokens are taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuers: Option<Vec<JwtIssuer>>,
    /// The algorithms that are taken for keys that name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_algorithms: Option<Vec<JwtSigningAlgorithm>>,
}

/// An authorizer, which methods refer to by its id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Authorizer {
    /// Six characters, unique within the API.
    pub id: String,
    /// A name, unique within the API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How it decides.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<AuthorizerType>,
    /// The user pools of a `COGNITO_USER_POOLS` authorizer.
    #[serde(rename = "providerARNs", skip_serializing_if = "Option::is_none")]
    pub provider_arns: Option<Vec<String>>,
    /// A name for definitions; it has no effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_type: Option<String>,
    /// The function that a `TOKEN` or `REQUEST` authorizer calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_uri: Option<String>,
    /// The role with which it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_credentials: Option<String>,
    /// Where the caller's identity is: one header, or a comma-separated list for `REQUEST`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_source: Option<String>,
    /// What a token must match before the function is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_validation_expression: Option<String>,
    /// Seconds a decision is kept, 0 to 3,600.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_result_ttl_in_seconds: Option<i32>,
    /// How a `JWT` authorizer checks tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwt_configuration: Option<JwtConfiguration>,
}
