//! Parameter mappings of an integration: of its requests, and of its answers by status (facts H51 and H52).

use stagegate_mapping::{HttpDirection, HttpEdit, HttpMapping, HttpTarget, HttpValuePart};
use stagegate_model::http::Integration;
use stagegate_model::rest::StringMap;
use stagegate_plan::Edits;

use crate::finding::{Refusal, Subject};

fn refuse(why: impl Into<String>) -> Refusal {
    Refusal::new(Subject::RequestParameter, why)
}

/// Compiles the mappings of an integration, if it has any. Where it calls an operation of a service, its request parameters are
/// that operation's.
pub(super) fn edits(document: &Integration) -> Result<Option<Box<Edits>>, Refusal> {
    let is_service = document.integration_subtype.is_some();
    let request = document.request_parameters.as_ref().filter(|_| !is_service);
    let request = request.map(|mapped| mappings(HttpDirection::Request, mapped)).transpose()?.unwrap_or_default();
    let mut answers = Vec::new();
    for (status, mapped) in document.response_parameters.iter().flatten() {
        let status = status.parse().map_err(|_| refuse(format!("`{status}` is no status code")))?;
        answers.push((status, mappings(HttpDirection::Response, mapped)?));
    }
    answers.sort_unstable_by_key(|(status, _)| *status);
    let edits = Edits { request, answers: answers.into() };
    Ok((edits != Edits::default()).then(|| Box::new(edits)))
}

/// Compiles mappings in the order they are applied in: what is removed or overwritten goes first, so that what is appended stays.
fn mappings(direction: HttpDirection, mapped: &StringMap) -> Result<Box<[HttpMapping]>, Refusal> {
    let one = |(key, value): (&String, &String)| {
        let mapping = HttpMapping::parse(direction, key, value).map_err(|error| refuse(error.to_string()))?;
        check(&mapping)?;
        Ok(mapping)
    };
    let mut mappings: Vec<HttpMapping> = mapped.iter().map(one).collect::<Result<_, _>>()?;
    mappings.sort_by_key(|mapping| match mapping.target {
        HttpTarget::Header(HttpEdit::Remove, _) | HttpTarget::Query(HttpEdit::Remove, _) => 0,
        HttpTarget::Header(HttpEdit::Append, _) | HttpTarget::Query(HttpEdit::Append, _) => 2,
        _ => 1,
    });
    Ok(mappings.into())
}

/// Refuses fixed values that could never be sent.
fn check(mapping: &HttpMapping) -> Result<(), Refusal> {
    if let HttpTarget::Query(_, name) = &mapping.target
        && name.contains(char::is_control)
    {
        return Err(refuse("the name of a query string has control characters"));
    }
    let [HttpValuePart::Literal(text)] = &*mapping.value else { return Ok(()) };
    match &mapping.target {
        HttpTarget::StatusCode if !text.parse().is_ok_and(|status: u16| (200..=599).contains(&status)) => {
            Err(refuse(format!("`{text}` is no status code from 200 to 599")))
        }
        HttpTarget::Header(_, name) if !crate::parameters::is_field_value(text) => {
            Err(refuse(format!("the value of the header `{name}` has control characters")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn map(entries: &[(&str, &str)]) -> StringMap {
        entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn fact_h52_mappings_of_requests_and_of_each_status() {
        let document = Integration {
            request_parameters: Some(map(&[("append:header.a", "$request.path.id"), ("remove:header.a", "''")])),
            response_parameters: Some(BTreeMap::from([
                ("500".to_owned(), map(&[("overwrite:statuscode", "403")])),
                ("200".to_owned(), map(&[("append:header.b", "x")])),
            ])),
            ..Integration::default()
        };
        let edits = edits(&document).expect("compiled").expect("edits");
        let removed = HttpTarget::Header(HttpEdit::Remove, "a".into());
        assert_eq!((edits.request.len(), &edits.request[0].target), (2, &removed));
        let statuses: Vec<u16> = edits.answers.iter().map(|(status, _)| *status).collect();
        assert_eq!(statuses, [200, 500]);
    }

    #[test]
    fn an_operation_of_a_service_has_no_mappings_of_its_requests() {
        let document = Integration {
            integration_subtype: Some("SQS-PurgeQueue".to_owned()),
            request_parameters: Some(map(&[("QueueUrl", "x")])),
            ..Integration::default()
        };
        assert_eq!(edits(&document), Ok(None));
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        for (status, key, value) in [
            ("200", "overwrite:statuscode", "99"),
            ("200", "overwrite:statuscode", "ok"),
            ("200", "append:header.a", "b\r\nc: d"),
            ("200", "append:header.via", "x"),
            ("ok", "append:header.a", "x"),
        ] {
            let document = Integration {
                response_parameters: Some(BTreeMap::from([(status.to_owned(), map(&[(key, value)]))])),
                ..Integration::default()
            };
            assert!(edits(&document).is_err(), "{status} {key} {value}");
        }
    }
}
