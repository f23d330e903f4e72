//! Actions that AWS asks for beside the verb's: what touches certificates, policies and the leave to use a domain name.
//!
//! Service Authorization Reference, "Actions defined by Amazon API Gateway Management".

use serde_json::Value;

use crate::call::Call;

/// When a row applies to a call of its operation.
enum When {
    /// At every call.
    Always,
    /// When the body has a member that is neither null nor empty.
    Given(&'static str),
    /// When a patch operation's path starts so.
    Patched(&'static str),
    /// When a patch operation that takes something away has a path that starts so.
    Unpatched(&'static str),
    /// When the body, an OpenAPI definition, has an extension.
    Defined(&'static [u8]),
}

use When::{Always, Defined, Given, Patched, Unpatched};

const POLICY_EXTENSION: &[u8] = b"x-amazon-apigateway-policy";

const ROWS: &[(&str, When, &str)] = &[
    ("CreateDomainName", Given("mutualTlsAuthentication"), "AddCertificateToDomain"),
    ("UpdateDomainName", Patched("/mutualTlsAuthentication/"), "AddCertificateToDomain"),
    ("UpdateDomainName", Unpatched("/mutualTlsAuthentication/"), "RemoveCertificateFromDomain"),
    ("CreateDomainName", Given("policy"), "UpdateDomainNamePolicy"),
    ("UpdateDomainName", Patched("/policy"), "UpdateDomainNamePolicy"),
    ("UpdateDomainName", Patched("/managementPolicy"), "UpdateDomainNameManagementPolicy"),
    ("CreateDomainNameAccessAssociation", Always, "CreateAccessAssociation"),
    ("RejectDomainNameAccessAssociation", Always, "RejectAccessAssociation"),
    ("CreateRestApi", Given("policy"), "UpdateRestApiPolicy"),
    ("UpdateRestApi", Patched("/policy"), "UpdateRestApiPolicy"),
    ("ImportRestApi", Defined(POLICY_EXTENSION), "UpdateRestApiPolicy"),
    ("PutRestApi", Defined(POLICY_EXTENSION), "UpdateRestApiPolicy"),
];

/// The further actions of a call, such as `apigateway:UpdateRestApiPolicy`. A body that does not parse asks for none: it is
/// refused before it changes anything.
pub(crate) fn actions(call: &Call) -> Vec<String> {
    let rows = ROWS.iter().filter(|(operation, ..)| *operation == call.operation.name);
    let asked = rows.filter(|(_, when, _)| applies(when, call));
    asked.map(|(_, _, action)| format!("apigateway:{action}")).collect()
}

fn applies(when: &When, call: &Call) -> bool {
    let body = || serde_json::from_slice::<Value>(&call.body).unwrap_or_default();
    match when {
        Always => true,
        Given(member) => {
            let body = body();
            !matches!(&body[*member], Value::Null) && body[*member] != ""
        }
        Patched(start) => patches(&body(), start).contains(&false),
        Unpatched(start) => patches(&body(), start).contains(&true),
        Defined(name) => call.body.windows(name.len()).any(|window| window == *name),
    }
}

/// The patch operations below a path: for each, whether it takes something away or sets nothing.
fn patches(body: &Value, start: &str) -> Vec<bool> {
    let operations = body["patchOperations"].as_array().into_iter().flatten();
    let there = operations.filter(|one| one["path"].as_str().is_some_and(|path| path.starts_with(start)));
    there.map(|one| one["op"] == "remove" || one["value"].as_str().is_none_or(str::is_empty)).collect()
}
