//! An integration URI with a stage's variables bound, taken apart into a back end.

use std::collections::BTreeMap;

use stagegate_mapping::{RequestSource, UriPart, UriTemplate};
use stagegate_plan::{Endpoint, EndpointPart, HttpPlan, Listener, Scheme, Way};

/// Stage variables.
pub(crate) type Variables = BTreeMap<Box<str>, Box<str>>;

/// Binds the URI of an integration. The error says why there is no back end.
pub(crate) fn endpoint(plan: &HttpPlan, variables: &Variables) -> Result<Endpoint, String> {
    if let Some(listener) = plan.private.as_ref().and_then(|link| link.listener.as_ref()) {
        return listener_endpoint(listener);
    }
    let bound = UriTemplate::bind(&plan.uri, |name| variables.get(name).map(|value| &**value));
    let parts = bound.map_err(|error| error.to_string())?.parts.into_vec();
    let mut parts = parts.into_iter();
    let Some(UriPart::Literal(head)) = parts.next() else {
        return Err("the integration URI starts with a placeholder: its host must be fixed".to_owned());
    };
    let (scheme, rest) = scheme(&head)?;
    let authority_end = rest.find(['/', '?', '#']);
    let (authority, tail) = rest.split_at(authority_end.unwrap_or(rest.len()));
    if authority_end.is_none() && parts.len() > 0 {
        return Err("the integration URI has a placeholder in its host: the host must be fixed".to_owned());
    }
    let (path, query) = path_and_query(plan, variables, tail, parts)?;
    let (host, port) = host_and_port(authority, scheme)?;
    let prefix = match scheme {
        Scheme::Http => "http",
        Scheme::Https => "https",
    };
    Ok(Endpoint {
        scheme,
        host: host.into(),
        port,
        authority: authority.into(),
        origin: format!("{prefix}://{}", authority.to_ascii_lowercase()).into(),
        path,
        query,
        way: Way::default(),
    })
}

/// A listener: its address is that of the private targets, and its path and host are each request's own.
fn listener_endpoint(listener: &Listener) -> Result<Endpoint, String> {
    const ANY_NAME: &str = "listener";
    let scheme = if listener.verified_name.is_some() { Scheme::Https } else { Scheme::Http };
    let name = listener.verified_name.as_deref().unwrap_or(ANY_NAME);
    let (host, port) = host_and_port(name, scheme)?;
    let prefix = match scheme {
        Scheme::Http => "http",
        Scheme::Https => "https",
    };
    let origin = format!("{prefix}://{host}:{port}").into();
    Ok(Endpoint {
        scheme,
        host: host.into(),
        port,
        authority: name.into(),
        origin,
        path: Box::default(),
        query: None,
        way: Way::default(),
    })
}

/// A path and a query of a URI.
type PathAndQuery = (Box<[EndpointPart]>, Option<Box<[EndpointPart]>>);

/// Takes what follows a URI's authority apart: the text up to its first placeholder, and the parts from there.
pub(crate) fn path_and_query(
    plan: &HttpPlan,
    variables: &Variables,
    tail: &str,
    parts: impl Iterator<Item = UriPart>,
) -> Result<PathAndQuery, String> {
    let mut split = Split::new(plan, variables);
    split.literal(tail)?;
    for part in parts {
        match part {
            UriPart::Literal(text) => split.literal(&text)?,
            UriPart::Parameter(name) => split.parameter(&name)?,
        }
    }
    Ok((rooted(split.path), split.query.map(Vec::into)))
}

fn scheme(head: &str) -> Result<(Scheme, &str), String> {
    let (name, rest) = head.split_once("://").ok_or("the integration URI is not an http or https URL")?;
    match name.to_ascii_lowercase().as_str() {
        "http" => Ok((Scheme::Http, rest)),
        "https" => Ok((Scheme::Https, rest)),
        other => Err(format!("the scheme `{other}` of the integration URI is not http or https")),
    }
}

/// The host without brackets, and the port. User information and empty hosts are refused.
fn host_and_port(authority: &str, scheme: Scheme) -> Result<(String, u16), String> {
    let refuse = || format!("`{authority}` in the integration URI is not a host with an optional port");
    let default_port = match scheme {
        Scheme::Http => 80,
        Scheme::Https => 443,
    };
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']').ok_or_else(refuse)?;
            address.parse::<std::net::Ipv6Addr>().map_err(|_| refuse())?;
            (address, port.strip_prefix(':').or(port.is_empty().then_some("")).ok_or_else(refuse)?)
        }
        None => authority.split_once(':').unwrap_or((authority, "")),
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if host.is_empty() || !(authority.starts_with('[') || host.bytes().all(is_name)) {
        return Err(refuse());
    }
    let all_digits = port.bytes().all(|byte| byte.is_ascii_digit());
    let port = if port.is_empty() { Some(default_port) } else { port.parse().ok().filter(|port| *port > 0) };
    let port = port.filter(|_| all_digits).ok_or_else(refuse)?;
    Ok((host.to_ascii_lowercase(), port))
}

/// A path always starts with a literal slash.
fn rooted(mut path: Vec<EndpointPart>) -> Box<[EndpointPart]> {
    if path.is_empty() {
        path.push(EndpointPart::Literal("/".into()));
    }
    path.into()
}

/// Collects path and query.
struct Split<'p> {
    plan: &'p HttpPlan,
    variables: &'p Variables,
    path: Vec<EndpointPart>,
    query: Option<Vec<EndpointPart>>,
}

impl<'p> Split<'p> {
    fn new(plan: &'p HttpPlan, variables: &'p Variables) -> Self {
        Self { plan, variables, path: Vec::new(), query: None }
    }

    fn push(&mut self, part: EndpointPart) {
        match &mut self.query {
            Some(query) => query.push(part),
            None => self.path.push(part),
        }
    }

    fn push_literal(&mut self, text: &str) {
        let parts = self.query.as_ref().unwrap_or(&self.path);
        // `http://host?q` and `http://host/` both have the path `/`.
        if self.query.is_none() && parts.is_empty() && !text.starts_with('/') {
            self.push(EndpointPart::Literal(format!("/{text}").into()));
        } else if !text.is_empty() {
            self.push(EndpointPart::Literal(text.into()));
        }
    }

    fn literal(&mut self, text: &str) -> Result<(), String> {
        if let Some(bad) = text.chars().find(|c| !c.is_ascii_graphic() || "<>\"\\^`{|}#".contains(*c)) {
            return Err(format!("the integration URI has the illegal character {bad:?}"));
        }
        match text.split_once('?') {
            Some((path, query)) if self.query.is_none() => {
                self.push_literal(path);
                self.query = Some(Vec::new());
                self.push_literal(query);
            }
            _ => self.push_literal(text),
        }
        Ok(())
    }

    fn parameter(&mut self, name: &str) -> Result<(), String> {
        let mapped = self.plan.path.iter().find(|(mapped, _)| **mapped == *name);
        // AWS leaves an unmapped placeholder in the URI and then calls the URI invalid.
        let (_, source) =
            mapped.ok_or_else(|| format!("no request parameter maps the URI's placeholder `{{{name}}}`"))?;
        match source {
            RequestSource::Static(text) if !self.plan.may_override() => self.literal(text),
            RequestSource::StageVariable(name) if !self.plan.may_override() => match self.variables.get(name) {
                Some(text) => self.literal(text),
                None => Err(format!("the stage has no variable `{name}` that the integration URI needs")),
            },
            source => {
                self.push(EndpointPart::Placeholder(name.into(), source.clone()));
                Ok(())
            }
        }
    }
}
