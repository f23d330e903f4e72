//! Room 2: which API and which stage a request is for, or which function URL.

mod canary;
mod domain;
mod host;
mod private;
mod secure;

use std::borrow::Cow;
use std::sync::Arc;

use stagegate_http1::Known;
use stagegate_plan::{ApiPlan, PrivateDomain, StagePlan};

use crate::accept::Arrival;
use crate::core::Core;
use crate::function_url::{AddressedUrl, UrlFault};
use crate::network::VpcEndpoint;
use crate::observe::{Notes, log_untrusted_client};
use crate::refusal::Refusal;
use domain::{Found, Mapped};
pub(crate) use host::without_port;
pub(crate) use host::{Addressee, addressee};
use private::Named;

/// Where a request leads.
#[derive(Debug)]
pub(crate) enum Destination<'j> {
    /// To a stage.
    Stage(Addressed<'j>),
    /// To a function, without an API.
    FunctionUrl(AddressedUrl<'j>),
    /// To the health check of custom domain names (fact D9).
    HealthCheck,
}

/// A request whose API and stage are known.
#[derive(Debug)]
pub(crate) struct Addressed<'j> {
    /// The request.
    pub(crate) arrival: &'j Arrival<'j>,
    /// Its stage.
    pub(crate) stage: &'j StagePlan,
    /// The path below the stage, with exactly one leading slash (fact 30).
    pub(crate) path: &'j [u8],
    /// The base path of a custom domain name as it was sent, the slash before it included; empty without one.
    pub(crate) base_path: &'j [u8],
    /// The VPC endpoint that it came through, to a private API.
    pub(crate) vpc_endpoint: Option<&'j VpcEndpoint>,
    /// The private domain name that it came by.
    pub(crate) private_domain: Option<Arc<PrivateDomain>>,
}

impl<'j> Addressed<'j> {
    /// The path that events show: without the stage, with the base path (fact 59).
    pub(crate) fn path_with_base(&self) -> Cow<'j, [u8]> {
        if self.base_path.is_empty() {
            Cow::Borrowed(self.path)
        } else if self.path == b"/" && !self.arrival.head.path().ends_with(b"/") {
            Cow::Borrowed(self.base_path)
        } else {
            Cow::Owned([self.base_path, self.path].concat())
        }
    }
}

/// The header that makes another method of a request than was signed: whoever holds a presigned URL must not add it.
const METHOD_OVERRIDE: &str = "x-http-method-override";
/// The header that leads a request to another API than was signed.
const API_ID: &str = "x-apigw-api-id";

/// Finds API and stage, or the function URL. The Host decides when it has a form of our own or is a custom domain name; the header
/// `x-apigw-api-id` counts only for other hosts.
pub(crate) fn address<'j>(
    core: &'j Core,
    arrival: &'j Arrival<'j>,
    notes: &'j Notes,
) -> Result<Destination<'j>, Refusal> {
    let header = single_api_header(arrival)?;
    match addressee(arrival.head.host(), &core.config.suffix) {
        Addressee::ExecuteApi(host) => {
            let (id, alias) = private::split_alias(host.id());
            by_id(core, arrival, notes, ApiName { id, region: Some(host.region()), endpoint: alias.into() })
        }
        Addressee::FunctionUrl(host) => {
            let url = by_url(core, arrival, notes, host.id(), Some(host.region()));
            url.ok_or(Refusal::FunctionUrl(UrlFault::Unknown))
        }
        Addressee::ForeignSuffix(host) => {
            if let Some(endpoint) = private::endpoint_of_host(&host, &core.config.suffix) {
                let id = header.ok_or(Refusal::UnknownApi)?;
                return by_id(core, arrival, notes, ApiName { id, region: None, endpoint: Named::Own(endpoint) });
            }
            by_domain(core, arrival, notes, &host)?.ok_or(Refusal::UnknownApi)
        }
        Addressee::Other(host) => {
            if let Some(destination) = by_domain(core, arrival, notes, &host)? {
                return Ok(destination);
            }
            let id = header.ok_or(Refusal::UnknownApi)?;
            let name = ApiName { id, region: None, endpoint: Named::Not };
            by_url(core, arrival, notes, id, None).map_or_else(|| by_id(core, arrival, notes, name), Ok)
        }
    }
}

/// Headers that a signature must cover where a request has them, since they change what it is for, and that AWS, which has
/// `host` and `x-amz-…` covered alone, does not ask for. `x-apigw-api-id` is one of them where the host names no API.
pub(crate) fn headers_to_cover(core: &Core, arrival: &Arrival<'_>) -> &'static [&'static str] {
    match addressee(arrival.head.host(), &core.config.suffix) {
        Addressee::ExecuteApi(_) | Addressee::FunctionUrl(_) => &[METHOD_OVERRIDE],
        Addressee::ForeignSuffix(_) | Addressee::Other(_) => &[METHOD_OVERRIDE, API_ID],
    }
}

/// How a request names an API.
#[derive(Debug, Clone, Copy)]
struct ApiName<'h> {
    id: &'h str,
    region: Option<&'h str>,
    endpoint: Named<'h>,
}

/// The API of an id, in a region if that is known; the first segment of the path is the stage.
fn by_id<'j>(
    core: &'j Core,
    arrival: &'j Arrival<'j>,
    notes: &'j Notes,
    ApiName { id, region, endpoint }: ApiName<'_>,
) -> Result<Destination<'j>, Refusal> {
    let (found, is_strict, is_disabled) = core
        .with_snapshot(|snapshot| {
            let api = snapshot.api(id).filter(|api| region.is_none_or(|region| *api.facts.region == *region))?;
            let path = notes.enter_api(arrival, api);
            Some((stage_of(api, path), api.tls.is_strict, api.execute_api_disabled))
        })
        .ok_or(Refusal::UnknownApi)?;
    let (stage, path) = found.ok_or(Refusal::UnknownStage)?;
    let stage = notes.enter_stage(canary::release(stage, arrival));
    notes.enter_path(arrival, path);
    explain(notes, stage);
    if is_strict {
        secure::check_name(arrival)?;
    }
    if is_disabled || stage.deployment.execute_api_disabled {
        return Err(Refusal::EndpointDisabled);
    }
    let vpc_endpoint = private::endpoint(core, arrival, stage, endpoint, notes)?;
    Ok(Destination::Stage(Addressed { arrival, stage, path, base_path: b"", vpc_endpoint, private_domain: None }))
}

/// The stage of a path and the path below it: the first segment names the stage, or else the whole path is the root stage's
/// (facts 92 and 102).
fn stage_of<'p>(api: &ApiPlan, path: &'p [u8]) -> Option<(Arc<StagePlan>, &'p [u8])> {
    let (name, below) = split_stage(path);
    let named = api.stage(name).map(|stage| (Arc::clone(stage), below));
    named.or_else(|| api.root_stage().map(|stage| (Arc::clone(stage), with_one_slash(path))))
}

/// The function URL of an id, in a region if that is known.
fn by_url<'j>(
    core: &Core,
    arrival: &'j Arrival<'j>,
    notes: &'j Notes,
    id: &str,
    region: Option<&str>,
) -> Option<Destination<'j>> {
    let url = core.with_snapshot(|snapshot| snapshot.function_url(id).cloned())?;
    if region.is_some_and(|region| *url.region != *region) {
        return None;
    }
    let url = notes.enter_function_url(url);
    notes.explain("address", format_args!("function URL {}; function {}", url.id, url.function));
    Some(Destination::FunctionUrl(AddressedUrl { arrival, url }))
}

/// Where a custom domain name leads; `None` if the host, in lower case, is none. A default endpoint that is switched off does
/// not matter here (fact D4).
fn by_domain<'j>(
    core: &'j Core,
    arrival: &'j Arrival<'j>,
    notes: &'j Notes,
    host: &[u8],
) -> Result<Option<Destination<'j>>, Refusal> {
    let Ok(host) = std::str::from_utf8(host) else { return Ok(None) };
    let sent = with_one_slash(arrival.head.path());
    let found = core.with_snapshot(|snapshot| {
        let domain = private::domain(core, arrival, snapshot, host).or_else(|| snapshot.domain(host))?;
        notes.explain("address", format_args!("custom domain name {}", domain.name));
        let private = domain.private.clone();
        Some((
            domain::find(domain, snapshot, sent, |api| with_one_slash(notes.enter_api(arrival, api))),
            secure::check_domain(core, arrival, domain),
            private,
        ))
    });
    let Some((found, checked, private_domain)) = found else { return Ok(None) };
    let Mapped { stage, matched, base_path, path } = match found? {
        Found::HealthCheck => return checked.map(|()| Some(Destination::HealthCheck)),
        Found::Stage(mapped) => mapped,
    };
    notes.explain("address", format_args!("base path {matched}"));
    let stage = notes.enter_stage(canary::release(stage, arrival));
    notes.enter_base_path(matched);
    notes.enter_path(arrival, path);
    explain(notes, stage);
    // The stage is known by now, so that its access log has the refusal (fact D6).
    checked.inspect_err(|refusal| log_untrusted_client(notes, arrival, stage, *refusal))?;
    let vpc_endpoint = private::endpoint(core, arrival, stage, Named::Not, notes)?;
    if private_domain.is_some() && vpc_endpoint.is_none() {
        notes.explain("address", format_args!("a private domain name leads to private APIs only"));
        return Err(Refusal::NoMapping);
    }
    Ok(Some(Destination::Stage(Addressed { arrival, stage, path, base_path, vpc_endpoint, private_domain })))
}

fn explain(notes: &Notes, stage: &StagePlan) {
    notes.explain(
        "address",
        format_args!("api {}; stage {}; deployment {}", stage.api.id, stage.name, stage.deployment_id),
    );
    if let Some(is_canary) = stage.release.is_canary_request() {
        let release = if is_canary { "the canary" } else { "the production release, beside a canary" };
        notes.explain("address", format_args!("this is {release}"));
    }
}

/// The value of `x-apigw-api-id`; a second one is refused wherever it stands, since two readers could take different ones.
fn single_api_header<'h>(arrival: &'h Arrival<'_>) -> Result<Option<&'h str>, Refusal> {
    let mut ids = arrival.head.fields().filter(|field| field.known == Known::XApigwApiId);
    let first = ids.next();
    if ids.next().is_some() {
        return Err(Refusal::AmbiguousApi);
    }
    Ok(first.map(|field| std::str::from_utf8(field.value).unwrap_or_default()))
}

/// Splits `/stage/rest`; doubled slashes before the stage and before the rest count as one (fact 30).
fn split_stage(path: &[u8]) -> (&[u8], &[u8]) {
    let start = path.iter().position(|byte| *byte != b'/').unwrap_or(path.len());
    let path = &path[start..];
    let end = path.iter().position(|byte| *byte == b'/').unwrap_or(path.len());
    let (name, rest) = path.split_at(end);
    (name, below(rest))
}

/// What follows a stage or a base path, with exactly one leading slash (fact 30).
fn below(rest: &[u8]) -> &[u8] {
    if rest.is_empty() { b"/" } else { with_one_slash(rest) }
}

/// Slashes at the beginning count as one (fact 30).
pub(crate) fn with_one_slash(path: &[u8]) -> &[u8] {
    let slashes = path.iter().take_while(|byte| **byte == b'/').count();
    &path[slashes.saturating_sub(1)..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_segment_is_the_stage() {
        let cases = [
            ("/prod", ("prod", "/")),
            ("/prod/", ("prod", "/")),
            ("/prod/a/b", ("prod", "/a/b")),
            ("//prod//a//b/", ("prod", "/a//b/")),
            ("/prod//", ("prod", "/")),
            ("/", ("", "/")),
            ("*", ("*", "/")),
        ];
        for (path, (name, rest)) in cases {
            assert_eq!(split_stage(path.as_bytes()), (name.as_bytes(), rest.as_bytes()), "{path}");
        }
    }

    #[test]
    fn fact_30_slashes_at_the_beginning_count_as_one() {
        for (path, expected) in [("/s", "/s"), ("//s//path", "/s//path"), ("/s/", "/s/"), ("*", "*"), ("", "")] {
            assert_eq!(with_one_slash(path.as_bytes()), expected.as_bytes(), "{path}");
        }
    }
}
