//! Compiled authorizers that verify tokens themselves: whose, for whom, with which claims.

use std::sync::Arc;

use regex::Regex;
use stagegate_jwt::Algorithms;

/// A `COGNITO_USER_POOLS` or `JWT` authorizer.
#[derive(Debug)]
pub struct TokenAuthorizerPlan {
    /// Its id.
    pub id: Box<str>,
    /// What carries the token, with or without `Bearer` before it.
    pub source: TokenSource,
    /// Whether callers are told why their token is refused.
    pub reasons: Reasons,
    /// What a token must be. Caches know an authorizer by this very value.
    pub rules: Arc<TokenRules>,
}

/// A `COGNITO_USER_POOLS` authorizer whose pools name stage variables: see [`crate::StagePlan::bound_pools`].
#[derive(Debug)]
pub struct VariablePools {
    /// Its id.
    pub id: Box<str>,
    /// What carries the token.
    pub source: TokenSource,
    /// The ARNs of the pools as configured.
    pub arns: Box<[Box<str>]>,
    /// `identityValidationExpression`, anchored already.
    pub audience: Option<Regex>,
}

/// Where a request has its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenSource {
    /// In a header, whose name may come in any letter case.
    Header(Box<str>),
    /// In a query parameter, whose name is case-sensitive.
    Query(Box<str>),
}

/// What callers learn of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reasons {
    /// That they are refused (facts A25 and A28).
    #[default]
    Hidden,
    /// Why, in `www-authenticate` (facts A29 and H32 to H39).
    Told,
}

/// How claims are shown in events and by `$context.authorizer.claims`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClaimForm {
    /// As the JSON that they are.
    #[default]
    Json,
    /// As texts: numbers in decimal, lists in brackets with spaces between, as Go prints them.
    Text,
}

/// By which claims a token says whom it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AudienceClaims {
    /// `aud`
    #[default]
    Aud,
    /// `aud`, or where that is absent `client_id` (fact H41).
    AudOrClientId,
}

/// What a token must be.
#[derive(Debug)]
pub enum TokenRules {
    /// `COGNITO_USER_POOLS`: an identity token, or on routes with scopes an access token, of one of the pools (fact A25).
    UserPools {
        /// The pools.
        pools: Box<[UserPool]>,
        /// `identityValidationExpression`: what `aud` must match whole; anchored already.
        audience: Option<Regex>,
    },
    /// `JWT`: a token of one of the issuers, for one of their audiences (facts A26 and A27).
    Jwt {
        /// The issuers.
        issuers: Box<[TokenIssuer]>,
        /// `defaultAlgorithms`: what any of them may sign with.
        algorithms: Algorithms,
        /// Which claims are compared with the audiences.
        audience: AudienceClaims,
        /// How claims are shown.
        claims: ClaimForm,
    },
}

/// A user pool's ARN, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserPool {
    /// Such as `aws`.
    pub partition: Box<str>,
    /// Such as `eu-central-1`.
    pub region: Box<str>,
    /// The owner.
    pub account: Box<str>,
    /// Such as `eu-central-1_aBcDeF123`.
    pub id: Box<str>,
}

impl UserPool {
    /// Takes `arn:{partition}:cognito-idp:{region}:{account}:userpool/{id}` apart.
    pub fn parse(arn: &str) -> Option<Self> {
        let rest = arn.strip_prefix("arn:")?;
        let parts: Vec<&str> = rest.splitn(5, ':').collect();
        let [partition, "cognito-idp", region, account, resource] = parts[..] else { return None };
        let id = resource.strip_prefix("userpool/")?;
        let is_name = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        [partition, region, account, id].iter().all(|part| is_name(part)).then(|| Self {
            partition: partition.into(),
            region: region.into(),
            account: account.into(),
            id: id.into(),
        })
    }

    /// The ARN.
    pub fn arn(&self) -> String {
        let Self { partition, region, account, id } = self;
        format!("arn:{partition}:cognito-idp:{region}:{account}:userpool/{id}")
    }
}

/// An issuer of a `JWT` authorizer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenIssuer {
    /// What `iss` must be, to the last slash.
    pub issuer: Arc<str>,
    /// Where its keys were found when the authorizer was made; without it, its discovery document is read first.
    pub jwks_uri: Option<Arc<str>>,
    /// Of these, `aud` must have one.
    pub audiences: Box<[Box<str>]>,
    /// Rules on further claims.
    pub claims: Box<[ClaimRule]>,
}

/// A rule on one claim: `additionalClaims`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRule {
    /// The claim.
    pub name: Box<str>,
    /// Whether a token without it is refused.
    pub is_required: bool,
    /// The values of which it must have one; none: any text.
    pub expected: Box<[Box<str>]>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_pool_has_five_parts() {
        let arn = "arn:aws-cn:cognito-idp:cn-north-1:000000000000:userpool/cn-north-1_aBc";
        let pool = UserPool::parse(arn).expect("a pool");
        assert_eq!((&*pool.region, &*pool.id, pool.arn()), ("cn-north-1", "cn-north-1_aBc", arn.to_owned()));
        for bad in [
            "",
            "arn:aws:cognito-idp:r:0:userpool/",
            "arn:aws:cognito-idp::0:userpool/a",
            "arn:aws:cognito-idp:r:0:identitypool/a",
            "arn:aws:cognito-idp:r:0:userpool/a/b",
            "arn:aws:cognito-idp:r:0:userpool/..",
            "arn:aws:cognito-idp:r.example/:0:userpool/a",
            "arn:aws:iam:r:0:userpool/a",
            "aws:cognito-idp:r:0:userpool/a",
        ] {
            assert_eq!(UserPool::parse(bad), None, "{bad}");
        }
    }
}
