//! `TestInvokeMethod`: a method tried out as it is now, by the rooms of the data plane, without a deployment.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use stagegate_model::keys::ApiScope;
use stagegate_model::rest::{HttpMethod, Method, Resource, StringMap};

use super::{client_certificate, freeze, method, rest_api, variables};
use crate::call::{Call, Reply};
use crate::fault::{Fault, FaultKind};
use crate::input::Input;
use crate::rehearsal::{MethodRehearsal, RehearsalError, Rehearsed, SimulatedRequest};
use crate::transaction::Transaction;
use crate::verbs::{Noun, row_at};

/// What the body of the call says.
#[derive(Debug)]
struct Wish {
    path_with_query: Option<String>,
    body: Option<String>,
    headers: Vec<(String, String)>,
    client_certificate_id: Option<String>,
    stage_variables: Option<StringMap>,
}

/// `POST /restapis/{restapi_id}/resources/{resource_id}/methods/{http_method}`.
pub(crate) async fn invoke(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let wish = read(call)?;
    let (api, rest_api) = rest_api::load(call, transaction).await?;
    let (_, resource) = Resource::load(call, &api, transaction).await?;
    let (verb, method) = tried(call, &api, transaction).await?;
    variables::check(wish.stage_variables.as_ref(), &call.world.quotas)?;
    if let Some(id) = &wish.client_certificate_id {
        client_certificate::must_exist(id, call, transaction).await?;
    }
    if method.method_integration.is_none() {
        return Err(Fault::bad_request("No integration defined for method"));
    }
    let request = SimulatedRequest {
        path_with_query: wish.path_with_query.unwrap_or_else(|| resource.path.clone()),
        headers: wish.headers,
        body: wish.body.unwrap_or_default().into_bytes(),
    };
    let rehearsal = MethodRehearsal {
        api_name: rest_api.name.clone().unwrap_or_default(),
        working_copy: freeze::working_copy(rest_api, resource, method, &api, transaction).await?,
        api,
        verb,
        request,
        stage_variables: wish.stage_variables.unwrap_or_default(),
        client_certificate_id: wish.client_certificate_id,
    };
    let rehearsed = call.world.rehearsal.method(rehearsal).await.map_err(|error| refused(&error))?;
    Ok(Reply::Document(shown(&rehearsed)))
}

fn read(call: &Call) -> Result<Wish, Fault> {
    let mut input = Input::of(call)?;
    let single = input.text_map("headers")?.unwrap_or_default();
    let several = input.texts_map("multiValueHeaders")?.unwrap_or_default();
    let wish = Wish {
        path_with_query: input.text("pathWithQueryString")?.filter(|path| !path.is_empty()),
        body: input.text("body")?,
        headers: merged(single, several),
        client_certificate_id: input.text("clientCertificateId")?.filter(|id| !id.is_empty()),
        stage_variables: input.text_map("stageVariables")?,
    };
    input.finish()?;
    Ok(wish)
}

/// The two maps as one list: a name in both has the values of the list, and the single one if the list lacks it.
pub(crate) fn merged(
    single: BTreeMap<String, String>,
    several: BTreeMap<String, Vec<String>>,
) -> Vec<(String, String)> {
    let listed = |name: &str, value: &str| {
        let mut same = several.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        same.any(|(_, values)| values.iter().any(|other| other == value))
    };
    let alone: Vec<_> = single.into_iter().filter(|(name, value)| !listed(name, value)).collect();
    let pairs = several.into_iter().flat_map(|(name, values)| values.into_iter().map(move |one| (name.clone(), one)));
    alone.into_iter().chain(pairs).collect()
}

/// The verb of the request, and the method that takes it: the resource's own, or its `ANY`.
async fn tried(call: &Call, api: &ApiScope, transaction: &mut Transaction) -> Result<(HttpMethod, Method), Fault> {
    let verb = method::verb(call).ok_or_else(method::missing)?;
    if verb == HttpMethod::Any {
        return Err(Fault::bad_request("Invalid HTTP method specified: ANY. A test request has one verb, such as GET"));
    }
    let resource_id = call.parameter("resource_id");
    if let Some(method) = transaction.get(&api.method(resource_id, verb).to_string()).await? {
        return Ok((verb, method));
    }
    let any = api.method(resource_id, HttpMethod::Any);
    Ok((verb, row_at(transaction, any, method::missing).await?.1))
}

/// What becomes of a test that gave no answer.
pub(crate) fn refused(error: &RehearsalError) -> Fault {
    let kind = match error {
        RehearsalError::Request(_) => FaultKind::BadRequest,
        RehearsalError::Busy => FaultKind::TooManyRequests,
        RehearsalError::Absent => FaultKind::ServiceUnavailable,
    };
    Fault::new(kind, error.to_string())
}

/// `headers` has the last value of a name, `multiValueHeaders` all of them.
fn shown(rehearsed: &Rehearsed) -> Value {
    let mut headers: BTreeMap<&str, &str> = BTreeMap::new();
    let mut all: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in &rehearsed.headers {
        headers.insert(name, value);
        all.entry(name).or_default().push(value);
    }
    json!({
        "status": rehearsed.status,
        "body": String::from_utf8_lossy(&rehearsed.body),
        "headers": headers,
        "multiValueHeaders": all,
        "log": rehearsed.log,
        "latency": rehearsed.latency_ms,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_both_maps_come_once() {
        let single = [("A", "1"), ("b", "2"), ("C", "3")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let several = [("B", vec!["2", "4"]), ("C", vec!["5"]), ("D", vec![])];
        let several = several.map(|(name, values)| (name.to_owned(), values.into_iter().map(str::to_owned).collect()));
        let merged = merged(single.into(), several.into());
        let merged: Vec<_> = merged.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(merged, [("A", "1"), ("C", "3"), ("B", "2"), ("B", "4"), ("C", "5")]);
    }
}
