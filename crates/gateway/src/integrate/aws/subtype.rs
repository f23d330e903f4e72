//! The operations of services that HTTP APIs call by name: the request is put together from mapped parameters.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use stagegate_http1::encode;
use stagegate_mapping::Body;
use stagegate_plan::{ParameterForm, ServiceProtocol, ServiceTarget, SubtypeParameter, SubtypePlan, SubtypeWire, Verb};
use stagegate_sigv4::Credentials;
use tokio::time::Instant;

use super::request::{API_ID_HEADER, Place, signed, write_prefix};
use super::service::{credentials, sent};
use crate::accept::{Exchange, Payload, Want, gather};
use crate::core::Core;
use crate::integrate::configuration_error;
use crate::integrate::edits::{Values, Writing, body};
use crate::integrate::http::{Request, write_trace};
use crate::integrate::values::{Lookup, is_dot_segment, percent_encode};
use crate::observe::{IntegrationNote, Notes, log_request_body, micros};
use crate::refusal::Refusal;
use crate::respond::Answer;
use crate::route::Routed;

/// A parameter with the value that this request gives it.
type Given<'p> = (&'p SubtypeParameter, Vec<u8>);

/// Calls the operation and begins its answer.
pub(crate) async fn invoke<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    routed: &Routed<'_>,
    held: Option<Payload>,
    plan: &SubtypePlan,
    notes: &Notes,
) -> Result<Answer, Refusal> {
    let target = routed.addressed.stage.service(routed.id).ok_or_else(configuration_error)?;
    let target = target.as_ref().map_err(|_unbound| configuration_error())?;
    // The client's content is read in any case: its connection is used again.
    let payload = gather(core, exchange, held, Want::Whole).await?;
    log_request_body(notes, routed, &payload.bytes);
    let nothing = Body::default();
    let lookup = Lookup { core, routed, notes, body: &nothing };
    let given = given(lookup, plan, &payload.bytes)?;
    let started = Instant::now();
    let deadline = started + Duration::from_millis(u64::from(plan.call.timeout_ms));
    let (watchdog, presence) = exchange.watched();
    let mut status = None;
    let called = async {
        let elsewhere = core.config.aws.endpoints.find(&target.service, target.subdomain.as_deref());
        let credentials = credentials(lookup, watchdog, target, elsewhere.is_some(), deadline).await?;
        let place = Place { target, elsewhere };
        let request = request(lookup, plan, place, &given, &credentials)?;
        sent(lookup, watchdog, &plan.call, place, request, deadline, &mut status).await
    };
    let answer = presence.during(called).await;
    notes.integration.set(Some(IntegrationNote { status, latency_us: micros(started.elapsed()) }));
    answer
}

/// The parameters that have a value.
fn given<'p>(lookup: Lookup<'_>, plan: &'p SubtypePlan, content: &[u8]) -> Result<Vec<Given<'p>>, Refusal> {
    let searched = body(lookup.core, content);
    let values = Values::of_request(lookup, content, &searched);
    let mut given = Vec::with_capacity(plan.parameters.len());
    for parameter in &plan.parameters {
        if let Some(value) = values.value(&parameter.value, Writing::Plain)? {
            given.push((parameter, value));
        }
    }
    Ok(given)
}

/// Writes the request.
fn request(
    lookup: Lookup<'_>,
    plan: &SubtypePlan,
    place: Place<'_>,
    given: &[Given<'_>],
    credentials: &Credentials,
) -> Result<Request, Refusal> {
    let mut target = Vec::new();
    write_prefix(place, &mut target);
    let (verb, content) = match &plan.wire {
        SubtypeWire::Path(template) => {
            write_path(template, given, &mut target)?;
            (Verb::Get, Vec::new())
        }
        wire => {
            target.push(b'/');
            (Verb::Post, content(plan, wire, place.target, given))
        }
    };
    let mut fields = Vec::new();
    let endpoint = place.elsewhere.map_or(&place.target.endpoint, |endpoint| endpoint);
    encode::field(&mut fields, b"Host", endpoint.authority.as_bytes());
    match &place.target.protocol {
        ServiceProtocol::Json(json) => {
            encode::field(&mut fields, b"X-Amz-Target", json.target.as_bytes());
            encode::field(&mut fields, b"Content-Type", json.content_type.as_bytes());
        }
        ServiceProtocol::Query { .. } => {
            encode::field(&mut fields, b"Content-Type", b"application/x-www-form-urlencoded");
        }
        ServiceProtocol::Rest => {}
    }
    let api = &lookup.routed.addressed.stage.api.id;
    encode::field(&mut fields, b"User-Agent", format!("AmazonAPIGateway_{api}").as_bytes());
    write_trace(lookup, &mut fields);
    encode::field(&mut fields, API_ID_HEADER, api.as_bytes());
    signed(lookup, verb, (&target, &fields, &content), place.target, credentials)
}

fn content(plan: &SubtypePlan, wire: &SubtypeWire, target: &ServiceTarget, given: &[Given<'_>]) -> Vec<u8> {
    match wire {
        SubtypeWire::Json { entries } => json(*entries, given),
        SubtypeWire::Form | SubtypeWire::Path(_) => form(plan.action, target, given),
    }
}

/// The parameters as JSON.
fn json(entries: Option<&str>, given: &[Given<'_>]) -> Vec<u8> {
    let members =
        given.iter().map(|(parameter, value)| (parameter.wire_name.to_owned(), member(parameter.form, value)));
    let object = Value::Object(members.collect());
    match entries {
        Some(list) => Value::Object(Map::from_iter([(list.to_owned(), Value::Array(vec![object]))])),
        None => object,
    }
    .to_string()
    .into_bytes()
}

fn member(form: ParameterForm, value: &[u8]) -> Value {
    let text = || Value::String(String::from_utf8_lossy(value).into_owned());
    let read = || serde_json::from_slice::<Value>(value).ok();
    match form {
        ParameterForm::Text => text(),
        ParameterForm::Integer | ParameterForm::Time => read().filter(Value::is_number).unwrap_or_else(text),
        ParameterForm::Bytes if is_base64(value) => text(),
        ParameterForm::Bytes => Value::String(STANDARD.encode(value)),
        ParameterForm::Texts => read().filter(Value::is_array).unwrap_or_else(|| Value::Array(vec![text()])),
        ParameterForm::Attributes => read().unwrap_or_else(text),
    }
}

/// Whether text is base64 already, with its padding.
fn is_base64(value: &[u8]) -> bool {
    !value.is_empty() && STANDARD.decode(value).is_ok()
}

/// The parameters as a form of AWS's Query protocol.
fn form(action: &str, target: &ServiceTarget, given: &[Given<'_>]) -> Vec<u8> {
    let mut out = format!("Action={action}").into_bytes();
    if let ServiceProtocol::Query { version } = &target.protocol {
        pair("Version", version.as_bytes(), &mut out);
    }
    for (parameter, value) in given {
        let name = parameter.wire_name;
        match (parameter.form, serde_json::from_slice::<Value>(value)) {
            (ParameterForm::Texts, Ok(Value::Array(items))) => {
                for (index, item) in items.iter().enumerate() {
                    pair(&format!("{name}.{}", index + 1), plain(item).as_bytes(), &mut out);
                }
            }
            (ParameterForm::Texts, _) => pair(&format!("{name}.1"), value, &mut out),
            (ParameterForm::Attributes, Ok(Value::Object(attributes))) => {
                for (index, (attribute, value)) in attributes.iter().enumerate() {
                    let at = format!("{name}.{}", index + 1);
                    pair(&format!("{at}.Name"), attribute.as_bytes(), &mut out);
                    for (member, value) in value.as_object().into_iter().flatten() {
                        pair(&format!("{at}.Value.{member}"), plain(value).as_bytes(), &mut out);
                    }
                }
            }
            _ => pair(name, value, &mut out),
        }
    }
    out
}

fn pair(name: &str, value: &[u8], out: &mut Vec<u8>) {
    out.push(b'&');
    percent_encode(name.as_bytes(), out);
    out.push(b'=');
    percent_encode(value, out);
}

/// A text as it is, anything else as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Fills a path's `{Name}`s; parameters that are not in it become its query.
///
/// # Errors
/// A parameter of the path has no value, or one that would lead elsewhere.
fn write_path(template: &str, given: &[Given<'_>], out: &mut Vec<u8>) -> Result<(), Refusal> {
    let value_of = |name: &str| given.iter().find(|(parameter, _)| parameter.name == name).map(|(_, value)| value);
    for segment in template.split('/').skip(1) {
        out.push(b'/');
        match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => {
                let value = value_of(name).filter(|value| !value.is_empty() && !is_dot_segment(value));
                percent_encode(value.ok_or_else(configuration_error)?, out);
            }
            None => out.extend_from_slice(segment.as_bytes()),
        }
    }
    let mut mark = b'?';
    for (parameter, value) in
        given.iter().filter(|(parameter, _)| !template.contains(&format!("{{{}}}", parameter.name)))
    {
        out.push(mark);
        mark = b'&';
        out.extend_from_slice(parameter.wire_name.as_bytes());
        out.push(b'=');
        percent_encode(value, out);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(name: &'static str, form: ParameterForm) -> SubtypeParameter {
        SubtypeParameter { name, wire_name: name, form, value: Box::default() }
    }

    #[test]
    fn values_have_the_form_of_their_parameter() {
        use ParameterForm::{Attributes, Bytes, Integer, Text, Texts, Time};
        for (form, value, expected) in [
            (Text, "7", r#""7""#),
            (Integer, "7", "7"),
            (Integer, "x", r#""x""#),
            (Time, "1700000000.5", "1700000000.5"),
            (Time, "2026-11-22T00:00:00Z", r#""2026-11-22T00:00:00Z""#),
            (Bytes, "rex", r#""cmV4""#),
            (Bytes, "cmV4", r#""cmV4""#),
            (Bytes, "", r#""""#),
            (Texts, "a", r#"["a"]"#),
            (Texts, r#"["a","b"]"#, r#"["a","b"]"#),
            (Attributes, r#"{"a":{"DataType":"String"}}"#, r#"{"a":{"DataType":"String"}}"#),
        ] {
            assert_eq!(member(form, value.as_bytes()).to_string(), expected, "{form:?} {value}");
        }
    }

    #[test]
    fn a_path_is_filled_and_the_rest_is_its_query() {
        let (app, client) = (parameter("App", ParameterForm::Text), parameter("client_id", ParameterForm::Text));
        let written = |value: &str| {
            let given = [(&app, value.as_bytes().to_vec()), (&client, b"me & you".to_vec())];
            let mut out = Vec::new();
            write_path("/apps/{App}/x", &given, &mut out).map(|()| String::from_utf8(out).expect("text"))
        };
        assert_eq!(written("a/b?c").as_deref(), Ok("/apps/a%2Fb%3Fc/x?client_id=me%20%26%20you"));
        for value in ["", ".", "..", "..;x"] {
            assert!(written(value).is_err(), "{value}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_value_adds_a_pair_to_a_form(value in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40)) {
            let text = parameter("Body", ParameterForm::Text);
            let mut out = Vec::new();
            pair(text.wire_name, &value, &mut out);
            let marks = |mark: u8| out.split(|byte| *byte == mark).count() - 1;
            proptest::prop_assert_eq!((marks(b'&'), marks(b'=')), (1, 1));
        }
    }
}
