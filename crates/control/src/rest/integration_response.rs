//! `IntegrationResponse`: how a back end's answer becomes a method response. It lives in its method's row.

use serde_json::Value;
use stagegate_model::keys::ApiScope;
use stagegate_model::rest::{ContentHandling, FlagMap, IntegrationResponse, Method, StatusCode};
use stagegate_store::BoxFuture;

use super::integration;
use super::mapping::{self, Side};
use super::method;
use super::method_response::{missing, put_status, status};
use super::template;
use crate::call::Call;
use crate::fault::Fault;
use crate::input::Input;
use crate::patch::{Edit, PatchRow, SET, SET_OR_CLEAR, row};
use crate::transaction::Transaction;
use crate::verbs::{Create, Holds, Loading, Noun, document};

/// AWS's page "Patch Operations", `UpdateIntegrationResponse`.
pub(crate) const PATCH: &[PatchRow<IntegrationResponse>] = &[
    row("/contentHandling", SET, |response, edit| {
        let clears = edit.optional_text().is_none();
        response.content_handling = if clears { None } else { Some(edit.choice(ContentHandling::NAMES)?) };
        Ok(())
    }),
    row("/responseParameters/{name}", SET_OR_CLEAR, |response, edit| {
        edit.entry(&mut response.response_parameters, edit.name(0), Edit::text)
    }),
    row("/responseTemplates/{contentType}", SET_OR_CLEAR, |response, edit| {
        edit.entry(&mut response.response_templates, edit.name(0), |edit| Ok(edit.optional_text().unwrap_or_default()))
    }),
    row("/selectionPattern", SET, |response, edit| {
        response.selection_pattern = edit.optional_text();
        Ok(())
    }),
];

impl Holds<IntegrationResponse> for Method {
    fn noun(&mut self, call: &Call) -> Result<&mut IntegrationResponse, Fault> {
        let integration = self.method_integration.as_mut().ok_or_else(integration::missing)?;
        let status = status(call).ok_or_else(missing)?;
        integration.integration_responses.as_mut().and_then(|responses| responses.get_mut(&status)).ok_or_else(missing)
    }

    fn without(mut self, call: &Call) -> Result<Option<Self>, Fault> {
        Holds::<IntegrationResponse>::noun(&mut self, call)?;
        if let (Some(integration), Some(status)) = (self.method_integration.as_mut(), status(call)) {
            let responses = integration.integration_responses.take().map(|mut responses| {
                responses.remove(&status);
                responses
            });
            integration.integration_responses = responses.filter(|responses| !responses.is_empty());
        }
        Ok(Some(self))
    }
}

impl Noun for IntegrationResponse {
    type Row = Method;
    const PATCH: &'static [PatchRow<Self>] = PATCH;

    fn load<'c>(call: &'c Call, api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, Method> {
        Box::pin(method::load(call, api, transaction))
    }

    fn settle<'c>(
        _before: &'c Self,
        row: &'c mut Method,
        call: &'c Call,
        _api: &'c ApiScope,
        _transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            let response: &mut IntegrationResponse = row.noun(call)?;
            let response = response.clone();
            check(&response, declared(row, response.status_code)?, call)
        })
    }

    fn show(&self) -> Result<Value, Fault> {
        let mut shown = document(self)?;
        template::show(&mut shown);
        Ok(shown)
    }
}

impl Create for IntegrationResponse {
    fn make<'c>(call: &'c Call, api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, Method> {
        Box::pin(async move {
            let response = read(call)?;
            let (key, mut row) = method::load(call, api, transaction).await?;
            if row.method_integration.is_none() {
                return Err(integration::missing());
            }
            check(&response, declared(&row, response.status_code)?, call)?;
            let integration = row.method_integration.as_mut().ok_or_else(integration::missing)?;
            integration.integration_responses.get_or_insert_default().insert(response.status_code, response);
            Ok((key, row))
        })
    }
}

/// The headers that the method response of this status declares; without it there is nothing to map to.
fn declared(row: &Method, status: StatusCode) -> Result<Option<&FlagMap>, Fault> {
    let response = row.method_responses.as_ref().and_then(|responses| responses.get(&status)).ok_or_else(missing)?;
    Ok(response.response_parameters.as_ref())
}

fn check(response: &IntegrationResponse, declared: Option<&FlagMap>, call: &Call) -> Result<(), Fault> {
    mapping::check(response.response_parameters.as_ref(), Side::Response(declared))?;
    template::check(response.response_templates.as_ref(), call)
}

fn read(call: &Call) -> Result<IntegrationResponse, Fault> {
    let mut input = Input::of(call)?;
    let response = IntegrationResponse {
        status_code: put_status(call, &mut input),
        selection_pattern: input.text("selectionPattern")?,
        response_parameters: input.text_map("responseParameters")?.filter(|map| !map.is_empty()),
        response_templates: input.nullable_text_map("responseTemplates")?.filter(|map| !map.is_empty()),
        content_handling: input.choice("contentHandling", ContentHandling::NAMES)?,
    };
    input.finish()?;
    Ok(response)
}
