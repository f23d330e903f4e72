//! The event of payload format 2.0 that authorizers get: the request without its content (facts H43 and H46a).

use super::event::{About, text, texts, write_context, write_cookies, write_query};
use super::headers::{Cookies, headers};
use crate::accept::Arrival;
use crate::core::Core;
use crate::json;

/// Writes the event of a request to a route, with the values of the identity sources.
pub(crate) fn write_question(
    core: &Core,
    arrival: &Arrival<'_>,
    about: &About<'_>,
    (route_arn, sources): (&str, &[Vec<u8>]),
    trace: &[u8],
    out: &mut Vec<u8>,
) {
    let query = arrival.head.query().unwrap_or_default();
    text(b"{\"version\":\"2.0\",\"type\":\"REQUEST\",\"routeArn\":", route_arn.as_bytes(), out);
    out.extend_from_slice(b",\"identitySource\":");
    write_sources(sources, out);
    text(b",\"routeKey\":", about.route_key.as_bytes(), out);
    text(b",\"rawPath\":", about.raw_path, out);
    text(b",\"rawQueryString\":", query, out);
    write_cookies(arrival, out);
    out.extend_from_slice(b",\"headers\":");
    headers(
        arrival,
        (crate::respond::trace_root(trace), about.w3c),
        Cookies::AsHeader,
        about.shows_length.then_some(0),
    )
    .write_joined(out);
    write_query(query, out);
    out.extend_from_slice(b",\"requestContext\":");
    write_context(core, arrival, about, out);
    texts(b",\"pathParameters\":", about.path_parameters, out);
    texts(b",\"stageVariables\":", about.stage_variables, out);
    out.push(b'}');
}

fn write_sources(sources: &[Vec<u8>], out: &mut Vec<u8>) {
    if sources.is_empty() {
        return json::null(out);
    }
    for (index, source) in sources.iter().enumerate() {
        out.push(if index == 0 { b'[' } else { b',' });
        json::string(source, out);
    }
    out.push(b']');
}
