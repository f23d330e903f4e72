//! Parameters: which names a method takes from path, query and headers, and the body of Swagger 2.0.

use indexmap::IndexMap;
use stagegate_model::rest::FlagMap;

use super::{reference::resolve, scope::Scope};
use crate::{
    document::{Cursor, excerpt},
    error::ImportError,
};

/// Parameters by place and name; a later one overrides an earlier one.
#[derive(Clone, Default)]
pub(super) struct Parameters<'d> {
    /// `method.request.{path,querystring,header}.{name}` to "is required".
    pub(super) request: FlagMap,
    /// The schema of the body parameter.
    pub(super) body: Option<Cursor<'d>>,
}

/// The parameters that all operations of a path item share.
pub(super) fn read_shared<'d>(scope: &mut Scope<'d>, item: Cursor<'d>) -> Result<Parameters<'d>, ImportError> {
    read(scope, item, &Parameters::default())
}

/// The parameters of an operation on top of the shared ones.
pub(super) fn read<'d>(
    scope: &mut Scope<'d>,
    place: Cursor<'d>,
    shared: &Parameters<'d>,
) -> Result<Parameters<'d>, ImportError> {
    let mut parameters = shared.clone();
    let Some(list) = place.get("parameters") else { return Ok(parameters) };
    let mut seen = IndexMap::new();
    for item in list.items()? {
        let parameter = resolve(scope, item)?;
        let member = |key: &str| {
            let found = parameter.get(key);
            found.ok_or_else(|| {
                parameter.error(format!("the parameter has no {key:?}"), "a parameter with `name` and `in`")
            })
        };
        let (name, location) = (member("name")?.text()?, member("in")?.text()?);
        if seen.insert((name, location), ()).is_some() {
            let message = format!("the parameter {:?} is declared twice; the later counts", excerpt(name));
            scope.warn(item, message);
        }
        add(scope, &mut parameters, parameter, name, location)?;
    }
    Ok(parameters)
}

fn add<'d>(
    scope: &mut Scope<'d>,
    parameters: &mut Parameters<'d>,
    parameter: Cursor<'d>,
    name: &str,
    location: &str,
) -> Result<(), ImportError> {
    let required = parameter.get("required").map_or(Ok(false), Cursor::boolean)?;
    let (place, required) = match location {
        "path" => ("path", true),
        "query" => ("querystring", required),
        "header" => ("header", required),
        "body" => {
            parameters.body = parameter.get("schema");
            return Ok(());
        }
        "cookie" | "formData" => {
            let message = format!("parameters in {location} are not supported: {:?} is ignored", excerpt(name));
            scope.warn(parameter, message);
            return Ok(());
        }
        _ => {
            let message = format!("{:?} is no place of a parameter", excerpt(location));
            return Err(parameter.error(message, "one of path, query, header, cookie, body, formData"));
        }
    };
    parameters.request.insert(format!("method.request.{place}.{name}"), required);
    Ok(())
}
