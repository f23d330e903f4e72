//! `DocumentationPart`: documentation of one entity of an API.

use serde_json::{Map, Value};
use stagegate_model::keys::{ApiNoun, ApiScope};
use stagegate_model::rest::{
    DocumentationPart, DocumentationPartLocation, DocumentationPartType, LocationStatusType, is_status_pattern,
};

use super::rest_api;
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::input::Input;
use crate::paging::Page;
use crate::patch::{PatchRow, SET, row};
use crate::transaction::Transaction;
use crate::verbs::{Create, Loading, Noun, document, row_at};

/// The service model's pattern of a location's status code.
const STATUS_PATTERN: &str = r"Member must satisfy regular expression pattern: ^([1-5]\d\d|\*|\s*)$";

/// AWS's page "Patch Operations", `UpdateDocumentationPart`.
pub(crate) const PATCH: &[PatchRow<DocumentationPart>] = &[row("/properties", SET, |part, edit| {
    part.properties = edit.text()?;
    check_properties(&part.properties)
})];

impl Noun for DocumentationPart {
    type Row = Self;
    const PATCH: &'static [PatchRow<Self>] = PATCH;

    fn load<'c>(call: &'c Call, api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, Self> {
        let key = api.noun(ApiNoun::DocumentationPart, call.parameter("part_id"));
        Box::pin(row_at(transaction, key, || Fault::not_found("Invalid Documentation part identifier specified")))
    }

    fn show(&self) -> Result<Value, Fault> {
        document(self)
    }
}

impl Create for DocumentationPart {
    fn make<'c>(call: &'c Call, api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, Self> {
        Box::pin(async move {
            let mut input = Input::of(call)?;
            let location = read_location(&mut input)?;
            let properties = input.required_text("properties")?;
            input.finish()?;
            let location = location.ok_or_else(|| Fault::internal("a missing location was not noticed"))?;
            location.check().map_err(|error| Fault::bad_request(error.to_string()))?;
            check_properties(&properties)?;
            let parts = all(api, transaction).await?;
            if parts.iter().any(|part| part.location.target() == location.target()) {
                let taken = describe(&location);
                return Err(Fault::conflict(format!(
                    "Documentation part already exists for the specified location: {taken}"
                )));
            }
            admit(parts.len(), call)?;
            let part = Self { id: call.new_noun_id(), location, properties };
            Ok((api.noun(ApiNoun::DocumentationPart, &part.id), part))
        })
    }
}

/// Refuses one part more than the quota allows.
pub(super) fn admit(have: usize, call: &Call) -> Result<(), Fault> {
    let message = "Maximum number of documentation parts for this API has been reached.";
    call.world.quotas.admit("rest_documentation_parts_per_api_count", have, message)
}

/// Every part of an API, ascending by id.
pub(super) async fn all(api: &ApiScope, transaction: &Transaction) -> Result<Vec<DocumentationPart>, Fault> {
    let rows = transaction.list(&api.nouns_prefix(ApiNoun::DocumentationPart)).await?;
    Ok(rows.into_iter().map(|(_, part)| part).collect())
}

fn read_location(input: &mut Input) -> Result<Option<DocumentationPartLocation>, Fault> {
    let Some(mut nested) = input.structure("location")? else {
        input.broken("null", "location", "Member must not be null");
        return Ok(None);
    };
    let kind = nested.required_choice::<DocumentationPartType>("type", DocumentationPartType::NAMES)?;
    let (path, method, name) = (nested.text("path")?, nested.text("method")?, nested.text("name")?);
    let status_code = nested.text("statusCode")?;
    if let Some(code) = status_code.as_ref().filter(|code| !is_status_pattern(code)) {
        nested.broken(&format!("'{code}'"), "statusCode", STATUS_PATTERN);
    }
    input.absorb(nested);
    let named = |kind| DocumentationPartLocation { kind, path, method, status_code, name }.completed();
    Ok(kind.map(named))
}

/// Properties are a JSON object in a string.
fn check_properties(text: &str) -> Result<(), Fault> {
    match serde_json::from_str::<Map<String, Value>>(text) {
        Ok(_) => Ok(()),
        Err(_) => Err(Fault::bad_request("Documentation part properties must be a valid JSON object.")),
    }
}

/// `type 'METHOD', path '/pets', method 'GET'`, as AWS's conflicts say it.
fn describe(location: &DocumentationPartLocation) -> String {
    let members = [
        ("path", &location.path),
        ("method", &location.method),
        ("status code", &location.status_code),
        ("name", &location.name),
    ];
    members.iter().fold(format!("type '{}'", location.kind), |text, (member, value)| match value {
        Some(value) => format!("{text}, {member} '{value}'"),
        None => text,
    })
}

/// `GetDocumentationParts`: by type, beginning of the name, path, and whether there is content.
pub(crate) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let page = Page::of(call)?;
    let wanted = Filter::of(call)?;
    let (api, _) = rest_api::load(call, transaction).await?;
    let parts = all(&api, transaction).await?.into_iter().filter(|part| wanted.takes(part));
    let items = parts.map(|part| Ok((part.id.clone(), part.show()?)));
    Ok(Reply::Document(page.cut(items.collect::<Result<_, Fault>>()?)))
}

struct Filter<'c> {
    kind: Option<DocumentationPartType>,
    name: Option<&'c str>,
    path: Option<&'c str>,
    status: Option<LocationStatusType>,
}

impl<'c> Filter<'c> {
    fn of(call: &'c Call) -> Result<Self, Fault> {
        let mut input = Input::of(call)?;
        let given = |name: &str| call.query(name).filter(|text| !text.is_empty());
        let kind = input.query_choice("type", given("type"), DocumentationPartType::NAMES);
        let status = input.query_choice("locationStatus", given("locationStatus"), LocationStatusType::NAMES);
        input.finish()?;
        Ok(Self { kind, name: given("name"), path: given("path"), status })
    }

    fn takes(&self, part: &DocumentationPart) -> bool {
        let location = &part.location;
        let has_content = || serde_json::from_str::<Map<_, _>>(&part.properties).is_ok_and(|map| !map.is_empty());
        self.kind.is_none_or(|kind| location.kind == kind)
            && self.name.is_none_or(|start| location.name.as_ref().is_some_and(|name| name.starts_with(start)))
            && self.path.is_none_or(|path| location.path.as_deref() == Some(path))
            && self.status.is_none_or(|status| has_content() == (status == LocationStatusType::Documented))
    }
}
