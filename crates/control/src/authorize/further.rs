//! Actions that AWS asks for beside the verb's: what touches certificates, policies, tags and the leave to use a domain
//! name.
//!
//! Service Authorization Reference, "Actions defined by Amazon API Gateway Management"; developer guide, "Allow users to
//! create or update only private REST APIs" (the policy of an API to be made is below `/restapis/`) and "Deny tagging
//! operations" (who may not tag may not create with tags). `SetWebACL` has no row: no operation sets an ACL.

use serde_json::Value;
use stagegate_openapi::ApiDefinition;

use super::{Asked, resource};
use crate::call::Call;

/// When a row applies to a call of its operation.
enum When {
    /// When the body has a member that is neither null nor empty.
    Given(&'static str),
    /// At every call.
    Always,
    /// When a patch operation's path starts so.
    Patched(&'static str),
    /// When such a patch operation sets something.
    Set(&'static str),
    /// When such a patch operation takes something away.
    Unset(&'static str),
    /// When the OpenAPI definition has it.
    Defined(fn(&ApiDefinition) -> bool),
}

/// Which resource a row's action is on.
enum On {
    /// What the call is about.
    Itself,
    /// What is made below it.
    Below,
    /// Its tags.
    Tags,
    /// The tags of what is made below it.
    TagsBelow,
    /// The private domain name whose ARN the call carries.
    DomainName,
    /// The API that is copied.
    CloneSource,
}

use On::{Below, CloneSource, Itself, Tags, TagsBelow};
use When::{Always, Defined, Given, Patched, Set, Unset};

const ROWS: &[(&str, When, &str, On)] = &[
    ("CreateDomainName", Given("mutualTlsAuthentication"), "AddCertificateToDomain", Itself),
    ("UpdateDomainName", Set("/mutualTlsAuthentication/"), "AddCertificateToDomain", Itself),
    ("UpdateDomainName", Unset("/mutualTlsAuthentication/"), "RemoveCertificateFromDomain", Itself),
    ("CreateDomainName", Given("policy"), "UpdateDomainNamePolicy", Itself),
    ("UpdateDomainName", Patched("/policy"), "UpdateDomainNamePolicy", Itself),
    ("UpdateDomainName", Patched("/managementPolicy"), "UpdateDomainNameManagementPolicy", Itself),
    ("CreateDomainNameAccessAssociation", Always, "CreateAccessAssociation", On::DomainName),
    ("RejectDomainNameAccessAssociation", Always, "RejectAccessAssociation", On::DomainName),
    ("CreateRestApi", Given("policy"), "UpdateRestApiPolicy", Below),
    ("UpdateRestApi", Patched("/policy"), "UpdateRestApiPolicy", Itself),
    ("ImportRestApi", Defined(|api| api.policy.is_some()), "UpdateRestApiPolicy", Below),
    ("PutRestApi", Defined(|api| api.policy.is_some()), "UpdateRestApiPolicy", Itself),
    // AWS does not say; a copy shows what its source is made of.
    ("CreateRestApi", Given("cloneFrom"), "GET", CloneSource),
    ("CreateApiKey", Given("tags"), "PUT", TagsBelow),
    ("GenerateClientCertificate", Given("tags"), "PUT", TagsBelow),
    ("CreateDomainName", Given("tags"), "PUT", TagsBelow),
    ("CreateDomainNameAccessAssociation", Given("tags"), "PUT", TagsBelow),
    ("CreateRestApi", Given("tags"), "PUT", TagsBelow),
    ("ImportRestApi", Defined(|api| !api.tags.is_empty()), "PUT", TagsBelow),
    ("PutRestApi", Defined(|api| !api.tags.is_empty()), "PUT", Tags),
    ("CreateStage", Given("tags"), "PUT", TagsBelow),
    ("CreateUsagePlan", Given("tags"), "PUT", TagsBelow),
    ("CreateVpcLink", Given("tags"), "PUT", TagsBelow),
];

/// The further actions of a call. A body that does not parse asks for none: it is refused before it changes anything.
pub(super) fn of(call: &Call, definition: Option<&ApiDefinition>) -> Vec<Asked> {
    let rows: Vec<_> = ROWS.iter().filter(|(operation, ..)| *operation == call.operation.name).collect();
    if rows.is_empty() {
        return Vec::new();
    }
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let mut asked = Vec::new();
    for (_, when, action, on) in rows {
        if applies(when, &body, definition) {
            let one = Asked { action: format!("apigateway:{action}"), resource: resource(on, call, &body) };
            if !asked.contains(&one) {
                asked.push(one);
            }
        }
    }
    asked
}

fn applies(when: &When, body: &Value, definition: Option<&ApiDefinition>) -> bool {
    match when {
        Always => true,
        Given(member) => match &body[*member] {
            Value::Null => false,
            Value::String(text) => !text.is_empty(),
            Value::Object(members) => !members.is_empty(),
            _ => true,
        },
        Patched(start) => !patches(body, start).is_empty(),
        Set(start) => patches(body, start).contains(&false),
        Unset(start) => patches(body, start).contains(&true),
        Defined(has) => definition.is_some_and(has),
    }
}

/// The patch operations below a path: for each, whether it takes something away or sets nothing.
fn patches(body: &Value, start: &str) -> Vec<bool> {
    let operations = body["patchOperations"].as_array().into_iter().flatten();
    let there = operations.filter(|one| one["path"].as_str().is_some_and(|path| path.starts_with(start)));
    there.map(|one| one["op"] == "remove" || one["value"].as_str().is_none_or(str::is_empty)).collect()
}

fn resource(on: &On, call: &Call, body: &Value) -> String {
    match on {
        Itself => resource::of(call),
        Below => format!("{}/*", resource::of(call)),
        Tags => resource::tags(call),
        TagsBelow => resource::tags_below(call),
        On::DomainName => {
            let given = body["domainNameArn"].as_str().or_else(|| call.query("domainNameArn")).unwrap_or_default();
            // One that is no ARN of a private domain name is refused later, whatever is allowed on it.
            if given.is_empty() { resource::private_domain_names(call) } else { given.to_owned() }
        }
        CloneSource => {
            let source = body["cloneFrom"].as_str().unwrap_or_default();
            resource::without_account(call, &format!("/restapis/{source}"))
        }
    }
}
