//! The event of payload format 2.0: absent members are left out, in AWS's order (facts 97, 99 and H13 to H19).

use stagegate_http1::{Known, encode};

use super::headers::{Cookies, cookies, headers};
use crate::accept::Arrival;
use crate::core::Core;
use crate::integrate::conversion::encode as encode_base64;
use crate::integrate::lambda::pairs::{Pairs, object};
use crate::integrate::values::{form_decode, query_pairs};
use crate::json;
use crate::observe::W3cFields;

/// What an event is longer than its request by, most of the time.
const FRAME_BYTES: usize = 2 * 1024;

/// What an event says besides the request itself.
#[derive(Debug)]
pub(crate) struct About<'r> {
    /// `rawPath` and `requestContext.http.path`: with a named stage, decoded or not, as the caller's front does it.
    pub(crate) raw_path: &'r [u8],
    /// `routeKey`
    pub(crate) route_key: &'r str,
    /// `requestContext.stage`
    pub(crate) stage: &'r str,
    /// `requestContext.accountId`
    pub(crate) account_id: &'r str,
    /// `requestContext.apiId`
    pub(crate) api_id: &'r str,
    /// `requestContext.domainName`; `domainPrefix` is its first label.
    pub(crate) domain_name: &'r str,
    /// `requestContext.authentication`: a JSON document.
    pub(crate) authentication: Option<&'r [u8]>,
    /// `requestContext.authorizer`: a JSON document.
    pub(crate) authorizer: Option<&'r [u8]>,
    /// Content-Length is shown whether the client sent it or not (fact H15).
    pub(crate) shows_length: bool,
    /// W3C's trace headers in place of the client's, where they are ours to write.
    pub(crate) w3c: Option<&'r W3cFields<'r>>,
    /// `pathParameters`
    pub(crate) path_parameters: &'r [(&'r [u8], &'r [u8])],
    /// `stageVariables`
    pub(crate) stage_variables: &'r [(&'r [u8], &'r [u8])],
}

/// Writes the event of a request with this content. `trace` is the trace header that the function gets, of which the event shows
/// the Root.
pub(crate) fn write(
    core: &Core,
    arrival: &Arrival<'_>,
    about: &About<'_>,
    trace: &[u8],
    content: &[u8],
    out: &mut Vec<u8>,
) {
    let query = arrival.head.query().unwrap_or_default();
    out.reserve(FRAME_BYTES + content.len() + content.len() / 2);
    text(b"{\"version\":\"2.0\",\"routeKey\":", about.route_key.as_bytes(), out);
    text(b",\"rawPath\":", about.raw_path, out);
    text(b",\"rawQueryString\":", query, out);
    write_cookies(arrival, out);
    out.extend_from_slice(b",\"headers\":");
    let length = about.shows_length.then_some(content.len());
    headers(arrival, (crate::respond::trace_root(trace), about.w3c), Cookies::Apart, length).write_joined(out);
    write_query(query, out);
    out.extend_from_slice(b",\"requestContext\":");
    write_context(core, arrival, about, out);
    let is_text = content.is_empty() || is_text(arrival);
    if is_text && !content.is_empty() {
        text(b",\"body\":", content, out);
    } else if !content.is_empty() {
        out.extend_from_slice(b",\"body\":\"");
        encode_base64(content, out);
        out.push(b'"');
    }
    texts(b",\"pathParameters\":", about.path_parameters, out);
    texts(b",\"stageVariables\":", about.stage_variables, out);
    out.extend_from_slice(if is_text { b",\"isBase64Encoded\":false}" } else { b",\"isBase64Encoded\":true}" });
}

/// Appends a key and its text.
pub(super) fn text(key: &[u8], value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(key);
    json::string(value, out);
}

/// Appends a key and an object of texts, unless that would be empty.
pub(super) fn texts(key: &[u8], members: &[(&[u8], &[u8])], out: &mut Vec<u8>) {
    if !members.is_empty() {
        out.extend_from_slice(key);
        object(members.iter().copied(), out, json::string);
    }
}

pub(super) fn write_cookies(arrival: &Arrival<'_>, out: &mut Vec<u8>) {
    let mut is_empty = true;
    for cookie in cookies(arrival) {
        out.extend_from_slice(if is_empty { b",\"cookies\":[" } else { b"," });
        is_empty = false;
        json::string(cookie, out);
    }
    if !is_empty {
        out.push(b']');
    }
}

/// The query, decoded: names in alphabetical order, values of one name joined (fact H16).
pub(super) fn write_query(query: &[u8], out: &mut Vec<u8>) {
    let mut pairs = Pairs::default();
    for (name, value) in query_pairs(query) {
        pairs.push(form_decode(name), form_decode(value));
    }
    let groups = pairs.into_sorted();
    if !groups.is_empty() {
        out.extend_from_slice(b",\"queryStringParameters\":");
        groups.write_joined(out);
    }
}

/// `requestContext`.
pub(super) fn write_context(core: &Core, arrival: &Arrival<'_>, about: &About<'_>, out: &mut Vec<u8>) {
    let head = arrival.head;
    text(b"{\"accountId\":", about.account_id.as_bytes(), out);
    text(b",\"apiId\":", about.api_id.as_bytes(), out);
    for (key, document) in
        [(&b",\"authentication\":"[..], about.authentication), (b",\"authorizer\":", about.authorizer)]
    {
        if let Some(document) = document {
            out.extend_from_slice(key);
            out.extend_from_slice(document);
        }
    }
    text(b",\"domainName\":", about.domain_name.as_bytes(), out);
    text(b",\"domainPrefix\":", about.domain_name.split('.').next().unwrap_or_default().as_bytes(), out);
    text(b",\"http\":{\"method\":", head.method(), out);
    text(b",\"path\":", about.raw_path, out);
    text(b",\"protocol\":", arrival.protocol.name().as_bytes(), out);
    let mut address = core.buffers.take();
    arrival.write_source_ip(&mut address);
    text(b",\"sourceIp\":", &address, out);
    core.buffers.give(address);
    text(b",\"userAgent\":", head.find(Known::UserAgent).map_or(b"", |field| field.value), out);
    text(b"},\"requestId\":", arrival.ids.request(), out);
    text(b",\"routeKey\":", about.route_key.as_bytes(), out);
    text(b",\"stage\":", about.stage.as_bytes(), out);
    out.extend_from_slice(b",\"time\":\"");
    core.dates.request_time(arrival.wall, out);
    out.extend_from_slice(b"\",\"timeEpoch\":");
    encode::decimal(out, arrival.wall.epoch_ms);
    out.push(b'}');
}

/// Whether content is text: by these media types alone, whatever is in it (facts 99 and H19).
pub(crate) fn is_text(arrival: &Arrival<'_>) -> bool {
    let value = arrival.head.find(Known::ContentType).map_or(&b""[..], |field| field.value);
    is_text_type(value.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii())
}

fn is_text_type(media_type: &[u8]) -> bool {
    let whole = [&b"application/json"[..], b"application/javascript", b"application/xml"];
    let is_text = media_type.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"text/"));
    is_text || whole.iter().any(|text| text.eq_ignore_ascii_case(media_type))
}

#[cfg(test)]
mod tests {
    use super::is_text_type;

    #[test]
    fn fact_99_few_media_types_are_text() {
        for (media_type, expected) in [
            ("text/plain", true),
            ("Text/HTML", true),
            ("application/json", true),
            ("application/javascript", true),
            ("application/XML", true),
            ("application/x-www-form-urlencoded", false),
            ("multipart/form-data", false),
            ("application/octet-stream", false),
            ("image/svg+xml", false),
            ("text", false),
            ("", false),
        ] {
            assert_eq!(is_text_type(media_type.as_bytes()), expected, "{media_type}");
        }
    }
}
