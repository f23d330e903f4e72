//! `Method`: a verb on a resource. Its row also holds its responses and its integration.

use serde_json::Value;
use stagegate_model::keys::ApiScope;
use stagegate_model::rest::{AuthorizationType, HttpMethod, Method};
use stagegate_store::BoxFuture;

use super::{mapping, reference, resource, template};
use crate::call::Call;
use crate::fault::Fault;
use crate::input::{Input, choose};
use crate::patch::{Edit, ITEM, PatchRow, SET, SET_OR_CLEAR, row};
use crate::transaction::Transaction;
use crate::verbs::{Create, Loading, Noun, document, row_at};

/// AWS's page "Patch Operations", `UpdateMethod`.
pub(crate) const PATCH: &[PatchRow<Method>] = &[
    row("/apiKeyRequired", SET, |method, edit| {
        method.api_key_required = Some(edit.flag()?);
        Ok(())
    }),
    row("/authorizationScopes", ITEM, |method, edit| edit.member(&mut method.authorization_scopes, edit.text()?)),
    row("/authorizationType", SET, |method, edit| {
        method.authorization_type = Some(authorization_type(&edit.text()?)?);
        Ok(())
    }),
    row("/authorizerId", SET, |method, edit| {
        method.authorizer_id = edit.optional_text();
        Ok(())
    }),
    row("/operationName", SET, |method, edit| {
        method.operation_name = edit.optional_text();
        Ok(())
    }),
    row("/requestModels/{contentType}", SET_OR_CLEAR, |method, edit| {
        edit.entry(&mut method.request_models, edit.name(0), Edit::text)
    }),
    row("/requestParameters/{name}", SET_OR_CLEAR, |method, edit| {
        edit.entry(&mut method.request_parameters, edit.name(0), Edit::flag)
    }),
    row("/requestValidatorId", SET, |method, edit| {
        method.request_validator_id = edit.optional_text();
        Ok(())
    }),
];

/// The fault that a method of the path does not exist (fact 126).
pub(crate) fn missing() -> Fault {
    Fault::not_found("Invalid Method identifier specified")
}

/// The verb of the path; `None` for a word that is no verb of API Gateway.
pub(crate) fn verb(call: &Call) -> Option<HttpMethod> {
    choose(call.parameter("http_method"))
}

/// Reads the method of the path, and says whether the resource or the method is missing.
pub(crate) async fn load(
    call: &Call,
    api: &ApiScope,
    transaction: &mut Transaction,
) -> Result<(stagegate_model::keys::Key, Method), Fault> {
    let resource_id = call.parameter("resource_id");
    let verb = verb(call).ok_or_else(missing)?;
    let key = api.method(resource_id, verb);
    match transaction.get(&key.to_string()).await? {
        Some(method) => Ok((key, method)),
        None if transaction.exists(&api.resource(resource_id).to_string()).await? => Err(missing()),
        None => Err(resource::missing()),
    }
}

impl Noun for Method {
    type Row = Self;
    const PATCH: &'static [PatchRow<Self>] = PATCH;

    fn load<'c>(call: &'c Call, api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, Self> {
        Box::pin(load(call, api, transaction))
    }

    fn settle<'c>(
        before: &'c Self,
        row: &'c mut Self,
        _call: &'c Call,
        api: &'c ApiScope,
        transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            settle(row)?;
            reference::check_change(before, row, api, transaction).await
        })
    }

    fn show(&self) -> Result<Value, Fault> {
        let mut shown = document(self)?;
        template::show(&mut shown);
        Ok(shown)
    }
}

impl Create for Method {
    fn make<'c>(call: &'c Call, api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, Self> {
        Box::pin(async move {
            let mut method = read(call)?;
            let resource_id = call.parameter("resource_id");
            let parent = api.resource(resource_id);
            row_at::<Value>(transaction, parent, resource::missing).await?;
            let verb = verb(call).ok_or_else(|| {
                Fault::bad_request(
                    "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY",
                )
            })?;
            method.http_method = Some(verb);
            settle(&mut method)?;
            reference::check_method(&method, api, transaction).await?;
            let key = api.method(resource_id, verb);
            if transaction.exists(&key.to_string()).await? {
                return Err(Fault::conflict("Method already exists for this resource"));
            }
            Ok((key, method))
        })
    }
}

fn read(call: &Call) -> Result<Method, Fault> {
    let mut input = Input::of(call)?;
    let authorization = input.required_text("authorizationType")?;
    let method = Method {
        authorizer_id: input.text("authorizerId")?.filter(|id| !id.is_empty()),
        api_key_required: Some(input.flag("apiKeyRequired")?.unwrap_or(false)),
        request_validator_id: input.text("requestValidatorId")?.filter(|id| !id.is_empty()),
        operation_name: input.text("operationName")?,
        request_parameters: input.flag_map("requestParameters")?.filter(|map| !map.is_empty()),
        request_models: input.text_map("requestModels")?.filter(|map| !map.is_empty()),
        authorization_scopes: input.texts("authorizationScopes")?.filter(|scopes| !scopes.is_empty()),
        ..Method::default()
    };
    input.finish()?;
    Ok(Method { authorization_type: Some(authorization_type(&authorization)?), ..method })
}

fn authorization_type(text: &str) -> Result<AuthorizationType, Fault> {
    choose(text).ok_or_else(|| {
        let names: Vec<String> = AuthorizationType::NAMES.iter().map(|name| format!("'{name}'")).collect();
        let names = names.join(", ");
        Fault::bad_request(format!("Invalid authorization type specified. Valid options for REST method are: {names}"))
    })
}

/// An authorizer belongs to the types that ask one, and only to them.
fn settle(method: &mut Method) -> Result<(), Fault> {
    mapping::check_request_parameters(method.request_parameters.as_ref())?;
    if method.authorization_scopes.as_ref().is_some_and(Vec::is_empty) {
        method.authorization_scopes = None;
    }
    match method.authorization_type {
        None | Some(AuthorizationType::None | AuthorizationType::AwsIam) => method.authorizer_id = None,
        Some(_) if method.authorizer_id.is_none() => {
            return Err(Fault::bad_request(
                "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS \
                 requires a valid authorizer.",
            ));
        }
        Some(_) => {}
    }
    Ok(())
}
