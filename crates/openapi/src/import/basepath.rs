//! The base path: where a definition states it, and what each mode makes of it.

use super::scope::{Dialect, Scope};
use crate::{
    document::{Cursor, Weight},
    error::ImportError,
    options::BasePathMode,
};

/// The path parts that precede every path, and where they were stated.
pub(super) struct BasePath<'d> {
    pub(super) parts: Vec<String>,
    pub(super) place: Cursor<'d>,
}

impl BasePath<'_> {
    /// What prepending this once more costs.
    pub(super) fn weight(&self) -> Weight {
        let text_bytes = self.parts.iter().map(|part| crate::document::narrow(part.len() + 1)).sum();
        Weight { nodes: 0, text_bytes }
    }
}

/// Reads the base path and applies the mode to it.
pub(super) fn read<'d>(scope: &Scope<'d>) -> Result<BasePath<'d>, ImportError> {
    let nothing = BasePath { parts: Vec::new(), place: scope.root };
    if scope.basepath == BasePathMode::Ignore {
        return Ok(nothing);
    }
    let Some((place, text)) = stated(scope)? else { return Ok(nothing) };
    let all = text.split('/').filter(|part| !part.is_empty()).map(str::to_owned);
    let cut = usize::from(scope.basepath == BasePathMode::Split);
    Ok(BasePath { parts: all.skip(cut).collect(), place })
}

/// The base path as the definition states it.
fn stated<'d>(scope: &Scope<'d>) -> Result<Option<(Cursor<'d>, String)>, ImportError> {
    if scope.dialect == Dialect::Swagger2 {
        let stated = scope.root.get("basePath");
        return stated.map(|place| Ok((place, place.text()?.to_owned()))).transpose();
    }
    let Some(servers) = scope.root.get("servers") else { return Ok(None) };
    for server in servers.items()? {
        let variable = server.get("variables").and_then(|variables| variables.get("basePath"));
        if let Some(value) = variable.and_then(|variable| variable.get("default")) {
            return Ok(Some((value, value.text()?.to_owned())));
        }
    }
    let first = servers.items()?.next().and_then(|server| Some((server, server.get("url")?)));
    first.map(|(server, url)| Ok((url, url_path(server, url.text()?)?))).transpose()
}

/// The path of a server's URL, its variables replaced by their defaults.
fn url_path(server: Cursor<'_>, url: &str) -> Result<String, ImportError> {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
        None => url,
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let Some(variables) = server.get("variables") else { return Ok(path.to_owned()) };
    let mut parts = Vec::new();
    for part in path.split('/') {
        let name = part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let default = name.and_then(|name| variables.get(name)?.get("default"));
        parts.push(default.map_or(Ok(part), Cursor::text)?);
    }
    Ok(parts.join("/"))
}
