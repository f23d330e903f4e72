//! Segment documents (AWS X-Ray developer guide, "AWS X-Ray segment documents"), with the members that API Gateway's have (facts L19
//! and L20).

use serde_json::{Map, Value, json};
use stagegate_gateway::{Callee, Failure, Room, Step, StepKind, Trace};

/// The longest name, in characters.
const NAME_CHARACTERS: usize = 200;
/// The longest text of most members, in characters.
const TEXT_CHARACTERS: usize = 250;

/// The segment of a request.
pub(crate) fn document(trace: &Trace) -> Value {
    let api = &trace.stage.api;
    let mut aws = json!({"api_gateway": {
        "account_id": &*api.account, "rest_api_id": &*api.id, "stage": &*trace.stage.name,
        "request_id": &*trace.request.request_id,
    }});
    if let Some(rule) = &trace.rule {
        aws["xray"] = json!({"sampling_rule_name": &**rule});
    }
    let mut segment = json!({
        "id": trace.span_id.to_string(),
        "trace_id": trace.trace_id.xray().to_string(),
        "name": name(&format!("{}/{}", api.name, trace.stage.name)),
        "start_time": seconds(trace.start_us),
        "end_time": seconds(trace.start_us + trace.duration_us),
        "origin": "AWS::ApiGateway::Stage",
        "resource_arn": trace.stage.arn(),
        "http": http(trace),
        "aws": aws,
        "annotations": {"aws:api_id": &*api.id, "aws:api_stage": &*trace.stage.name},
        "metadata": {"default": {
            "extended_request_id": &*trace.request.extended_id, "request_id": &*trace.request.request_id,
        }},
    });
    let members = segment.as_object_mut().expect("the segment is an object");
    if let Some(parent) = trace.parent_id {
        members.insert("parent_id".to_owned(), parent.to_string().into());
    }
    flag(members, trace.response.status);
    if let Some(failure) = &trace.response.failure {
        members.insert("cause".to_owned(), cause(failure));
    }
    let subsegments = subsegments(trace);
    if !subsegments.is_empty() {
        members.insert("subsegments".to_owned(), subsegments.into());
    }
    segment
}

fn http(trace: &Trace) -> Value {
    let request = &trace.request;
    let query = request.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
    let mut described = json!({
        "url": format!("{}://{}{}{query}", request.scheme, request.host, request.path),
        "method": &*request.method,
        "client_ip": request.client.to_string(),
        "x_forwarded_for": request.is_forwarded,
    });
    if let Some(agent) = &request.user_agent {
        described["user_agent"] = cut(agent, TEXT_CHARACTERS).into();
    }
    json!({
        "request": described,
        "response": {"status": trace.response.status, "content_length": trace.response.bytes},
    })
}

/// Why the gateway refused the request.
fn cause(failure: &Failure) -> Value {
    let id = format!("{:016x}", fastrand::u64(1..));
    json!({"exceptions": [{"id": id, "type": failure.kind, "message": cut(&failure.message, TEXT_CHARACTERS)}]})
}

/// The rooms and the calls. The call of an integration stands in place of its room, as on AWS; an authorizer's within its own.
fn subsegments(trace: &Trace) -> Vec<Value> {
    let calls =
        |room: Room| trace.steps.iter().filter(move |step| step.room == room && !matches!(step.kind, StepKind::Room));
    let mut made = Vec::new();
    for step in trace.steps.iter().filter(|step| matches!(step.kind, StepKind::Room)) {
        let inner: Vec<Value> = calls(step.room).map(|call| subsegment(trace, call)).collect();
        if step.room == Room::Integrate && !inner.is_empty() {
            made.extend(inner);
            continue;
        }
        let mut room = subsegment(trace, step);
        if !inner.is_empty() {
            room["subsegments"] = inner.into();
        }
        made.push(room);
    }
    made
}

fn subsegment(trace: &Trace, step: &Step) -> Value {
    let start_us = trace.start_us + step.start_us;
    let mut subsegment = json!({
        "id": step.id.to_string(),
        "start_time": seconds(start_us),
        "end_time": seconds(start_us + step.duration_us),
    });
    let members = subsegment.as_object_mut().expect("the subsegment is an object");
    match &step.kind {
        StepKind::Room => _ = members.insert("name".to_owned(), step.room.name().into()),
        StepKind::Call { callee, status, bytes, request_id } => {
            flag(members, status.unwrap_or(504));
            describe(members, callee, request_id.as_deref());
            if let Some(status) = status {
                members["http"]["response"] = json!({"status": status});
                if let Some(bytes) = bytes {
                    members["http"]["response"]["content_length"] = (*bytes).into();
                }
            }
        }
    }
    subsegment
}

/// Who was called (fact L20). The method of a Lambda subsegment is the one that AWS shows, though Invoke is a POST.
fn describe(members: &mut Map<String, Value>, callee: &Callee, request_id: Option<&str>) {
    let (title, namespace, method, url, aws) = match callee {
        Callee::Function(function) => {
            let url =
                format!("https://lambda.{}.amazonaws.com/2015-03-31/functions/{function}/invocations", function.region);
            let aws = json!({
                "function_name": &*function.name, "region": &*function.region, "operation": "Invoke",
                "resource_names": [&*function.name],
            });
            ("Lambda".to_owned(), "aws", "GET", url, Some(aws))
        }
        Callee::Service { service, region, method, url } => {
            (service_name(service), "aws", *method, url.to_string(), Some(json!({"region": &**region})))
        }
        Callee::Http { authority, method, url } => (name(authority), "remote", *method, url.to_string(), None),
    };
    members.insert("name".to_owned(), title.into());
    members.insert("namespace".to_owned(), namespace.into());
    members.insert("http".to_owned(), json!({"request": {"url": url, "method": method}}));
    if let Some(mut aws) = aws {
        if let Some(id) = request_id {
            aws["request_id"] = id.into();
        }
        members.insert("aws".to_owned(), aws);
    }
}

/// A service's name in traces: upper case, and Step Functions by its own (fact L20).
fn service_name(service: &str) -> String {
    if service == "states" { "STEPFUNCTIONS".to_owned() } else { name(&service.to_ascii_uppercase()) }
}

/// `error`, `throttle` and `fault`, by the status.
fn flag(members: &mut Map<String, Value>, status: u16) {
    let names: &[&str] = match status {
        429 => &["error", "throttle"],
        400..=499 => &["error"],
        500.. => &["fault"],
        _ => &[],
    };
    for name in names {
        members.insert((*name).to_owned(), true.into());
    }
}

/// A name with the characters that one may have.
fn name(text: &str) -> String {
    let is_allowed = |character: &char| {
        character.is_alphanumeric() || character.is_whitespace() || "_.:/%&#=+\\-@".contains(*character)
    };
    text.chars().filter(is_allowed).take(NAME_CHARACTERS).collect()
}

fn cut(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

/// Microseconds as X-Ray counts time: in seconds.
#[expect(clippy::cast_precision_loss, reason = "microseconds since 1970 have 51 bits")]
fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_they_may_not_have() {
        assert_eq!(name("Pets & Müller's (api)/dev"), "Pets & Müllers api/dev");
        assert_eq!(name(&"a".repeat(300)).len(), NAME_CHARACTERS);
        assert_eq!((service_name("states").as_str(), service_name("sqs").as_str()), ("STEPFUNCTIONS", "SQS"));
    }

    #[test]
    fn statuses_are_flagged() {
        for (status, expected) in [
            (200, &[][..]),
            (302, &[]),
            (400, &["error"]),
            (429, &["error", "throttle"]),
            (500, &["fault"]),
            (504, &["fault"]),
        ] {
            let mut members = Map::new();
            flag(&mut members, status);
            assert_eq!(members.keys().collect::<Vec<_>>(), expected, "{status}");
        }
    }

    #[test]
    fn microseconds_stay_exact() {
        assert_eq!(serde_json::to_string(&seconds(1_795_370_400_123_456)).expect("a number"), "1795370400.123456");
    }
}
