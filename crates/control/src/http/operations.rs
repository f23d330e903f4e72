//! The operations of HTTP APIs, and those of version 2 that are not served: one row each.

use http::Method as Verb;
use stagegate_model::http::{Authorizer, Integration, Route, Stage};

use super::verbs::{create, delete, get, list, update};
use super::{api, deployment, export, import, route, stage, tags, vpc_link};
use crate::operations::{Operation, table};

/// Every operation of version 2 that is served, in the order of the paths.
pub fn http_operations() -> &'static [Operation] {
    OPERATIONS
}

static OPERATIONS: &[Operation] = table! {
    "/v2/apis" {
        POST 201 CreateApi => api::create;
        GET 200 GetApis => api::list;
        PUT 201 ImportApi => import::create;
    }
    "/v2/apis/{apiId}" {
        GET 200 GetApi => api::get;
        PUT 201 ReimportApi => import::replace;
        PATCH 200 UpdateApi => api::update;
        DELETE 204 DeleteApi => api::delete;
    }
    "/v2/apis/{apiId}/authorizers" {
        POST 201 CreateAuthorizer => create::<Authorizer>;
        GET 200 GetAuthorizers => list::<Authorizer>;
    }
    "/v2/apis/{apiId}/authorizers/{authorizerId}" {
        GET 200 GetAuthorizer => get::<Authorizer>;
        PATCH 200 UpdateAuthorizer => update::<Authorizer>;
        DELETE 204 DeleteAuthorizer => delete::<Authorizer>;
    }
    "/v2/apis/{apiId}/cors" {
        DELETE 204 DeleteCorsConfiguration => api::delete_cors;
    }
    "/v2/apis/{apiId}/deployments" {
        POST 201 CreateDeployment => deployment::create;
        GET 200 GetDeployments => deployment::list;
    }
    "/v2/apis/{apiId}/deployments/{deploymentId}" {
        GET 200 GetDeployment => deployment::get;
        PATCH 200 UpdateDeployment => deployment::update;
        DELETE 204 DeleteDeployment => deployment::delete;
    }
    "/v2/apis/{apiId}/exports/{specification}" {
        GET 200 ExportApi => export::get;
    }
    "/v2/apis/{apiId}/integrations" {
        POST 201 CreateIntegration => create::<Integration>;
        GET 200 GetIntegrations => list::<Integration>;
    }
    "/v2/apis/{apiId}/integrations/{integrationId}" {
        GET 200 GetIntegration => get::<Integration>;
        PATCH 200 UpdateIntegration => update::<Integration>;
        DELETE 204 DeleteIntegration => delete::<Integration>;
    }
    "/v2/apis/{apiId}/routes" {
        POST 201 CreateRoute => create::<Route>;
        GET 200 GetRoutes => list::<Route>;
    }
    "/v2/apis/{apiId}/routes/{routeId}" {
        GET 200 GetRoute => get::<Route>;
        PATCH 200 UpdateRoute => update::<Route>;
        DELETE 204 DeleteRoute => delete::<Route>;
    }
    "/v2/apis/{apiId}/routes/{routeId}/requestparameters/{requestParameterKey}" {
        DELETE 204 DeleteRouteRequestParameter => route::delete_request_parameter;
    }
    "/v2/apis/{apiId}/stages" {
        POST 201 CreateStage => create::<Stage>;
        GET 200 GetStages => list::<Stage>;
    }
    "/v2/apis/{apiId}/stages/{stageName}" {
        GET 200 GetStage => get::<Stage>;
        PATCH 200 UpdateStage => update::<Stage>;
        DELETE 204 DeleteStage => delete::<Stage>;
    }
    "/v2/apis/{apiId}/stages/{stageName}/accesslogsettings" {
        DELETE 204 DeleteAccessLogSettings => stage::delete_access_log_settings;
    }
    "/v2/apis/{apiId}/stages/{stageName}/cache/authorizers" {
        DELETE 204 ResetAuthorizersCache => stage::reset_authorizers_cache;
    }
    "/v2/apis/{apiId}/stages/{stageName}/routesettings/{routeKey}" {
        DELETE 204 DeleteRouteSettings => stage::delete_route_settings;
    }
    "/v2/tags/{resource-arn}" {
        POST 201 TagResource => tags::tag;
        GET 200 GetTags => tags::get;
        DELETE 204 UntagResource => tags::untag;
    }
    "/v2/vpclinks" {
        POST 201 CreateVpcLink => vpc_link::create;
        GET 200 GetVpcLinks => vpc_link::list;
    }
    "/v2/vpclinks/{vpcLinkId}" {
        GET 200 GetVpcLink => vpc_link::get;
        PATCH 200 UpdateVpcLink => vpc_link::update;
        DELETE 202 DeleteVpcLink => vpc_link::delete;
    }
};
