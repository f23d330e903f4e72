//! `GatewayResponse`: what is set, and what is generated for the types that are not (fact 24).

use serde_json::Value;
use stagegate_model::keys::{ApiNoun, ApiScope, Key};
use stagegate_model::rest::{GatewayResponse, GatewayResponseType, StatusCode, StringMap};
use stagegate_store::BoxFuture;

use super::mapping::{invalid, is_general_source, named, refuse};
use super::{rest_api, template};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::input::{Input, choose};
use crate::paging::Page;
use crate::patch::{Edit, PatchRow, SET, SET_OR_CLEAR, row};
use crate::transaction::Transaction;
use crate::verbs::{Loading, Noun, bump, document};

/// AWS's page "Patch Operations", `UpdateGatewayResponse`.
pub(crate) const PATCH: &[PatchRow<GatewayResponse>] = &[
    row("/statusCode", SET, |response, edit| {
        let text = edit.text()?;
        let status = text.parse().map_err(|_| edit.invalid(&text, "a status code from 100 to 599"))?;
        response.status_code = Some(status);
        Ok(())
    }),
    row("/responseParameters/{name}", SET_OR_CLEAR, |response, edit| {
        edit.entry(&mut response.response_parameters, edit.name(0), Edit::text)
    }),
    row("/responseTemplates/{contentType}", SET_OR_CLEAR, |response, edit| {
        edit.entry(&mut response.response_templates, edit.name(0), |edit| Ok(edit.optional_text().unwrap_or_default()))
    }),
];

/// The template of every type (fact section 1.14).
const STOCK_TEMPLATE: (&str, &str) = ("application/json", "{\"message\":$context.error.messageString}");

fn stock_templates() -> StringMap {
    [STOCK_TEMPLATE].map(|(content_type, template)| (content_type.to_owned(), template.to_owned())).into()
}

/// The type of the path, or AWS's constraint error.
fn type_of(call: &Call) -> Result<GatewayResponseType, Fault> {
    let text = call.parameter("response_type");
    if let Some(kind) = choose(text) {
        return Ok(kind);
    }
    let mut input = Input::empty(call);
    let rule = format!("Member must satisfy enum value set: [{}]", GatewayResponseType::NAMES.join(", "));
    input.broken(&format!("'{text}'"), "responseType", &rule);
    input.finish()?;
    Err(Fault::internal("a broken constraint was not told"))
}

fn key(api: &ApiScope, kind: GatewayResponseType) -> Key {
    api.noun(ApiNoun::GatewayResponse, kind.as_str())
}

/// What a type answers while nobody set it: what its family has set, or else AWS's stock answer.
fn generated(kind: GatewayResponseType, family: Option<&GatewayResponse>) -> GatewayResponse {
    let stock = || kind.default_status().and_then(|status| StatusCode::new(status).ok());
    GatewayResponse {
        response_type: kind,
        status_code: family.and_then(|family| family.status_code).or_else(stock),
        response_parameters: Some(family.and_then(|family| family.response_parameters.clone()).unwrap_or_default()),
        response_templates: family
            .and_then(|family| family.response_templates.clone())
            .or_else(|| Some(stock_templates())),
        default_response: Some(true),
    }
}

async fn find(
    kind: GatewayResponseType,
    api: &ApiScope,
    transaction: &mut Transaction,
) -> Result<GatewayResponse, Fault> {
    if let Some(set) = transaction.get(&key(api, kind).to_string()).await? {
        return Ok(set);
    }
    let family: Option<GatewayResponse> = transaction.get(&key(api, kind.family()).to_string()).await?;
    Ok(generated(kind, family.as_ref()))
}

impl Noun for GatewayResponse {
    type Row = Self;
    const PATCH: &'static [PatchRow<Self>] = PATCH;

    fn load<'c>(call: &'c Call, api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, Self> {
        Box::pin(async move {
            let kind = type_of(call)?;
            Ok((key(api, kind), find(kind, api, transaction).await?))
        })
    }

    fn settle<'c>(
        _before: &'c Self,
        row: &'c mut Self,
        call: &'c Call,
        _api: &'c ApiScope,
        _transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move { settle(row, call) })
    }

    /// Generated answers cannot be deleted.
    fn release<'c>(
        row: &'c Self,
        _call: &'c Call,
        _api: &'c ApiScope,
        _transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            let generated = row.default_response == Some(true);
            if generated { Err(Fault::not_found("Gateway response type not defined on api")) } else { Ok(()) }
        })
    }

    fn show(&self) -> Result<Value, Fault> {
        let mut shown = document(self)?;
        template::show(&mut shown);
        Ok(shown)
    }
}

fn read(kind: GatewayResponseType, call: &Call) -> Result<GatewayResponse, Fault> {
    let mut input = Input::of(call)?;
    let status = input.text("statusCode")?;
    let status_code = status.as_ref().and_then(|status| status.parse().ok());
    if let Some(text) = status.filter(|_| status_code.is_none()) {
        let rule = r"Member must satisfy regular expression pattern: [1-5]\d\d";
        input.broken(&format!("'{text}'"), "statusCode", rule);
    }
    let response = GatewayResponse {
        response_type: kind,
        status_code,
        response_parameters: input.text_map("responseParameters")?,
        response_templates: input.nullable_text_map("responseTemplates")?,
        default_response: None,
    };
    input.finish()?;
    Ok(response)
}

/// Brings a response that somebody sets into the form it is stored in, or refuses it. What is left out is AWS's stock
/// answer, never the family's (fact 24).
pub(crate) fn settle(response: &mut GatewayResponse, call: &Call) -> Result<(), Fault> {
    let stock = generated(response.response_type, None);
    response.default_response = Some(false);
    response.status_code = response.status_code.or(stock.status_code);
    response.response_parameters = Some(response.response_parameters.take().unwrap_or_default());
    let templates = response.response_templates.take().filter(|templates| !templates.is_empty());
    response.response_templates = templates.or(stock.response_templates);
    template::check(response.response_templates.as_ref(), call)?;
    check_parameters(response.response_parameters.as_ref())
}

/// `gatewayresponse.header.{name}` from the request's parameters, the context or static text (fact section 1.9).
fn check_parameters(parameters: Option<&StringMap>) -> Result<(), Fault> {
    let places = ["header", "querystring", "path", "multivalueheader", "multivaluequerystring"];
    let is_target =
        |target: &str| target.strip_prefix("gatewayresponse.").is_some_and(|rest| named(rest, &["header"]).is_some());
    let is_source = |source: &str| {
        let read = source.strip_prefix("method.request.");
        is_general_source(source) || read.is_some_and(|rest| named(rest, &places).is_some())
    };
    let mut errors = Vec::new();
    for (target, source) in parameters.into_iter().flatten() {
        errors.extend((!is_target(target)).then(|| invalid(target)));
        errors.extend((!is_source(source)).then(|| invalid(source)));
    }
    refuse(&errors)
}

/// `PutGatewayResponse`: sets a type, whether it was set before or not.
pub(crate) async fn put(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (api, _) = rest_api::load(call, transaction).await?;
    let kind = type_of(call)?;
    let mut response = read(kind, call)?;
    settle(&mut response, call)?;
    transaction.put(&key(&api, kind).to_string(), &response)?;
    bump(&api, transaction).await?;
    Ok(Reply::Document(response.show()?))
}

/// `GetGatewayResponses`: every type, on one page (the service model: the collection takes no limit).
pub(crate) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let page = Page::of(call)?;
    let (api, _) = rest_api::load(call, transaction).await?;
    let mut items = Vec::new();
    for (index, kind) in GatewayResponseType::ALL.iter().enumerate() {
        items.push((format!("{index:02}"), find(*kind, &api, transaction).await?.show()?));
    }
    Ok(Reply::Document(page.cut(items)))
}
