//! What browsers are told about requests from other origins, where a configuration says it (Fetch standard, "CORS protocol").

use stagegate_http1::Known;
use stagegate_plan::CorsPlan;

use crate::accept::Arrival;
use crate::respond::ReplyHead;

/// The headers that a configuration writes: whoever else sets one of them is overruled.
const HEADERS: [&[u8]; 6] = [
    b"access-control-allow-origin",
    b"access-control-allow-methods",
    b"access-control-allow-headers",
    b"access-control-allow-credentials",
    b"access-control-expose-headers",
    b"access-control-max-age",
];

/// Whether a header is a configuration's to write.
pub(crate) fn is_ours(name: &[u8]) -> bool {
    HEADERS.iter().any(|header| header.eq_ignore_ascii_case(name))
}

/// Whether a browser asks if it may send another request.
pub(crate) fn is_preflight(arrival: &Arrival<'_>) -> bool {
    let has = |known| arrival.head.find(known).is_some();
    arrival.head.method() == b"OPTIONS" && has(Known::Origin) && has(Known::AccessControlRequestMethod)
}

/// Says who may read this answer. An origin that is not allowed is told nothing, which is what stops a browser.
pub(crate) fn allow(cors: &CorsPlan, arrival: &Arrival<'_>, head: &mut ReplyHead) {
    if allow_origin(cors, arrival, head) && !cors.exposed.is_empty() {
        head.push(b"Access-Control-Expose-Headers", cors.exposed.as_bytes());
    }
}

/// Answers a preflight request.
pub(crate) fn answer_preflight(cors: &CorsPlan, arrival: &Arrival<'_>, head: &mut ReplyHead) {
    if !allow_origin(cors, arrival, head) {
        return;
    }
    let asked = |known| arrival.head.find(known).map_or(&b""[..], |field| field.value);
    let lists: [(&[u8], &str, Known); 2] = [
        (b"Access-Control-Allow-Methods", &cors.methods, Known::AccessControlRequestMethod),
        (b"Access-Control-Allow-Headers", &cors.headers, Known::AccessControlRequestHeaders),
    ];
    for (name, list, request) in lists {
        let is_any = list.split(',').any(|one| one == "*");
        // With credentials, `*` would be taken for a name; what was asked for says the same.
        let value = if is_any && cors.has_credentials { asked(request) } else { list.as_bytes() };
        if !value.is_empty() {
            head.push(name, value);
        }
    }
    if let Some(age) = cors.max_age_s {
        head.push(b"Access-Control-Max-Age", age.to_string().as_bytes());
    }
}

/// Whether an answer says already that it depends on the origin: a back end's does, or one from the cache.
fn varies_by_origin(head: &ReplyHead) -> bool {
    let is_origin =
        |member: &[u8]| matches!(member.trim_ascii(), b"*") || member.trim_ascii().eq_ignore_ascii_case(b"origin");
    let mut vary = head.fields().filter(|(name, _)| name.eq_ignore_ascii_case(b"vary"));
    vary.any(|(_, value)| value.split(|byte| *byte == b',').any(is_origin))
}

/// Names the origin that may read the answer, if there is one.
fn allow_origin(cors: &CorsPlan, arrival: &Arrival<'_>, head: &mut ReplyHead) -> bool {
    let is_any = cors.is_open() && !cors.has_credentials;
    if !is_any && !varies_by_origin(head) {
        head.push(b"Vary", b"Origin");
    }
    let Some(origin) = arrival.head.find(Known::Origin).map(|field| field.value) else { return false };
    if !cors.allows(origin) {
        return false;
    }
    head.push(b"Access-Control-Allow-Origin", if is_any { b"*" } else { origin });
    if cors.has_credentials {
        head.push(b"Access-Control-Allow-Credentials", b"true");
    }
    true
}
