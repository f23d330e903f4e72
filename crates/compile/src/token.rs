//! Authorizers that verify tokens themselves: user pools and issuers, taken apart.

use std::sync::Arc;

use regex::Regex;
use stagegate_jwt::{Algorithm, Algorithms};
use stagegate_model::rest::{Authorizer, AuthorizerType, JwtConfiguration, JwtIssuer};
use stagegate_plan::{
    AudienceClaims, ClaimForm, ClaimRule, Reasons, TokenAuthorizerPlan, TokenIssuer, TokenRules, TokenSource, UserPool,
};

use crate::authorizer::{header, whole};

/// Compiles a `COGNITO_USER_POOLS` or `JWT` authorizer.
///
/// # Errors
/// Why it cannot be used, in a sentence without a full stop; for another type, that it verifies no tokens.
pub fn compile_token_authorizer(authorizer: &Authorizer) -> Result<TokenAuthorizerPlan, String> {
    let rules = match authorizer.kind {
        Some(AuthorizerType::CognitoUserPools) => user_pools(authorizer)?,
        Some(AuthorizerType::Jwt) => jwt(authorizer.jwt_configuration.as_ref())?,
        Some(other) => return Err(format!("authorizers of type {other} verify no tokens")),
        None => return Err("the authorizer has no type".to_owned()),
    };
    Ok(TokenAuthorizerPlan {
        id: authorizer.id.as_str().into(),
        source: TokenSource::Header(header(authorizer.identity_source.as_deref().unwrap_or_default().trim())?.into()),
        reasons: Reasons::Hidden,
        rules: Arc::new(rules),
    })
}

fn user_pools(authorizer: &Authorizer) -> Result<TokenRules, String> {
    let pool = |arn: &String| UserPool::parse(arn).ok_or_else(|| format!("`{arn}` is no ARN of a user pool"));
    let pools: Box<[UserPool]> = authorizer.provider_arns.iter().flatten().map(pool).collect::<Result<_, _>>()?;
    if pools.is_empty() {
        return Err("it has no user pool".to_owned());
    }
    let expression = authorizer.identity_validation_expression.as_deref().filter(|text| !text.is_empty());
    let audience: Option<Regex> = expression.map(whole).transpose()?;
    Ok(TokenRules::UserPools { pools, audience })
}

fn jwt(configuration: Option<&JwtConfiguration>) -> Result<TokenRules, String> {
    let configuration = configuration.ok_or("it has no configuration of tokens")?;
    let names = configuration.default_algorithms.iter().flatten().map(|algorithm| algorithm.as_str());
    let algorithm = |name| Algorithm::parse(name).ok_or_else(|| format!("the algorithm {name} is not served"));
    let algorithms: Algorithms = names.map(algorithm).collect::<Result<_, _>>()?;
    let issuers: Box<[TokenIssuer]> = configuration.issuers.iter().flatten().map(issuer).collect::<Result<_, _>>()?;
    if issuers.is_empty() || algorithms.is_empty() {
        return Err("it needs an issuer and an algorithm".to_owned());
    }
    Ok(TokenRules::Jwt { issuers, algorithms, audience: AudienceClaims::Aud, claims: ClaimForm::Json })
}

fn issuer(issuer: &JwtIssuer) -> Result<TokenIssuer, String> {
    let name = issuer.issuer.as_deref().filter(|name| !name.is_empty()).ok_or("an issuer has no name")?;
    let audiences: Box<[Box<str>]> = boxed(issuer.audiences.as_deref());
    if audiences.is_empty() {
        return Err(format!("the issuer {name} has no audience"));
    }
    let rules = issuer.additional_claims.iter().flatten().map(|claim| ClaimRule {
        name: claim.claim_name.as_str().into(),
        is_required: claim.required == Some(true),
        expected: boxed(claim.expected_values.as_deref()),
    });
    Ok(TokenIssuer {
        issuer: name.into(),
        jwks_uri: issuer.jwks_uri.as_deref().map(Arc::from),
        audiences,
        claims: rules.collect(),
    })
}

fn boxed(texts: Option<&[String]>) -> Box<[Box<str>]> {
    texts.unwrap_or_default().iter().map(|text| text.as_str().into()).collect()
}

#[cfg(test)]
mod tests {
    use stagegate_model::rest::{JwtAdditionalClaim, JwtClaimFormat, JwtSigningAlgorithm};

    use super::*;

    const POOL: &str = "arn:aws:cognito-idp:eu-west-1:000000000000:userpool/eu-west-1_a";

    fn cognito(arns: &[&str], expression: Option<&str>) -> Authorizer {
        Authorizer {
            kind: Some(AuthorizerType::CognitoUserPools),
            provider_arns: Some(arns.iter().map(|&arn| arn.to_owned()).collect()),
            identity_source: Some("method.request.header.Authorization".to_owned()),
            identity_validation_expression: expression.map(str::to_owned),
            ..Authorizer::default()
        }
    }

    fn jwt_authorizer(issuer: JwtIssuer, algorithms: &[JwtSigningAlgorithm]) -> Authorizer {
        Authorizer {
            kind: Some(AuthorizerType::Jwt),
            identity_source: Some("method.request.header.X-Token".to_owned()),
            jwt_configuration: Some(JwtConfiguration {
                issuers: Some(vec![issuer]),
                default_algorithms: Some(algorithms.to_vec()),
            }),
            ..Authorizer::default()
        }
    }

    fn known() -> JwtIssuer {
        JwtIssuer {
            issuer: Some("https://id.example/".to_owned()),
            audiences: Some(vec!["a".to_owned()]),
            additional_claims: Some(vec![JwtAdditionalClaim {
                claim_name: "tier".to_owned(),
                format: JwtClaimFormat::SingleString,
                required: Some(true),
                expected_values: None,
            }]),
            jwks_uri: Some("https://id.example/keys".to_owned()),
        }
    }

    #[test]
    fn user_pools_are_taken_apart() {
        let plan = compile_token_authorizer(&cognito(&[POOL], Some("app.*"))).expect("a plan");
        assert_eq!(plan.source, TokenSource::Header("Authorization".into()));
        let TokenRules::UserPools { pools, audience: Some(audience) } = &*plan.rules else { panic!("{plan:?}") };
        assert_eq!(pools[0].arn(), POOL);
        assert!(audience.is_match("app1") && !audience.is_match("my app1"));
    }

    #[test]
    fn issuers_are_kept_to_the_last_slash() {
        let algorithms = [JwtSigningAlgorithm::Rs256, JwtSigningAlgorithm::Es512];
        let plan = compile_token_authorizer(&jwt_authorizer(known(), &algorithms)).expect("a plan");
        let TokenRules::Jwt { issuers, algorithms, .. } = &*plan.rules else { panic!("{plan:?}") };
        assert_eq!(
            (&plan.source, &*issuers[0].issuer),
            (&TokenSource::Header("X-Token".into()), "https://id.example/")
        );
        assert_eq!(issuers[0].jwks_uri.as_deref(), Some("https://id.example/keys"));
        assert!(issuers[0].claims[0].is_required && issuers[0].claims[0].expected.is_empty());
        assert_eq!(*algorithms, Algorithms::from_iter([Algorithm::Rs256, Algorithm::Es512]));
    }

    #[test]
    fn what_cannot_be_used_says_why() {
        let rs256 = [JwtSigningAlgorithm::Rs256];
        let elsewhere =
            Authorizer { identity_source: Some("method.request.querystring.t".into()), ..cognito(&[POOL], None) };
        for (authorizer, why) in [
            (cognito(&[], None), "no user pool"),
            (cognito(&["arn:aws:cognito-idp:r:0:userpool/../x"], None), "is no ARN of a user pool"),
            (cognito(&[POOL], Some("(")), "is not a regular expression served here"),
            (elsewhere, "is no header"),
            (jwt_authorizer(known(), &[]), "an issuer and an algorithm"),
            (jwt_authorizer(JwtIssuer { audiences: None, ..known() }, &rs256), "has no audience"),
            (jwt_authorizer(JwtIssuer { issuer: None, ..known() }, &rs256), "has no name"),
            (Authorizer { kind: Some(AuthorizerType::Token), ..Authorizer::default() }, "verify no tokens"),
        ] {
            let error = compile_token_authorizer(&authorizer).expect_err(why);
            assert!(error.contains(why), "{error}");
        }
    }
}
