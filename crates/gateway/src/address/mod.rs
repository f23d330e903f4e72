//! Room 2: which API and which stage a request is for.

mod host;

use stagegate_http1::Known;
use stagegate_plan::StagePlan;

use crate::accept::Arrival;
use crate::core::Core;
use crate::observe::Notes;
use crate::refusal::Refusal;
pub(crate) use host::without_port;
use host::{Addressee, addressee};

/// A request whose API and stage are known.
#[derive(Debug)]
pub(crate) struct Addressed<'j> {
    /// The request.
    pub(crate) arrival: &'j Arrival<'j>,
    /// Its stage.
    pub(crate) stage: &'j StagePlan,
    /// The path below the stage, with exactly one leading slash (fact 30).
    pub(crate) path: &'j [u8],
}

/// Finds API and stage. The Host decides when it has execute-api form; the header `x-apigw-api-id` counts only for other hosts.
pub(crate) fn address<'j>(core: &Core, arrival: &'j Arrival<'j>, notes: &'j Notes) -> Result<Addressed<'j>, Refusal> {
    let header = single_api_header(arrival)?;
    let (name, path) = split_stage(arrival.head.path());
    let find = |id: &str, region: Option<&str>| {
        let stage = core.with_api(id, |api| {
            let here = region.is_none_or(|region| *api.facts.region == *region);
            here.then(|| api.stage(name).cloned())
        });
        stage.flatten().ok_or(Refusal::UnknownApi)?.ok_or(Refusal::UnknownStage)
    };
    let found = match addressee(arrival.head.host(), &core.config.suffix) {
        Addressee::ExecuteApi(host) => find(host.api(), Some(host.region()))?,
        Addressee::ForeignSuffix => return Err(Refusal::UnknownApi),
        Addressee::Other => find(header.ok_or(Refusal::UnknownApi)?, None)?,
    };
    let stage = notes.enter_stage(found);
    notes.explain(
        "address",
        format_args!("api {}; stage {}; deployment {}", stage.api.id, stage.name, stage.deployment_id),
    );
    if stage.deployment.execute_api_disabled {
        return Err(Refusal::EndpointDisabled);
    }
    Ok(Addressed { arrival, stage, path })
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

/// The part of a request's path below the stage, with exactly one leading slash (fact 30).
pub(crate) fn below_stage(path: &[u8]) -> &[u8] {
    split_stage(path).1
}

/// Splits `/stage/rest`; doubled slashes before the stage and before the rest count as one (fact 30).
fn split_stage(path: &[u8]) -> (&[u8], &[u8]) {
    let start = path.iter().position(|byte| *byte != b'/').unwrap_or(path.len());
    let path = &path[start..];
    let end = path.iter().position(|byte| *byte == b'/').unwrap_or(path.len());
    let (name, rest) = path.split_at(end);
    let doubled = rest.iter().take_while(|byte| **byte == b'/').count().saturating_sub(1);
    let rest = &rest[doubled..];
    (name, if rest.is_empty() { b"/" } else { rest })
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
}
