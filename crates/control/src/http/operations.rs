//! The operations of version 2, served or not: one row each.

use http::Method as Verb;
use stagegate_model::http::{Authorizer, Integration, Route, Stage};

use super::verbs::{create, delete, get, list, update};
use super::{api, deployment, export, import, route, stage, tags, vpc_link};
use crate::operations::{Operation, table};

/// Every operation of version 2, in the order of the paths.
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
    "/v2/apis/{apiId}/integrations/{integrationId}/integrationresponses" {
        POST 201 CreateIntegrationResponse;
        GET 200 GetIntegrationResponses;
    }
    "/v2/apis/{apiId}/integrations/{integrationId}/integrationresponses/{integrationResponseId}" {
        GET 200 GetIntegrationResponse;
        PATCH 200 UpdateIntegrationResponse;
        DELETE 204 DeleteIntegrationResponse;
    }
    "/v2/apis/{apiId}/models" {
        POST 201 CreateModel;
        GET 200 GetModels;
    }
    "/v2/apis/{apiId}/models/{modelId}" {
        GET 200 GetModel;
        PATCH 200 UpdateModel;
        DELETE 204 DeleteModel;
    }
    "/v2/apis/{apiId}/models/{modelId}/template" {
        GET 200 GetModelTemplate;
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
    "/v2/apis/{apiId}/routes/{routeId}/routeresponses" {
        POST 201 CreateRouteResponse;
        GET 200 GetRouteResponses;
    }
    "/v2/apis/{apiId}/routes/{routeId}/routeresponses/{routeResponseId}" {
        GET 200 GetRouteResponse;
        PATCH 200 UpdateRouteResponse;
        DELETE 204 DeleteRouteResponse;
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
    "/v2/domainnames" {
        POST 201 CreateDomainName;
        GET 200 GetDomainNames;
    }
    "/v2/domainnames/{domainName}" {
        GET 200 GetDomainName;
        PATCH 200 UpdateDomainName;
        DELETE 204 DeleteDomainName;
    }
    "/v2/domainnames/{domainName}/apimappings" {
        POST 201 CreateApiMapping;
        GET 200 GetApiMappings;
    }
    "/v2/domainnames/{domainName}/apimappings/{apiMappingId}" {
        GET 200 GetApiMapping;
        PATCH 200 UpdateApiMapping;
        DELETE 204 DeleteApiMapping;
    }
    "/v2/domainnames/{domainName}/routingrules" {
        POST 201 CreateRoutingRule;
        GET 200 ListRoutingRules;
    }
    "/v2/domainnames/{domainName}/routingrules/{routingRuleId}" {
        GET 200 GetRoutingRule;
        PUT 200 PutRoutingRule;
        DELETE 204 DeleteRoutingRule;
    }
    "/v2/portalproducts" {
        POST 201 CreatePortalProduct;
        GET 200 ListPortalProducts;
    }
    "/v2/portalproducts/{portalProductId}" {
        GET 200 GetPortalProduct;
        PATCH 200 UpdatePortalProduct;
        DELETE 204 DeletePortalProduct;
    }
    "/v2/portalproducts/{portalProductId}/productpages" {
        POST 201 CreateProductPage;
        GET 200 ListProductPages;
    }
    "/v2/portalproducts/{portalProductId}/productpages/{productPageId}" {
        GET 200 GetProductPage;
        PATCH 200 UpdateProductPage;
        DELETE 204 DeleteProductPage;
    }
    "/v2/portalproducts/{portalProductId}/productrestendpointpages" {
        POST 201 CreateProductRestEndpointPage;
        GET 200 ListProductRestEndpointPages;
    }
    "/v2/portalproducts/{portalProductId}/productrestendpointpages/{productRestEndpointPageId}" {
        GET 200 GetProductRestEndpointPage;
        PATCH 200 UpdateProductRestEndpointPage;
        DELETE 204 DeleteProductRestEndpointPage;
    }
    "/v2/portalproducts/{portalProductId}/sharingpolicy" {
        GET 200 GetPortalProductSharingPolicy;
        PUT 200 PutPortalProductSharingPolicy;
        DELETE 204 DeletePortalProductSharingPolicy;
    }
    "/v2/portals" {
        POST 201 CreatePortal;
        GET 200 ListPortals;
    }
    "/v2/portals/{portalId}" {
        GET 200 GetPortal;
        PATCH 200 UpdatePortal;
        DELETE 204 DeletePortal;
    }
    "/v2/portals/{portalId}/preview" {
        POST 202 PreviewPortal;
    }
    "/v2/portals/{portalId}/publish" {
        POST 202 PublishPortal;
        DELETE 204 DisablePortal;
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
