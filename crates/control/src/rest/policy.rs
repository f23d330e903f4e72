//! Resource policies: their form, their size, and AWS's short form of resources.

use serde_json::Value;
use stagegate_model::domain::{Scope, partition_of};

use crate::fault::Fault;
use crate::quotas::Quotas;

const INVALID: &str = "Invalid policy document. Please check the policy syntax and ensure that Principals are valid.";

/// Checks a policy's form and writes out the short form `execute-api:/…` of its resources, as AWS stores it.
pub(crate) fn settle(text: &str, scope: &Scope, api_id: &str, quotas: &Quotas) -> Result<String, Fault> {
    let most = quotas.enforced("rest_resource_policy_length_chars").unwrap_or(u64::MAX);
    if u64::try_from(text.chars().count()).unwrap_or(u64::MAX) > most {
        return Err(Fault::bad_request(format!(
            "Invalid policy document. The policy must not exceed {most} characters."
        )));
    }
    let mut policy: Value = serde_json::from_str(text).map_err(|_| Fault::bad_request(INVALID))?;
    let statements = policy.get_mut("Statement").ok_or_else(|| Fault::bad_request(INVALID))?;
    let prefix =
        format!("arn:{}:execute-api:{}:{}:{api_id}/", partition_of(&scope.region), scope.region, scope.account);
    match statements {
        Value::Array(items) if !items.is_empty() => items.iter_mut().try_for_each(|one| statement(one, &prefix))?,
        one @ Value::Object(_) => statement(one, &prefix)?,
        _ => return Err(Fault::bad_request(INVALID)),
    }
    Ok(policy.to_string())
}

fn statement(statement: &mut Value, prefix: &str) -> Result<(), Fault> {
    let has = |names: [&str; 2]| names.iter().any(|name| statement.get(name).is_some());
    let decides = matches!(statement.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny"));
    let names_principal = has(["Principal", "NotPrincipal"]);
    if !decides || !names_principal || !has(["Action", "NotAction"]) || !has(["Resource", "NotResource"]) {
        return Err(Fault::bad_request(INVALID));
    }
    for name in ["Resource", "NotResource"] {
        match statement.get_mut(name) {
            Some(Value::Array(items)) => items.iter_mut().try_for_each(|item| expand(item, prefix))?,
            Some(one) => expand(one, prefix)?,
            None => {}
        }
    }
    Ok(())
}

fn expand(resource: &mut Value, prefix: &str) -> Result<(), Fault> {
    let text = resource.as_str().ok_or_else(|| Fault::bad_request(INVALID))?;
    if let Some(rest) = text.strip_prefix("execute-api:/") {
        *resource = Value::from(format!("{prefix}{rest}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn settled(text: &str) -> Result<String, Fault> {
        let scope = Scope { account: "000000000000".to_owned(), region: "eu-west-1".to_owned() };
        settle(text, &scope, "abc", &Quotas::default())
    }

    #[test]
    fn short_resources_are_written_out() {
        let text = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke",
            "Resource":["execute-api:/prod/*","arn:aws:execute-api:x"]}]}"#;
        let policy: Value = serde_json::from_str(&settled(text).expect("a policy")).expect("JSON");
        let resources = &policy["Statement"][0]["Resource"];
        assert_eq!(resources[0], "arn:aws:execute-api:eu-west-1:000000000000:abc/prod/*");
        assert_eq!(resources[1], "arn:aws:execute-api:x");
        assert_eq!(settled(&policy.to_string()), Ok(policy.to_string()), "settling twice changes nothing");
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"Statement":[]}"#,
            r#"{"Statement":{"Effect":"Allow"}}"#,
            r#"{"Statement":{"Effect":"Perhaps","Principal":"*","Action":"*","Resource":"*"}}"#,
            r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":1}}"#,
        ] {
            assert_eq!(settled(text), Err(Fault::bad_request(INVALID)), "{text}");
        }
        let long = format!("{{\"Statement\":\"{}\"}}", "x".repeat(8192));
        assert!(settled(&long).is_err());
    }

    proptest! {
        #[test]
        fn settling_is_stable(effect in "Allow|Deny|x", resource in "(execute-api:/)?[a-z*/\"]{0,8}") {
            let statement = serde_json::json!({ "Effect": effect, "Principal": "*", "Action": "*", "Resource": resource });
            let text = serde_json::json!({ "Statement": [statement] }).to_string();
            if let Ok(once) = settled(&text) {
                prop_assert_eq!(settled(&once), Ok(once.clone()));
            }
        }
    }
}
