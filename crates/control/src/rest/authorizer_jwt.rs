//! `JWT` authorizers: their issuers, claims and algorithms (fact section 1.2, facts A26 and A27).

use serde_json::Value;
use stagegate_model::rest::{
    Authorizer, JwtAdditionalClaim, JwtClaimFormat, JwtConfiguration, JwtIssuer, JwtSigningAlgorithm,
};

use super::authorizer_rules::check_one_header;
use crate::discovery::is_on_this_machine;
use crate::fault::Fault;
use crate::input::{Input, choose};

/// Claims that are always checked, or that scopes are read from.
const RESERVED_CLAIMS: [&str; 7] = ["iss", "aud", "exp", "nbf", "iat", "scope", "scp"];

/// Reads `jwtConfiguration` of `CreateAuthorizer`.
pub(crate) fn read(input: &mut Input) -> Result<Option<JwtConfiguration>, Fault> {
    let Some(mut nested) = input.structure("jwtConfiguration")? else { return Ok(None) };
    let configuration = read_configuration(&mut nested)?;
    input.absorb(nested);
    Ok(Some(configuration))
}

/// Reads the value of the patch `/jwtConfiguration`: the whole document as JSON text.
pub(crate) fn parse(text: &str) -> Result<JwtConfiguration, Fault> {
    let Ok(Value::Object(members)) = serde_json::from_str(text) else {
        return Err(Fault::bad_request("Invalid value specified for /jwtConfiguration. Must be a JSON document"));
    };
    let mut input = Input::nested("jwtConfiguration", members);
    let configuration = read_configuration(&mut input)?;
    input.finish()?;
    Ok(configuration)
}

fn read_configuration(input: &mut Input) -> Result<JwtConfiguration, Fault> {
    let mut issuers = Vec::new();
    for mut item in input.structures("issuers")? {
        issuers.push(read_issuer(&mut item)?);
        input.absorb(item);
    }
    let mut algorithms: Vec<JwtSigningAlgorithm> = Vec::new();
    for name in input.texts("defaultAlgorithms")?.unwrap_or_default() {
        if let Some(algorithm) = choose(&name) {
            algorithms.push(algorithm);
            continue;
        }
        let names = JwtSigningAlgorithm::NAMES.join(", ");
        let rule = format!("Member must satisfy constraint: [Member must satisfy enum value set: [{names}]]");
        input.broken(&format!("'{name}'"), "defaultAlgorithms", &rule);
    }
    Ok(JwtConfiguration { issuers: Some(issuers), default_algorithms: Some(algorithms) })
}

fn read_issuer(input: &mut Input) -> Result<JwtIssuer, Fault> {
    let mut claims = Vec::new();
    for mut item in input.structures("additionalClaims")? {
        let claim_name = item.required_text("claimName")?;
        let format: Option<JwtClaimFormat> = item.required_choice("format", JwtClaimFormat::NAMES)?;
        claims.push(JwtAdditionalClaim {
            claim_name,
            format: format.unwrap_or(JwtClaimFormat::SingleString),
            required: item.flag("required")?,
            expected_values: item.texts("expectedValues")?.filter(|values| !values.is_empty()),
        });
        input.absorb(item);
    }
    Ok(JwtIssuer {
        issuer: Some(input.required_text("issuer")?),
        audiences: Some(input.texts("audiences")?.unwrap_or_default()),
        additional_claims: Some(claims).filter(|claims| !claims.is_empty()),
        jwks_uri: None,
    })
}

/// Checks a `JWT` authorizer whole.
pub(crate) fn check(authorizer: &Authorizer) -> Result<(), Fault> {
    let foreign = [
        ("authorizerUri", authorizer.authorizer_uri.is_some()),
        ("authorizerCredentials", authorizer.authorizer_credentials.is_some()),
        ("authorizerResultTtlInSeconds", authorizer.authorizer_result_ttl_in_seconds.is_some()),
        ("providerARNs", authorizer.provider_arns.is_some()),
        ("identityValidationExpression", authorizer.identity_validation_expression.is_some()),
    ];
    if let Some((member, _)) = foreign.into_iter().find(|(_, given)| *given) {
        return Err(Fault::bad_request(format!("{member} is not allowed for authorizers of type JWT")));
    }
    let Some(configuration) = &authorizer.jwt_configuration else {
        return Err(Fault::bad_request("jwtConfiguration is required for authorizers of type JWT"));
    };
    check_one_header(authorizer)?;
    let issuers = configuration.issuers.as_deref().unwrap_or_default();
    if issuers.is_empty() || configuration.default_algorithms.as_deref().unwrap_or_default().is_empty() {
        return Err(Fault::bad_request("jwtConfiguration must have at least one issuer and one default algorithm"));
    }
    for (index, issuer) in issuers.iter().enumerate() {
        check_issuer(issuer)?;
        if issuers[..index].iter().any(|other| other.issuer == issuer.issuer) {
            let name = issuer.issuer.as_deref().unwrap_or_default();
            return Err(Fault::bad_request(format!("Duplicate issuer specified: {name}")));
        }
    }
    Ok(())
}

/// An issuer is an absolute `https` URL without query or fragment (fact A27); here `http` will do on this machine.
fn check_issuer(issuer: &JwtIssuer) -> Result<(), Fault> {
    let name = issuer.issuer.as_deref().unwrap_or_default();
    let host = name.strip_prefix("https://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let well = (!host.is_empty() || is_on_this_machine(name))
        && name.bytes().all(|byte| byte.is_ascii_graphic())
        && !name.contains(['?', '#', '@']);
    if !well {
        let message =
            format!("Invalid issuer specified: {name}. Issuer must be an absolute https URL without query or fragment");
        return Err(Fault::bad_request(message));
    }
    let audiences = issuer.audiences.as_deref().unwrap_or_default();
    if audiences.is_empty() || audiences.iter().any(String::is_empty) {
        return Err(Fault::bad_request(format!("Invalid audiences specified for issuer {name}")));
    }
    for claim in issuer.additional_claims.iter().flatten() {
        if claim.claim_name.is_empty() || RESERVED_CLAIMS.contains(&claim.claim_name.as_str()) {
            return Err(Fault::bad_request(format!("Invalid claim name specified: {}", claim.claim_name)));
        }
    }
    Ok(())
}
