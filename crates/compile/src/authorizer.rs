//! Authorizers that ask a function: where identities are, what they look like, which function it is.

use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};
use stagegate_mapping::RequestSource;
use stagegate_model::rest::{Authorizer, AuthorizerType};
use stagegate_plan::{
    DecisionForm, EmptyIdentity, FunctionTarget, IdentitySource, LambdaAuthorizerKind, LambdaAuthorizerPlan,
    LambdaPlan, PayloadFormat, ResponseTransferMode,
};

use crate::endpoint::Variables;
use crate::lambda::function;

/// Bytes of compiled program that an expression may take; it comes from an API's author and sees clients' tokens.
const PROGRAM_LIMIT_BYTES: usize = 1 << 20;

/// How long decisions are kept unless the authorizer says otherwise (fact 86).
const DEFAULT_TTL_S: i32 = 300;

/// Compiles a `TOKEN` or `REQUEST` authorizer, and binds its function for the variables of a stage.
///
/// # Errors
/// Why it cannot be used, in a sentence without a full stop; for another type, that it is not served.
pub fn compile_authorizer(
    authorizer: &Authorizer,
    variables: &BTreeMap<String, String>,
) -> Result<(LambdaAuthorizerPlan, FunctionTarget), String> {
    let plan = lambda_authorizer(authorizer)?;
    let variables: Variables =
        variables.iter().map(|(name, value)| (name.as_str().into(), value.as_str().into())).collect();
    let target = function(&plan.invoke, &variables)?;
    Ok((plan, target))
}

/// Compiles a `TOKEN` or `REQUEST` authorizer.
pub(crate) fn lambda_authorizer(authorizer: &Authorizer) -> Result<LambdaAuthorizerPlan, String> {
    let sources = || authorizer.identity_source.iter().flat_map(|sources| sources.split(',')).map(str::trim);
    let kind = match authorizer.kind {
        Some(AuthorizerType::Token) => token(sources().next().unwrap_or_default(), authorizer)?,
        Some(AuthorizerType::Request) => {
            let sources = sources().filter(|source| !source.is_empty()).map(identity_source);
            LambdaAuthorizerKind::Request { sources: sources.collect::<Result<_, _>>()?, empty: EmptyIdentity::Missing }
        }
        Some(other) => return Err(format!("authorizers of type {other} ask no function")),
        None => return Err("the authorizer has no type".to_owned()),
    };
    let invoke = LambdaPlan {
        uri: authorizer.authorizer_uri.as_deref().unwrap_or_default().into(),
        credentials: authorizer.authorizer_credentials.as_deref().map(Box::from),
        invocation_type: None,
        client_context: None,
        timeout_ms: 0,
        transfer: ResponseTransferMode::Buffered,
        format: PayloadFormat::One,
    };
    let ttl_s = authorizer.authorizer_result_ttl_in_seconds.unwrap_or(DEFAULT_TTL_S);
    let ttl_s = u32::try_from(ttl_s).unwrap_or(0);
    Ok(LambdaAuthorizerPlan { id: authorizer.id.as_str().into(), kind, ttl_s, invoke, answer: DecisionForm::Policy })
}

fn token(source: &str, authorizer: &Authorizer) -> Result<LambdaAuthorizerKind, String> {
    let expression = authorizer.identity_validation_expression.as_deref().filter(|text| !text.is_empty());
    Ok(LambdaAuthorizerKind::Token { header: header(source)?.into(), expression: expression.map(whole).transpose()? })
}

/// The header that an identity source names.
pub(crate) fn header(source: &str) -> Result<&str, String> {
    let header = source.strip_prefix("method.request.header.").filter(|header| !header.is_empty());
    header.ok_or_else(|| format!("the identity source `{source}` is no header"))
}

/// An expression that must match all of a text.
pub(crate) fn whole(expression: &str) -> Result<Regex, String> {
    let build = |source: &str| RegexBuilder::new(source).size_limit(PROGRAM_LIMIT_BYTES).build();
    // The bare expression must be valid by itself: `a)(b` would only be so inside the group.
    let whole = build(expression).and_then(|_| build(&format!(r"\A(?:{expression})\z")));
    whole.map_err(|_| {
        format!("the identity validation expression `{expression}` is not a regular expression served here")
    })
}

fn identity_source(written: &str) -> Result<IdentitySource, String> {
    // A mapping names a variable of the context only after `context.`, as an identity source does.
    let source = RequestSource::parse(written).map_err(|error| error.to_string())?;
    Ok(IdentitySource { written: written.into(), source })
}

#[cfg(test)]
mod tests {
    use stagegate_model::rest::Authorizer;

    use super::*;

    const URI: &str = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/\
                       arn:aws:lambda:us-east-1:000000000000:function:guard/invocations";

    fn compiled(
        kind: AuthorizerType,
        sources: &str,
        expression: Option<&str>,
    ) -> Result<(LambdaAuthorizerPlan, FunctionTarget), String> {
        let authorizer = Authorizer {
            id: "a".to_owned(),
            kind: Some(kind),
            authorizer_uri: Some(URI.to_owned()),
            identity_source: Some(sources.to_owned()),
            identity_validation_expression: expression.map(str::to_owned),
            ..Authorizer::default()
        };
        compile_authorizer(&authorizer, &BTreeMap::new())
    }

    #[test]
    fn an_expression_matches_a_token_whole() {
        let (plan, target) = compiled(AuthorizerType::Token, "method.request.header.T", Some("a|bc")).expect("a plan");
        assert_eq!(target.function.to_string(), "arn:aws:lambda:us-east-1:000000000000:function:guard");
        let LambdaAuthorizerKind::Token { header, expression: Some(expression) } = plan.kind else {
            panic!("{plan:?}")
        };
        assert_eq!(&*header, "T");
        let matches = ["a", "bc", "ab", "abc", "a\n", ""].map(|token| expression.is_match(token));
        assert_eq!(matches, [true, true, false, false, false, false]);
    }

    #[test]
    fn sources_of_a_request_are_parsed_each() {
        let written = "method.request.header.A, method.request.querystring.q,stageVariables.v,context.httpMethod";
        let (plan, _) = compiled(AuthorizerType::Request, written, None).expect("a plan");
        let LambdaAuthorizerKind::Request { sources, .. } = plan.kind else { panic!("{plan:?}") };
        let written: Vec<&str> = sources.iter().map(|source| &*source.written).collect();
        assert_eq!(written[0], "method.request.header.A");
        assert_eq!(sources[1].source, RequestSource::Query("q".into()));
        assert_eq!(sources[2].source, RequestSource::StageVariable("v".into()));
        assert!(matches!(sources[3].source, RequestSource::Context(_)));
    }

    #[test]
    fn what_cannot_be_used_says_why() {
        let cases = [
            (AuthorizerType::Token, "method.request.querystring.q", None, "is no header"),
            (AuthorizerType::Token, "method.request.header.T", Some("("), "is not a regular expression served here"),
            (AuthorizerType::Token, "method.request.header.T", Some("a)(b"), "is not a regular expression served here"),
            (AuthorizerType::Request, "nonsense", None, "nonsense"),
            (AuthorizerType::Jwt, "method.request.header.T", None, "ask no function"),
        ];
        for (kind, sources, expression, why) in cases {
            let error = compiled(kind, sources, expression).expect_err(why);
            assert!(error.contains(why), "{error}");
        }
    }
}
