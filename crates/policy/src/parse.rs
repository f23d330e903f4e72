//! Reading a document, element by element.

use std::collections::HashSet;

use crate::arn::ArnPattern;
use crate::condition::conditions;
use crate::cursor::Cursor;
use crate::document::{Effect, Limits, Policy, Version};
use crate::error::{Fault, ParseError};
use crate::json::Json;
use crate::pattern::{Pattern, Syntax, VARIABLE_FORMS};
use crate::principal::{Principals, principals};
use crate::statement::{Listed, Statement};

const DOCUMENT: &str = "Version, Id, Statement";
const STATEMENT: &str = "Sid, Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition";

/// Reads a whole document.
pub(crate) fn policy(text: &str, limits: &Limits) -> Result<Policy, ParseError> {
    let whole = |fault| ParseError { path: String::new(), fault };
    if text.len() > limits.document_bytes {
        return Err(whole(Fault::TooMany { unit: "bytes", found: text.len(), limit: limits.document_bytes }));
    }
    let json: Json = serde_json::from_str(text).map_err(|error| whole(Fault::NotJson(error.to_string())))?;
    let root = Cursor::root(&json, limits);
    let (mut version, mut id, mut body) = (Version::V2008, None, None);
    for (name, at) in root.members("an object with the members Version, Id, Statement")? {
        match name {
            "Version" => version = read_version(&at)?,
            "Id" => id = Some(at.text("a string")?.to_owned()),
            "Statement" => body = Some(at),
            _ => return Err(root.error(Fault::Unknown { name: name.to_owned(), allowed: DOCUMENT })),
        }
    }
    let body = body.ok_or_else(|| root.error(Fault::Missing("Statement")))?;
    Ok(Policy::new(version, id, statements(&body, version)?))
}

fn read_version(at: &Cursor<'_>) -> Result<Version, ParseError> {
    const VERSIONS: &str = "2012-10-17, 2008-10-17";
    match at.text(VERSIONS)? {
        "2012-10-17" => Ok(Version::V2012),
        "2008-10-17" => Ok(Version::V2008),
        _ => Err(at.wrong(VERSIONS)),
    }
}

fn statements(at: &Cursor<'_>, version: Version) -> Result<Vec<Statement>, ParseError> {
    let mut sids = HashSet::new();
    let mut statements = Vec::new();
    for item in at.one_or_more("statements", at.limits.statements)? {
        let statement = statement(&item, version == Version::V2012)?;
        if let Some(sid) = &statement.sid
            && !sids.insert(sid.clone())
        {
            return Err(item.error(Fault::Duplicate(format!("Sid {sid}"))));
        }
        statements.push(statement);
    }
    Ok(statements)
}

/// The elements of a statement, before they are checked against each other.
#[derive(Default)]
struct Elements {
    sid: Option<String>,
    effect: Option<Effect>,
    principal: Option<Principals>,
    not_principal: Option<Principals>,
    action: Option<Listed<Pattern>>,
    not_action: Option<Listed<Pattern>>,
    resource: Option<Listed<ArnPattern>>,
    not_resource: Option<Listed<ArnPattern>>,
    conditions: Vec<crate::condition::Condition>,
}

fn statement(at: &Cursor<'_>, variables: bool) -> Result<Statement, ParseError> {
    let mut found = Elements::default();
    for (name, member) in at.members("an object: a statement")? {
        match name {
            // An empty Sid is none, as AWS's console writes it.
            "Sid" => found.sid = Some(member.text("a string")?.to_owned()).filter(|sid| !sid.is_empty()),
            "Effect" => found.effect = Some(effect(&member)?),
            "Principal" => found.principal = Some(principals(&member, false)?),
            "NotPrincipal" => found.not_principal = Some(principals(&member, true)?),
            "Action" => found.action = Some(actions(&member, false)?),
            "NotAction" => found.not_action = Some(actions(&member, true)?),
            "Resource" => found.resource = Some(resources(&member, false, variables)?),
            "NotResource" => found.not_resource = Some(resources(&member, true, variables)?),
            "Condition" => found.conditions = conditions(&member, variables)?,
            _ => return Err(at.error(Fault::Unknown { name: name.to_owned(), allowed: STATEMENT })),
        }
    }
    let missing = |what| at.error(Fault::Missing(what));
    Ok(Statement {
        sid: found.sid,
        effect: found.effect.ok_or_else(|| missing("Effect"))?,
        principals: either(at, found.principal, found.not_principal, "Principal", "NotPrincipal")?,
        actions: either(at, found.action, found.not_action, "Action", "NotAction")?
            .ok_or_else(|| missing("Action or NotAction"))?,
        resources: either(at, found.resource, found.not_resource, "Resource", "NotResource")?,
        conditions: found.conditions,
    })
}

/// One of two elements that exclude each other.
fn either<T>(
    at: &Cursor<'_>,
    one: Option<T>,
    other: Option<T>,
    one_name: &'static str,
    other_name: &'static str,
) -> Result<Option<T>, ParseError> {
    if one.is_some() && other.is_some() {
        return Err(at.error(Fault::Both(one_name, other_name)));
    }
    Ok(one.or(other))
}

fn effect(at: &Cursor<'_>) -> Result<Effect, ParseError> {
    match at.text("Allow, Deny")? {
        "Allow" => Ok(Effect::Allow),
        "Deny" => Ok(Effect::Deny),
        _ => Err(at.wrong("Allow, Deny")),
    }
}

/// Names of actions are not case-sensitive (IAM User Guide, "Action"), so they are kept in lower case.
fn actions(at: &Cursor<'_>, negated: bool) -> Result<Listed<Pattern>, ParseError> {
    const ACTION: &str = "* or service:name";
    let mut patterns = Vec::new();
    for value in at.values()? {
        let text = value.text(ACTION)?;
        let named = text.split_once(':').is_some_and(|(service, name)| !service.is_empty() && !name.is_empty());
        if text != "*" && !named {
            return Err(value.wrong(ACTION));
        }
        let syntax = Syntax { wildcards: true, variables: false };
        patterns.push(Pattern::parse(&text.to_ascii_lowercase(), syntax).ok_or_else(|| value.wrong(ACTION))?);
    }
    Ok(Listed { negated, patterns })
}

fn resources(at: &Cursor<'_>, negated: bool, variables: bool) -> Result<Listed<ArnPattern>, ParseError> {
    const PLACE: &str = "policy variables behind the fifth colon of an ARN only";
    let mut patterns = Vec::new();
    for value in at.values()? {
        let text = value.text("* or an ARN")?;
        if text.is_empty() {
            return Err(value.wrong("* or an ARN"));
        }
        let pattern = ArnPattern::parse(text, variables).ok_or_else(|| value.wrong(VARIABLE_FORMS))?;
        if !pattern.has_variables_in_resource_only() {
            return Err(value.wrong(PLACE));
        }
        patterns.push(pattern);
    }
    Ok(Listed { negated, patterns })
}
