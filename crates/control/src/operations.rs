//! THE table: one row per operation of AWS API Gateway v1, served or not.

use http::Method as Verb;
use stagegate_model::rest::{
    ApiKey, Authorizer, ClientCertificate, Deployment, DocumentationPart, DocumentationVersion, DomainName,
    GatewayResponse, Integration, IntegrationResponse, Method, MethodResponse, Model, RequestValidator, Resource,
    RestApi, Stage, UsagePlan, VpcLink,
};

use crate::account_verbs;
use crate::domain::{access_association, domain_name, mapping};
use crate::query::{Member, QueryRow};
use crate::rest::{
    account, api_key, api_key_import, authorizer, client_certificate, deployment, documentation_import,
    documentation_part, export, flush, gateway_response, import, model, resource, rest_api, sdk, sdk_type, stage, tags,
    test_invoke, test_invoke_authorizer, usage, usage_plan, usage_plan_key, vpc_link,
};
use crate::service::Run;
use crate::verbs::{create, delete, get, list, update};

/// One operation of a service model (botocore 1.44.5): `apigateway` 2015-07-09, `lambda`, `iam` or `sts`.
#[derive(Debug, Clone)]
pub struct Operation {
    /// AWS's name, such as `CreateRestApi`.
    pub name: &'static str,
    /// The HTTP verb.
    pub verb: Verb,
    /// The path template, as the service model writes it, with a fixed query where it has one.
    pub path: &'static str,
    /// The HTTP status of success.
    pub status: u16,
    /// What runs; nothing where the operation is not served yet.
    pub(crate) run: Option<Run>,
    /// What the form of a Query API's operation may hold, and what it is about.
    pub(crate) query: Option<QueryRow>,
}

impl Operation {
    /// Whether the operation does its work, or answers 501 with its name.
    pub fn served(&self) -> bool {
        self.run.is_some()
    }

    /// What the form of a Query API's operation may hold; nothing for an operation of another protocol.
    pub fn members(&self) -> &'static [Member] {
        self.query.map_or(&[], |row| row.members)
    }
}

/// Every operation, in the order of the paths.
pub fn operations() -> &'static [Operation] {
    OPERATIONS
}

macro_rules! table {
    ($($path:literal { $($verb:ident $status:literal $name:ident $(=> $run:path)?;)* })*) => {
        &[$($(Operation {
            name: stringify!($name),
            verb: Verb::$verb,
            path: $path,
            status: $status,
            run: table!(@run $($run)?),
            query: None,
        },)*)*]
    };
    (@run) => { None };
    (@run $run:path) => { Some(|call, transaction| Box::pin($run(call, transaction))) };
}
pub(crate) use table;

/// Rows of a service whose operations are all posted to `/`, and keep nothing in the store.
macro_rules! posted {
    ($($name:ident => $run:path;)*) => {
        &[$(Operation {
            name: stringify!($name),
            verb: Verb::POST,
            path: "/",
            status: 200,
            run: Some(|call, _| Box::pin($run(call))),
            query: None,
        },)*]
    };
}
pub(crate) use posted;

static OPERATIONS: &[Operation] = table! {
    "/account" {
        GET 200 GetAccount => account::get;
        PATCH 200 UpdateAccount => account::update;
    }
    "/apikeys" {
        POST 201 CreateApiKey => api_key::create;
        GET 200 GetApiKeys => api_key::list;
    }
    "/apikeys/{api_Key}" {
        GET 200 GetApiKey => api_key::get;
        PATCH 200 UpdateApiKey => account_verbs::update::<ApiKey>;
        DELETE 202 DeleteApiKey => account_verbs::delete::<ApiKey>;
    }
    "/apikeys?mode=import" {
        POST 201 ImportApiKeys => api_key_import::import;
    }
    "/clientcertificates" {
        POST 201 GenerateClientCertificate => client_certificate::generate;
        GET 200 GetClientCertificates => account_verbs::list::<ClientCertificate>;
    }
    "/clientcertificates/{clientcertificate_id}" {
        GET 200 GetClientCertificate => account_verbs::get::<ClientCertificate>;
        PATCH 200 UpdateClientCertificate => account_verbs::update::<ClientCertificate>;
        DELETE 202 DeleteClientCertificate => account_verbs::delete::<ClientCertificate>;
    }
    "/domainnameaccessassociations" {
        POST 201 CreateDomainNameAccessAssociation => access_association::create;
        GET 200 GetDomainNameAccessAssociations => access_association::list;
    }
    "/domainnameaccessassociations/{domain_name_access_association_arn}" {
        DELETE 202 DeleteDomainNameAccessAssociation => access_association::delete;
    }
    "/domainnames" {
        POST 201 CreateDomainName => domain_name::create;
        GET 200 GetDomainNames => domain_name::list;
    }
    "/domainnames/{domain_name}" {
        GET 200 GetDomainName => account_verbs::get::<DomainName>;
        PATCH 200 UpdateDomainName => account_verbs::update::<DomainName>;
        DELETE 202 DeleteDomainName => account_verbs::delete::<DomainName>;
    }
    "/domainnames/{domain_name}/basepathmappings" {
        POST 201 CreateBasePathMapping => mapping::create;
        GET 200 GetBasePathMappings => mapping::list;
    }
    "/domainnames/{domain_name}/basepathmappings/{base_path}" {
        GET 200 GetBasePathMapping => mapping::get;
        PATCH 200 UpdateBasePathMapping => mapping::update;
        DELETE 202 DeleteBasePathMapping => mapping::delete;
    }
    "/rejectdomainnameaccessassociations" {
        POST 202 RejectDomainNameAccessAssociation => access_association::reject;
    }
    "/restapis" {
        POST 201 CreateRestApi => rest_api::create;
        GET 200 GetRestApis => rest_api::list;
    }
    "/restapis/{restapi_id}" {
        PUT 200 PutRestApi => import::put;
        GET 200 GetRestApi => get::<RestApi>;
        PATCH 200 UpdateRestApi => update::<RestApi>;
        DELETE 202 DeleteRestApi => rest_api::delete;
    }
    "/restapis/{restapi_id}/authorizers" {
        POST 201 CreateAuthorizer => authorizer::make;
        GET 200 GetAuthorizers => list::<Authorizer>;
    }
    "/restapis/{restapi_id}/authorizers/{authorizer_id}" {
        POST 200 TestInvokeAuthorizer => test_invoke_authorizer::invoke;
        GET 200 GetAuthorizer => get::<Authorizer>;
        PATCH 200 UpdateAuthorizer => update::<Authorizer>;
        DELETE 202 DeleteAuthorizer => delete::<Authorizer>;
    }
    "/restapis/{restapi_id}/deployments" {
        POST 201 CreateDeployment => deployment::create;
        GET 200 GetDeployments => list::<Deployment>;
    }
    "/restapis/{restapi_id}/deployments/{deployment_id}" {
        GET 200 GetDeployment => deployment::get;
        PATCH 200 UpdateDeployment => update::<Deployment>;
        DELETE 202 DeleteDeployment => delete::<Deployment>;
    }
    "/restapis/{restapi_id}/documentation/parts" {
        POST 201 CreateDocumentationPart => create::<DocumentationPart>;
        PUT 200 ImportDocumentationParts => documentation_import::put;
        GET 200 GetDocumentationParts => documentation_part::list;
    }
    "/restapis/{restapi_id}/documentation/parts/{part_id}" {
        GET 200 GetDocumentationPart => get::<DocumentationPart>;
        PATCH 200 UpdateDocumentationPart => update::<DocumentationPart>;
        DELETE 202 DeleteDocumentationPart => delete::<DocumentationPart>;
    }
    "/restapis/{restapi_id}/documentation/versions" {
        POST 201 CreateDocumentationVersion => create::<DocumentationVersion>;
        GET 200 GetDocumentationVersions => list::<DocumentationVersion>;
    }
    "/restapis/{restapi_id}/documentation/versions/{doc_version}" {
        GET 200 GetDocumentationVersion => get::<DocumentationVersion>;
        PATCH 200 UpdateDocumentationVersion => update::<DocumentationVersion>;
        DELETE 202 DeleteDocumentationVersion => delete::<DocumentationVersion>;
    }
    "/restapis/{restapi_id}/gatewayresponses" {
        GET 200 GetGatewayResponses => gateway_response::list;
    }
    "/restapis/{restapi_id}/gatewayresponses/{response_type}" {
        PUT 201 PutGatewayResponse => gateway_response::put;
        GET 200 GetGatewayResponse => get::<GatewayResponse>;
        PATCH 200 UpdateGatewayResponse => update::<GatewayResponse>;
        DELETE 202 DeleteGatewayResponse => delete::<GatewayResponse>;
    }
    "/restapis/{restapi_id}/models" {
        POST 201 CreateModel => create::<Model>;
        GET 200 GetModels => list::<Model>;
    }
    "/restapis/{restapi_id}/models/{model_name}" {
        GET 200 GetModel => model::get;
        PATCH 200 UpdateModel => update::<Model>;
        DELETE 202 DeleteModel => delete::<Model>;
    }
    "/restapis/{restapi_id}/models/{model_name}/default_template" {
        GET 200 GetModelTemplate => model::template;
    }
    "/restapis/{restapi_id}/requestvalidators" {
        POST 201 CreateRequestValidator => create::<RequestValidator>;
        GET 200 GetRequestValidators => list::<RequestValidator>;
    }
    "/restapis/{restapi_id}/requestvalidators/{requestvalidator_id}" {
        GET 200 GetRequestValidator => get::<RequestValidator>;
        PATCH 200 UpdateRequestValidator => update::<RequestValidator>;
        DELETE 202 DeleteRequestValidator => delete::<RequestValidator>;
    }
    "/restapis/{restapi_id}/resources" {
        GET 200 GetResources => resource::list;
    }
    "/restapis/{restapi_id}/resources/{parent_id}" {
        POST 201 CreateResource => create::<Resource>;
    }
    "/restapis/{restapi_id}/resources/{resource_id}" {
        GET 200 GetResource => resource::get;
        PATCH 200 UpdateResource => resource::update;
        DELETE 202 DeleteResource => delete::<Resource>;
    }
    "/restapis/{restapi_id}/resources/{resource_id}/methods/{http_method}" {
        POST 200 TestInvokeMethod => test_invoke::invoke;
        PUT 201 PutMethod => create::<Method>;
        GET 200 GetMethod => get::<Method>;
        PATCH 200 UpdateMethod => update::<Method>;
        DELETE 204 DeleteMethod => delete::<Method>;
    }
    "/restapis/{restapi_id}/resources/{resource_id}/methods/{http_method}/integration" {
        PUT 201 PutIntegration => create::<Integration>;
        GET 200 GetIntegration => get::<Integration>;
        PATCH 200 UpdateIntegration => update::<Integration>;
        DELETE 204 DeleteIntegration => delete::<Integration>;
    }
    "/restapis/{restapi_id}/resources/{resource_id}/methods/{http_method}/integration/responses/{status_code}" {
        PUT 201 PutIntegrationResponse => create::<IntegrationResponse>;
        GET 200 GetIntegrationResponse => get::<IntegrationResponse>;
        PATCH 200 UpdateIntegrationResponse => update::<IntegrationResponse>;
        DELETE 204 DeleteIntegrationResponse => delete::<IntegrationResponse>;
    }
    "/restapis/{restapi_id}/resources/{resource_id}/methods/{http_method}/responses/{status_code}" {
        PUT 201 PutMethodResponse => create::<MethodResponse>;
        GET 200 GetMethodResponse => get::<MethodResponse>;
        PATCH 201 UpdateMethodResponse => update::<MethodResponse>;
        DELETE 204 DeleteMethodResponse => delete::<MethodResponse>;
    }
    "/restapis/{restapi_id}/stages" {
        POST 201 CreateStage => create::<Stage>;
        GET 200 GetStages => stage::list;
    }
    "/restapis/{restapi_id}/stages/{stage_name}" {
        GET 200 GetStage => get::<Stage>;
        PATCH 200 UpdateStage => update::<Stage>;
        DELETE 202 DeleteStage => delete::<Stage>;
    }
    "/restapis/{restapi_id}/stages/{stage_name}/cache/authorizers" {
        DELETE 202 FlushStageAuthorizersCache => flush::flush_authorizers;
    }
    "/restapis/{restapi_id}/stages/{stage_name}/cache/data" {
        DELETE 202 FlushStageCache => flush::flush;
    }
    "/restapis/{restapi_id}/stages/{stage_name}/exports/{export_type}" {
        GET 200 GetExport => export::get;
    }
    "/restapis/{restapi_id}/stages/{stage_name}/sdks/{sdk_type}" {
        GET 200 GetSdk => sdk::get;
    }
    "/restapis?mode=import" {
        POST 201 ImportRestApi => import::create;
    }
    "/sdktypes" {
        GET 200 GetSdkTypes => sdk_type::list;
    }
    "/sdktypes/{sdktype_id}" {
        GET 200 GetSdkType => sdk_type::get;
    }
    "/tags/{resource_arn}" {
        PUT 204 TagResource => tags::tag;
        GET 200 GetTags => tags::get;
        DELETE 204 UntagResource => tags::untag;
    }
    "/usageplans" {
        POST 201 CreateUsagePlan => usage_plan::create;
        GET 200 GetUsagePlans => usage_plan::list;
    }
    "/usageplans/{usageplanId}" {
        GET 200 GetUsagePlan => account_verbs::get::<UsagePlan>;
        PATCH 200 UpdateUsagePlan => account_verbs::update::<UsagePlan>;
        DELETE 202 DeleteUsagePlan => account_verbs::delete::<UsagePlan>;
    }
    "/usageplans/{usageplanId}/keys" {
        POST 201 CreateUsagePlanKey => usage_plan_key::create;
        GET 200 GetUsagePlanKeys => usage_plan_key::list;
    }
    "/usageplans/{usageplanId}/keys/{keyId}" {
        GET 200 GetUsagePlanKey => usage_plan_key::get;
        DELETE 202 DeleteUsagePlanKey => usage_plan_key::delete;
    }
    "/usageplans/{usageplanId}/keys/{keyId}/usage" {
        PATCH 200 UpdateUsage => usage::update;
    }
    "/usageplans/{usageplanId}/usage" {
        GET 200 GetUsage => usage::get;
    }
    "/vpclinks" {
        POST 202 CreateVpcLink => vpc_link::create;
        GET 200 GetVpcLinks => account_verbs::list::<VpcLink>;
    }
    "/vpclinks/{vpclink_id}" {
        GET 200 GetVpcLink => account_verbs::get::<VpcLink>;
        PATCH 200 UpdateVpcLink => account_verbs::update::<VpcLink>;
        DELETE 202 DeleteVpcLink => account_verbs::delete::<VpcLink>;
    }
};
