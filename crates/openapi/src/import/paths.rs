//! `paths`: every path item becomes a resource with its methods.

use std::collections::HashMap;

use stagegate_model::rest::{HttpMethod, Method};

use super::{
    basepath::{self, BasePath},
    descriptions, extensions, operation, parameters,
    reference::resolve,
    scope::Scope,
    tree::Tree,
};
use crate::{
    definition::PathDefinition,
    document::{Cursor, Value, excerpt},
    error::ImportError,
};

/// The paths read so far, each once.
#[derive(Default)]
struct Paths {
    definitions: Vec<PathDefinition>,
    index: HashMap<String, usize>,
}

impl Paths {
    fn methods(&mut self, path: String) -> &mut Vec<Method> {
        let next = self.definitions.len();
        let index = *self.index.entry(path.clone()).or_insert(next);
        if index == next {
            self.definitions.push(PathDefinition { path, methods: Vec::new() });
        }
        &mut self.definitions[index].methods
    }
}

pub(super) fn read(scope: &mut Scope<'_>) -> Result<Vec<PathDefinition>, ImportError> {
    let base = basepath::read(scope)?;
    let mut tree = Tree::new();
    let mut paths = Paths::default();
    if !base.parts.is_empty() {
        tree.add(&base.parts, base.place, scope.limits)?;
        paths.methods(joined(&base.parts));
    }
    let Some(declared) = scope.root.get("paths") else { return Ok(paths.definitions) };
    for (path, item) in declared.members()? {
        if path.starts_with("x-") {
            continue;
        }
        let parts = parts(scope, &base, path, item)?;
        tree.add(&parts, item, scope.limits)?;
        let path = joined(&parts);
        let methods = paths.methods(path.clone());
        read_item(scope, &path, item, methods)?;
    }
    Ok(paths.definitions)
}

/// The parts of a declared path below the base path.
fn parts<'d>(
    scope: &mut Scope<'d>,
    base: &BasePath<'_>,
    path: &str,
    item: Cursor<'d>,
) -> Result<Vec<String>, ImportError> {
    let Some(rest) = path.strip_prefix('/') else {
        let message = format!("the path {:?} does not begin with a slash", excerpt(path));
        return Err(item.error(message, "a path such as /pets/{id}"));
    };
    let trimmed = rest.strip_suffix('/').unwrap_or(rest);
    if trimmed.len() < rest.len() {
        scope.warn(item, format!("the slash at the end of {:?} has no meaning and is dropped", excerpt(path)));
    }
    scope.repeat(item, base.weight())?;
    let mut parts = base.parts.clone();
    if !rest.is_empty() {
        parts.extend(trimmed.split('/').map(str::to_owned));
    }
    Ok(parts)
}

fn joined(parts: &[String]) -> String {
    format!("/{}", parts.join("/"))
}

fn read_item<'d>(
    scope: &mut Scope<'d>,
    path: &str,
    item: Cursor<'d>,
    methods: &mut Vec<Method>,
) -> Result<(), ImportError> {
    let item = resolve(scope, item)?;
    if matches!(item.value(), Value::Null) {
        return Ok(());
    }
    extensions::check(scope, item, &["any-method"])?;
    let shared = parameters::read_shared(scope, item)?;
    for (key, member) in item.members()? {
        let Some(verb) = verb(key) else {
            if key == "trace" {
                scope.warn(member, "TRACE is no verb of a REST API; the operation is ignored");
            }
            continue;
        };
        if methods.iter().any(|method| method.http_method == Some(verb)) {
            let message = format!("the method {verb} of {} is defined twice", excerpt(path));
            return Err(member.error(message, "each verb once for each path"));
        }
        methods.push(operation::read(scope, path, verb, member, &shared)?);
    }
    descriptions::of_path(scope, path, item)
}

/// The verb of a path item's key.
pub(super) fn verb(key: &str) -> Option<HttpMethod> {
    if key == "x-amazon-apigateway-any-method" {
        return Some(HttpMethod::Any);
    }
    let named = HttpMethod::ALL.iter().copied().filter(|verb| *verb != HttpMethod::Any);
    named.into_iter().find(|verb| verb.as_str().eq_ignore_ascii_case(key))
}
