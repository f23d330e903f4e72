//! Gateway responses, with what a type inherits from its family (fact 24).

use stagegate_mapping::{RequestSource, Substitution, is_token};
use stagegate_model::rest::{GatewayResponse, GatewayResponseType as Noun, StatusCode};
use stagegate_plan::{GatewayResponsePlan, GatewayResponseType, GatewayResponses};

use crate::finding::{Effect, Findings, Subject};
use crate::parameters::is_field_value;

/// The template that is used whatever the client accepts (fact 23).
const MEDIA_TYPE: &str = "application/json";

/// Compiles what an API's owner has set. A part that cannot be served is left out, with a finding.
pub(crate) fn gateway_responses(set: &[GatewayResponse], findings: &mut Findings) -> GatewayResponses {
    let mut responses = GatewayResponses::default();
    // The families come first, so that a type's own entry replaces all of what it would inherit.
    let (families, own): (Vec<_>, Vec<_>) = set.iter().partition(|response| response.response_type.is_family());
    for response in families.into_iter().chain(own) {
        let plan = plan(response, findings);
        let noun = response.response_type;
        let concerned = |wanted: &GatewayResponseType| {
            let wanted = wanted.name().parse::<Noun>();
            wanted.is_ok_and(|wanted| wanted == noun || (noun.is_family() && wanted.family() == noun))
        };
        responses.set(plan, GatewayResponseType::ALL.iter().copied().filter(concerned));
    }
    responses
}

fn plan(response: &GatewayResponse, findings: &mut Findings) -> GatewayResponsePlan {
    let mut headers = Vec::new();
    for (target, expression) in response.response_parameters.iter().flatten() {
        match header(target, expression) {
            Ok(header) => headers.push(header),
            Err(why) => {
                let what = format!("the gateway response {}: {why}", response.response_type);
                findings.api(Subject::Api, Effect::Ignored, what);
            }
        }
    }
    let templates = || response.response_templates.iter().flatten();
    let template = templates().find(|(media_type, _)| *media_type == MEDIA_TYPE).or_else(|| templates().next());
    GatewayResponsePlan {
        status: response.status_code.map(StatusCode::as_u16).filter(|status| (200..600).contains(status)),
        headers: headers.into(),
        template: template
            .filter(|(media_type, _)| is_field_value(media_type))
            .map(|(media_type, source)| (media_type.as_str().into(), Substitution::parse(source))),
    }
}

fn header(target: &str, expression: &str) -> Result<(Box<str>, RequestSource), String> {
    let name = target.strip_prefix("gatewayresponse.header.").filter(|name| is_token(name));
    let name = name.ok_or_else(|| format!("`{target}` names no header"))?;
    match RequestSource::parse(expression).map_err(|error| error.to_string())? {
        RequestSource::Static(text) if !is_field_value(&text) => {
            Err(format!("the static value of `{name}` has control characters"))
        }
        source => Ok((name.into(), source)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn compiled(set: &serde_json::Value) -> (GatewayResponses, usize) {
        let set: Vec<GatewayResponse> = serde_json::from_value(set.clone()).expect("gateway responses");
        let mut findings = Findings::of("api");
        let responses = gateway_responses(&set, &mut findings);
        (responses, findings.into_vec().len())
    }

    #[test]
    fn fact_24_a_type_with_its_own_entry_inherits_nothing() {
        let (responses, findings) = compiled(&serde_json::json!([
            {"responseType": "ACCESS_DENIED", "responseParameters": {"gatewayresponse.header.X-A": "'1'"}},
            {"responseType": "DEFAULT_4XX", "statusCode": "499", "responseTemplates": {"application/json": "$context.error.message"}},
            {"responseType": "DEFAULT_5XX", "statusCode": "599"},
        ]));
        assert_eq!(findings, 0);
        let expected: BTreeMap<&str, (Option<u16>, bool)> = BTreeMap::from([
            ("ACCESS_DENIED", (None, false)),
            ("THROTTLED", (Some(499), true)),
            ("INTEGRATION_TIMEOUT", (Some(599), false)),
            ("AUTHORIZER_FAILURE", (Some(599), false)),
        ]);
        for wanted in [
            GatewayResponseType::AccessDenied,
            GatewayResponseType::Throttled,
            GatewayResponseType::IntegrationTimeout,
            GatewayResponseType::AuthorizerFailure,
        ] {
            let plan = responses.get(wanted).expect("set");
            assert_eq!((plan.status, plan.template.is_some()), expected[wanted.name()], "{}", wanted.name());
        }
        assert!(responses.get(GatewayResponseType::RequestTooLarge).is_none());
    }

    #[test]
    fn a_header_that_cannot_be_sent_is_left_out_with_a_finding() {
        let (responses, findings) = compiled(&serde_json::json!([{
            "responseType": "THROTTLED",
            "responseParameters": {
                "gatewayresponse.header.X-A": "method.request.header.X-B",
                "gatewayresponse.header.X B": "'1'",
                "gatewayresponse.header.X-C": "'a\r\nb'",
                "method.response.header.X-D": "'1'",
                "gatewayresponse.header.X-E": "nothing",
            },
        }]));
        assert_eq!(findings, 4);
        let plan = responses.get(GatewayResponseType::Throttled).expect("set");
        assert_eq!(*plan.headers, [("X-A".into(), RequestSource::Header("X-B".into()))]);
    }
}
