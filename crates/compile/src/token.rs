//! Authorizers that verify tokens themselves: user pools and issuers, taken apart.

use std::collections::BTreeMap;
use std::sync::Arc;

use regex::Regex;
use stagegate_jwt::{Algorithm, Algorithms};
use stagegate_model::rest::{Authorizer, AuthorizerType, JwtConfiguration, JwtIssuer};
use stagegate_plan::{
    AudienceClaims, AuthorizerPlan, ClaimForm, ClaimRule, Reasons, TokenAuthorizerPlan, TokenIssuer, TokenRules,
    TokenSource, UserPool, VariablePools,
};

use crate::authorizer::{header, whole};
use crate::endpoint::Variables;
use crate::lambda::bound;

/// Compiles a `COGNITO_USER_POOLS` or `JWT` authorizer, and binds its user pools for the variables of a stage.
///
/// # Errors
/// Why it cannot be used, in a sentence without a full stop; for another type, that it verifies no tokens.
pub fn compile_token_authorizer(
    authorizer: &Authorizer,
    variables: &BTreeMap<String, String>,
) -> Result<TokenAuthorizerPlan, String> {
    let rules = match authorizer.kind {
        Some(AuthorizerType::CognitoUserPools) => {
            let variables = variables.iter().map(|(name, value)| (name.as_str().into(), value.as_str().into()));
            return bind_pools(&pools(authorizer)?, &variables.collect());
        }
        Some(AuthorizerType::Jwt) => jwt(authorizer.jwt_configuration.as_ref())?,
        Some(other) => return Err(format!("authorizers of type {other} verify no tokens")),
        None => return Err("the authorizer has no type".to_owned()),
    };
    Ok(TokenAuthorizerPlan {
        id: authorizer.id.as_str().into(),
        source: source(authorizer)?,
        reasons: Reasons::Hidden,
        rules: Arc::new(rules),
    })
}

fn source(authorizer: &Authorizer) -> Result<TokenSource, String> {
    let source = authorizer.identity_source.as_deref().unwrap_or_default().trim();
    header(source).map(|name| TokenSource::Header(name.into()))
}

/// The user pools of an authorizer, as configured.
fn pools(authorizer: &Authorizer) -> Result<VariablePools, String> {
    let arns: Box<[Box<str>]> = boxed(authorizer.provider_arns.as_deref());
    if arns.is_empty() {
        return Err("it has no user pool".to_owned());
    }
    let expression = authorizer.identity_validation_expression.as_deref().filter(|text| !text.is_empty());
    let audience: Option<Regex> = expression.map(whole).transpose()?;
    Ok(VariablePools { id: authorizer.id.as_str().into(), source: source(authorizer)?, arns, audience })
}

/// Compiles a `COGNITO_USER_POOLS` or `JWT` authorizer of a deployment: stages bind its user pools where these have variables.
pub(crate) fn token_authorizer(authorizer: &Authorizer) -> Result<AuthorizerPlan, String> {
    let mut arns = authorizer.provider_arns.iter().flatten();
    if authorizer.kind == Some(AuthorizerType::CognitoUserPools) && arns.any(|arn| arn.contains("${")) {
        return pools(authorizer).map(AuthorizerPlan::Pools);
    }
    compile_token_authorizer(authorizer, &BTreeMap::new()).map(AuthorizerPlan::Token)
}

/// Binds user pools for a stage (AWS's guide, "API Gateway stage variables reference").
pub(crate) fn bind_pools(pools: &VariablePools, variables: &Variables) -> Result<TokenAuthorizerPlan, String> {
    let VariablePools { id, source, arns, audience } = pools;
    let pool = |arn: &str| {
        let arn = if arn.contains("${") { bound(arn, variables)? } else { arn.to_owned() };
        UserPool::parse(&arn).ok_or_else(|| format!("`{arn}` is no ARN of a user pool"))
    };
    let pools = arns.iter().map(|arn| pool(arn)).collect::<Result<_, _>>()?;
    let rules = TokenRules::UserPools { pools, audience: audience.clone() };
    Ok(TokenAuthorizerPlan { id: id.clone(), source: source.clone(), reasons: Reasons::Hidden, rules: Arc::new(rules) })
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
        let plan = compile_token_authorizer(&cognito(&[POOL], Some("app.*")), &BTreeMap::new()).expect("a plan");
        assert_eq!(plan.source, TokenSource::Header("Authorization".into()));
        let TokenRules::UserPools { pools, audience: Some(audience) } = &*plan.rules else { panic!("{plan:?}") };
        assert_eq!(pools[0].arn(), POOL);
        assert!(audience.is_match("app1") && !audience.is_match("my app1"));
    }

    #[test]
    fn user_pools_that_name_variables_are_bound_by_stages() {
        let arn = "arn:aws:cognito-idp:eu-west-1:000000000000:userpool/${stageVariables.pool}";
        let authorizer = cognito(&[arn, POOL], None);
        let Ok(AuthorizerPlan::Pools(pools)) = token_authorizer(&authorizer) else { panic!("no plan") };
        let bound = |value: &str| bind_pools(&pools, &[("pool".into(), value.into())].into());
        let TokenRules::UserPools { pools: found, .. } = &*bound("eu-west-1_b").expect("bound").rules else {
            panic!("no pools")
        };
        assert_eq!(found.iter().map(|pool| &*pool.id).collect::<Vec<_>>(), ["eu-west-1_b", "eu-west-1_a"]);
        assert!(bound("../x").expect_err("no id").contains("is no ARN of a user pool"));
        let absent = compile_token_authorizer(&authorizer, &BTreeMap::new()).expect_err("no variable");
        assert!(absent.contains("no variable `pool`"), "{absent}");
        let variables = [("pool".to_owned(), "eu-west-1_c".to_owned())].into();
        assert!(compile_token_authorizer(&authorizer, &variables).is_ok());
        let plain = token_authorizer(&cognito(&[POOL], None));
        assert!(matches!(plain, Ok(AuthorizerPlan::Token(_))), "{plain:?}");
    }

    #[test]
    fn issuers_are_kept_to_the_last_slash() {
        let algorithms = [JwtSigningAlgorithm::Rs256, JwtSigningAlgorithm::Es512];
        let plan = compile_token_authorizer(&jwt_authorizer(known(), &algorithms), &BTreeMap::new()).expect("a plan");
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
            let error = compile_token_authorizer(&authorizer, &BTreeMap::new()).expect_err(why);
            assert!(error.contains(why), "{error}");
        }
    }
}
