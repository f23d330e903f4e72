//! What every language says of an API: the one model that all of them are written from.

use std::collections::{BTreeMap, BTreeSet};

use stagegate_model::rest::frozen::FrozenApi;
use stagegate_model::rest::{HttpMethod, Method};

use crate::name;

/// The header that API keys are sent in.
pub(crate) const API_KEY_HEADER: &str = "x-api-key";

/// What a client calls: the stage, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The API's name, for readers.
    pub title: String,
    /// The stage's name.
    pub stage: String,
    /// The stage's URL, without a slash at its end.
    pub endpoint: String,
    /// The region that requests are signed for.
    pub region: String,
}

/// One method of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// The method's name in camel case, unlike every other's of its client, whatever the letter case.
    pub name: String,
    /// The verb, never `ANY`.
    pub verb: &'static str,
    /// The resource's path, with `{name}` and `{name+}`.
    pub path: String,
    /// Parameters of the query.
    pub query_parameters: Vec<String>,
    /// Headers.
    pub headers: Vec<String>,
    /// What a call must give: every parameter of the path, and what is required of the others.
    pub required: Vec<String>,
}

/// A client to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Where it goes.
    pub target: Target,
    /// Its methods, by path and verb.
    pub operations: Vec<Operation>,
}

impl Client {
    /// The client of what a deployment froze. A method `ANY` becomes one for each verb that its resource lacks.
    pub fn new(frozen: &FrozenApi, mut target: Target) -> Self {
        target.title = plain(&target.title);
        let mut resources: Vec<_> = frozen.resources.iter().collect();
        resources.sort_by(|a, b| a.path.cmp(&b.path));
        let mut taken = BTreeSet::new();
        let mut operations = Vec::new();
        for resource in resources {
            let here = frozen.methods.iter().filter(|method| method.resource_id == resource.id);
            let by_verb: BTreeMap<_, _> = here.filter_map(|one| Some((one.method.http_method?, &one.method))).collect();
            for (verb, method, own) in each_verb(&by_verb) {
                let name = name::of(own, &resource.path, verb.as_str());
                operations.push(operation(name::distinct(name, &mut taken), verb, &resource.path, method));
            }
        }
        Self { target, operations }
    }
}

/// Each verb with the method that serves it, and the name the method was given. The name of `ANY` cannot be that of all.
fn each_verb<'a>(methods: &BTreeMap<HttpMethod, &'a Method>) -> Vec<(HttpMethod, &'a Method, Option<&'a str>)> {
    let verbs = HttpMethod::ALL.iter().copied().filter(|verb| *verb != HttpMethod::Any);
    let any = methods.get(&HttpMethod::Any).copied();
    let one = |verb| match methods.get(&verb) {
        Some(method) => Some((verb, *method, method.operation_name.as_deref())),
        None => Some((verb, any?, None)),
    };
    verbs.filter_map(one).collect()
}

fn operation(name: String, verb: HttpMethod, path: &str, method: &Method) -> Operation {
    let declared = method.request_parameters.iter().flatten();
    let declared: Vec<_> = declared
        .filter_map(|(source, required)| {
            let (place, name) = source.strip_prefix("method.request.")?.split_once('.')?;
            Some((place, name, *required))
        })
        .collect();
    let of = |places: &[&str]| -> Vec<String> {
        let found = declared.iter().filter(|(place, ..)| places.contains(place));
        distinct(found.map(|(_, name, _)| (*name).to_owned()))
    };
    let required = declared.iter().filter(|(place, _, required)| *required && *place != "path");
    let required = placeholders(path).chain(required.map(|(_, name, _)| (*name).to_owned()));
    Operation {
        name,
        verb: verb.as_str(),
        path: path.to_owned(),
        query_parameters: of(&["querystring", "multivaluequerystring"]),
        headers: of(&["header", "multivalueheader"]),
        required: distinct(required),
    }
}

fn placeholders(path: &str) -> impl Iterator<Item = String> {
    let inside = path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    inside.map(|name| name.trim_end_matches('+').to_owned())
}

fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    names.filter(|name| seen.insert(name.clone())).collect()
}

/// What can stand in any language's comment, on one line.
fn plain(text: &str) -> String {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c)));
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
