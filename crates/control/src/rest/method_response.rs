//! `MethodResponse`: a status that a method declares. It lives in its method's row.

use serde_json::Value;
use stagegate_model::keys::ApiScope;
use stagegate_model::rest::{Method, MethodResponse, StatusCode};
use stagegate_store::BoxFuture;

use super::{mapping, method, reference};
use crate::call::Call;
use crate::fault::Fault;
use crate::input::Input;
use crate::patch::{Edit, PatchRow, SET_OR_CLEAR, row};
use crate::transaction::Transaction;
use crate::verbs::{Create, Holds, Loading, Noun, document};

/// AWS's page "Patch Operations", `UpdateMethodResponse`.
pub(crate) const PATCH: &[PatchRow<MethodResponse>] = &[
    row("/responseModels/{contentType}", SET_OR_CLEAR, |response, edit| {
        edit.entry(&mut response.response_models, edit.name(0), Edit::text)
    }),
    row("/responseParameters/{name}", SET_OR_CLEAR, |response, edit| {
        edit.entry(&mut response.response_parameters, edit.name(0), Edit::flag)
    }),
];

/// The fault that a status of the path is not declared (fact 126).
pub(crate) fn missing() -> Fault {
    Fault::not_found("Invalid Response status code specified")
}

/// The status of the path; `None` for what is no status.
pub(crate) fn status(call: &Call) -> Option<StatusCode> {
    call.parameter("status_code").parse().ok()
}

/// The status of the path of a `Put…`, held to the service model's pattern.
pub(crate) fn put_status(call: &Call, input: &mut Input) -> StatusCode {
    status(call).unwrap_or_else(|| {
        let value = format!("'{}'", call.parameter("status_code"));
        input.broken(&value, "statusCode", r"Member must satisfy regular expression pattern: [1-5]\d\d");
        StatusCode::OK
    })
}

impl Holds<MethodResponse> for Method {
    fn noun(&mut self, call: &Call) -> Result<&mut MethodResponse, Fault> {
        let status = status(call).ok_or_else(missing)?;
        self.method_responses.as_mut().and_then(|responses| responses.get_mut(&status)).ok_or_else(missing)
    }

    fn without(mut self, call: &Call) -> Result<Option<Self>, Fault> {
        Holds::<MethodResponse>::noun(&mut self, call)?;
        if let (Some(responses), Some(status)) = (self.method_responses.as_mut(), status(call)) {
            responses.remove(&status);
        }
        self.method_responses = self.method_responses.filter(|responses| !responses.is_empty());
        Ok(Some(self))
    }
}

impl Noun for MethodResponse {
    type Row = Method;
    const PATCH: &'static [PatchRow<Self>] = PATCH;

    fn load<'c>(call: &'c Call, api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, Method> {
        Box::pin(method::load(call, api, transaction))
    }

    fn settle<'c>(
        _before: &'c Self,
        row: &'c mut Method,
        call: &'c Call,
        api: &'c ApiScope,
        transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            let response: &mut MethodResponse = row.noun(call)?;
            mapping::check_response_parameters(response.response_parameters.as_ref())?;
            reference::check_models(response.response_models.as_ref(), api, transaction).await
        })
    }

    fn show(&self) -> Result<Value, Fault> {
        document(self)
    }
}

impl Create for MethodResponse {
    fn make<'c>(call: &'c Call, api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, Method> {
        Box::pin(async move {
            let response = read(call)?;
            let (key, mut row) = method::load(call, api, transaction).await?;
            reference::check_models(response.response_models.as_ref(), api, transaction).await?;
            let responses = row.method_responses.get_or_insert_default();
            if responses.contains_key(&response.status_code) {
                return Err(Fault::conflict("Response already exists for this resource"));
            }
            responses.insert(response.status_code, response);
            Ok((key, row))
        })
    }
}

fn read(call: &Call) -> Result<MethodResponse, Fault> {
    let mut input = Input::of(call)?;
    let response = MethodResponse {
        status_code: put_status(call, &mut input),
        response_parameters: input.flag_map("responseParameters")?.filter(|map| !map.is_empty()),
        response_models: input.text_map("responseModels")?.filter(|map| !map.is_empty()),
    };
    input.finish()?;
    mapping::check_response_parameters(response.response_parameters.as_ref())?;
    Ok(response)
}
