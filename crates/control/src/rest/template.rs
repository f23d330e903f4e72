//! Mapping templates: their size, and the empty one, which AWS shows as null and takes for "pass the body through".

use serde_json::Value;
use stagegate_model::rest::StringMap;

use crate::call::Call;
use crate::fault::Fault;

/// Holds templates to AWS's size.
pub(crate) fn check(templates: Option<&StringMap>, call: &Call) -> Result<(), Fault> {
    let most = call.world.quotas.enforced("rest_mapping_template_bytes").unwrap_or(u64::MAX);
    let too_long = |text: &String| u64::try_from(text.len()).unwrap_or(u64::MAX) > most;
    if templates.into_iter().flatten().any(|(_, template)| too_long(template)) {
        return Err(Fault::bad_request(format!("A mapping template must not exceed {most} bytes")));
    }
    Ok(())
}

/// Writes empty templates as null, wherever in a shown noun they are (AWS's guide, "Set up an integration response
/// using the AWS CLI": an empty template comes back as null).
pub(crate) fn show(shown: &mut Value) {
    let Value::Object(members) = shown else { return };
    for (name, member) in members {
        if !matches!(name.as_str(), "requestTemplates" | "responseTemplates") {
            show(member);
            continue;
        }
        for template in member.as_object_mut().into_iter().flat_map(|templates| templates.values_mut()) {
            if template == "" {
                *template = Value::Null;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn empty_templates_are_shown_as_null_at_every_depth() {
        let templates = json!({ "a/b": "", "c/d": "x" });
        let nulled = json!({ "a/b": null, "c/d": "x" });
        let noun = |templates: &Value| {
            json!({ "operationName": "", "methodIntegration": { "requestTemplates": templates,
                "integrationResponses": { "200": { "responseTemplates": templates } } } })
        };
        let mut shown = noun(&templates);
        show(&mut shown);
        assert_eq!(shown, noun(&nulled));
    }
}
