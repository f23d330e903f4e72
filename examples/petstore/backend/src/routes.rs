//! The back end's routes: one function from a request to an answer.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use serde_json::{Value, json};

use crate::shelter::Shelter;

/// The largest request body that is read; a pet is far smaller.
const BODY_LIMIT_BYTES: usize = 64 * 1024;

type Answer = Response<Full<Bytes>>;

/// Reads the body, then answers; a body that is too large or breaks off is a 400.
pub(crate) async fn answer(shelter: &Mutex<Shelter>, request: Request<Incoming>) -> Answer {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_LIMIT_BYTES).collect().await else {
        return problem(StatusCode::BAD_REQUEST, "the body could not be read");
    };
    let mut shelter = shelter.lock().unwrap_or_else(PoisonError::into_inner);
    route(&mut shelter, &head, &body.to_bytes())
}

fn route(shelter: &mut Shelter, head: &http::request::Parts, body: &[u8]) -> Answer {
    let path: Vec<&str> = head.uri.path().trim_matches('/').split('/').collect();
    match (&head.method, path.as_slice()) {
        (&Method::GET, ["pets"]) => {
            let kind = query_value(head.uri.query().unwrap_or_default(), "type");
            json_answer(StatusCode::OK, &json!(shelter.list(kind)))
        }
        (&Method::POST, ["pets"]) => match parse_pet(body) {
            Some(pet) => json_answer(StatusCode::CREATED, &shelter.add(&pet)),
            None => problem(StatusCode::BAD_REQUEST, "a pet needs a name and a type"),
        },
        (method, ["pets", id]) => one_pet(shelter, method, id, body),
        (&Method::GET, ["inventory"]) => {
            let caller = head.headers.get("x-source").and_then(|v| v.to_str().ok());
            let answer = json!({"asked_by": caller, "counts": shelter.inventory()});
            json_answer(StatusCode::OK, &answer)
        }
        (method, ["store", rest @ ..]) => {
            let answer = json!({"method": method.as_str(), "path": rest.join("/")});
            json_answer(StatusCode::OK, &answer)
        }
        _ => problem(StatusCode::NOT_FOUND, "no such page"),
    }
}

fn one_pet(shelter: &mut Shelter, method: &Method, id: &str, body: &[u8]) -> Answer {
    let Ok(id) = id.parse() else {
        return problem(StatusCode::NOT_FOUND, "no such pet");
    };
    let found = match *method {
        Method::GET => shelter.get(id),
        Method::PUT => match parse_pet(body) {
            Some(pet) => shelter.replace(id, &pet),
            None => return problem(StatusCode::BAD_REQUEST, "a pet needs a name and a type"),
        },
        Method::DELETE => shelter.remove(id).then(|| json!({"deleted": id})),
        _ => return problem(StatusCode::METHOD_NOT_ALLOWED, "GET, PUT or DELETE"),
    };
    match found {
        Some(pet) => json_answer(StatusCode::OK, &pet),
        None => problem(StatusCode::NOT_FOUND, "no such pet"),
    }
}

/// The value of a query parameter as it was sent; kinds of pets need no decoding.
fn query_value<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').filter_map(|pair| pair.split_once('=')).find_map(|(key, value)| (key == name).then_some(value))
}

fn parse_pet(body: &[u8]) -> Option<Value> {
    let pet: Value = serde_json::from_slice(body).ok()?;
    (pet["name"].is_string() && pet["type"].is_string()).then_some(pet)
}

fn problem(status: StatusCode, message: &str) -> Answer {
    json_answer(status, &json!({"message": message}))
}

fn json_answer(status: StatusCode, body: &Value) -> Answer {
    Response::builder()
        .status(status)
        .header("Content-Type", "application/json")
        .body(Full::from(body.to_string()))
        .expect("a status and a constant header always form a response")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn send(shelter: &mut Shelter, method: &str, target: &str, body: &str) -> u16 {
        let request = Request::builder().method(method).uri(target);
        let (head, ()) = request.body(()).unwrap().into_parts();
        route(shelter, &head, body.as_bytes()).status().as_u16()
    }

    #[test]
    fn every_route_answers_with_its_status() {
        let pet = r#"{"name":"Ada","type":"cat"}"#;
        let table = [
            ("GET", "/pets", "", 200),
            ("GET", "/pets?type=dog", "", 200),
            ("POST", "/pets", pet, 201),
            ("POST", "/pets", r#"{"name":"nobody"}"#, 400),
            ("POST", "/pets", "not JSON", 400),
            ("GET", "/pets/1", "", 200),
            ("GET", "/pets/99", "", 404),
            ("GET", "/pets/one", "", 404),
            ("PUT", "/pets/1", pet, 200),
            ("PATCH", "/pets/1", pet, 405),
            ("DELETE", "/pets/1", "", 200),
            ("DELETE", "/pets/1", "", 404),
            ("GET", "/inventory", "", 200),
            ("LINK", "/store/a/b", "", 200),
            ("GET", "/", "", 404),
        ];
        let mut shelter = Shelter::with_first_pets();
        for (method, target, body, status) in table {
            let answered = send(&mut shelter, method, target, body);
            assert_eq!(answered, status, "{method} {target}");
        }
    }

    #[test]
    fn a_query_value_is_found_by_its_whole_name() {
        assert_eq!(query_value("subtype=a&type=cat", "type"), Some("cat"));
        assert_eq!(query_value("types=cat", "type"), None);
    }
}
