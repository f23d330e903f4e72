//! The ARN of what a call is about, in one form whatever the client's spelling: a policy must not depend on how a path
//! was encoded.
//!
//! Service Authorization Reference, "Resource types defined by Amazon API Gateway Management".

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use stagegate_model::domain::partition_of;

use crate::call::Call;
use crate::domain::{access_association, domain_name};

/// What a segment may not hold as it is: it would read as two, or as encoded text.
const SEGMENT: &AsciiSet = &percent_encoding::CONTROLS.add(b'/').add(b'%');
/// All but RFC 3986's unreserved characters: how AWS writes an ARN within `/tags/…`.
const WHOLE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The ARN of the path of a call.
pub(super) fn of(call: &Call) -> String {
    let template = call.operation.path.split('?').next().unwrap_or_default();
    let template = template.strip_prefix("/v2").unwrap_or(template);
    match template {
        "/domainnameaccessassociations" => with_account(call, template),
        "/domainnameaccessassociations/{domain_name_access_association_arn}" => {
            let arn = call.parameter("domain_name_access_association_arn");
            match access_association::id_of_arn(arn, &call.scope) {
                Some(_) => arn.to_owned(),
                None => with_account(call, &format!("/domainnameaccessassociations/{}", encoded(arn))),
            }
        }
        "/domainnames/{domain_name}" if domain_name::is_private_call(call) => with_account(call, &path(call, template)),
        _ => without_account(call, &path(call, template)),
    }
}

/// The ARN for permission to tag what the call is about.
pub(super) fn tags(call: &Call) -> String {
    without_account(call, &format!("/tags/{}", encoded(&of(call))))
}

/// The ARN for permission to give tags to what is made below a collection, whose ids are not known before.
pub(super) fn tags_below(call: &Call) -> String {
    without_account(call, &format!("/tags/{}*", encoded(&format!("{}/", of(call)))))
}

/// The ARN of all private domain names.
pub(super) fn private_domain_names(call: &Call) -> String {
    with_account(call, "/domainnames")
}

/// The ARN of a path without an account.
pub(super) fn without_account(call: &Call, path: &str) -> String {
    let region = &call.scope.region;
    format!("arn:{}:apigateway:{region}::{path}", partition_of(region))
}

/// The ARN of what belongs to one account, such as private domain names.
fn with_account(call: &Call, path: &str) -> String {
    let (account, region) = (&call.scope.account, &call.scope.region);
    format!("arn:{}:apigateway:{region}:{account}:{path}", partition_of(region))
}

/// The template with the parameters in their places.
fn path(call: &Call, template: &str) -> String {
    let segments = template.split('/').map(|part| {
        let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else { return part.to_owned() };
        match name {
            "resource_arn" | "resource-arn" => encoded(call.parameter(name)),
            "domain_name" => segment(&domain_name::name_of_call(call)),
            _ => segment(call.parameter(name)),
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, WHOLE).to_string()
}
