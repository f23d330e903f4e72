//! The table of Lambda's operations: one row each, those that are not here are not served.

use super::{alias, code, concurrency, configuration, function, invoke, permission, settings, tags, url, version};
use crate::operations::{Operation, table};
use http::Method as Verb;

/// Every operation of Lambda that is served, by path.
pub fn lambda_operations() -> &'static [Operation] {
    OPERATIONS
}

static OPERATIONS: &[Operation] = table! {
    "/2014-11-13/functions/{FunctionName}/invoke-async" {
        POST 202 InvokeAsync => invoke::invoke_async;
    }
    "/2015-03-31/functions" {
        POST 201 CreateFunction => function::create;
        GET 200 ListFunctions => function::list;
    }
    "/2015-03-31/functions/{FunctionName}" {
        GET 200 GetFunction => function::get;
        DELETE 200 DeleteFunction => function::delete;
    }
    "/2015-03-31/functions/{FunctionName}/aliases" {
        POST 201 CreateAlias => alias::create;
        GET 200 ListAliases => alias::list;
    }
    "/2015-03-31/functions/{FunctionName}/aliases/{Name}" {
        GET 200 GetAlias => alias::get;
        PUT 200 UpdateAlias => alias::update;
        DELETE 204 DeleteAlias => alias::delete;
    }
    "/2015-03-31/functions/{FunctionName}/code" {
        PUT 200 UpdateFunctionCode => code::update;
    }
    "/2015-03-31/functions/{FunctionName}/configuration" {
        GET 200 GetFunctionConfiguration => configuration::get;
        PUT 200 UpdateFunctionConfiguration => configuration::update;
    }
    "/2015-03-31/functions/{FunctionName}/invocations" {
        POST 200 Invoke => invoke::invoke;
    }
    "/2015-03-31/functions/{FunctionName}/policy" {
        POST 201 AddPermission => permission::add;
        GET 200 GetPolicy => permission::get;
    }
    "/2015-03-31/functions/{FunctionName}/policy/{StatementId}" {
        DELETE 204 RemovePermission => permission::remove;
    }
    "/2015-03-31/functions/{FunctionName}/versions" {
        POST 201 PublishVersion => version::publish;
        GET 200 ListVersionsByFunction => version::list;
    }
    "/2016-08-19/account-settings" {
        GET 200 GetAccountSettings => settings::get;
    }
    "/2017-03-31/tags/{Resource}" {
        POST 204 TagResource => tags::tag;
        DELETE 204 UntagResource => tags::untag;
        GET 200 ListTags => tags::list;
    }
    "/2017-10-31/functions/{FunctionName}/concurrency" {
        PUT 200 PutFunctionConcurrency => concurrency::put;
        DELETE 204 DeleteFunctionConcurrency => concurrency::delete;
    }
    "/2019-09-30/functions/{FunctionName}/concurrency" {
        GET 200 GetFunctionConcurrency => concurrency::get;
    }
    "/2021-10-31/functions/{FunctionName}/url" {
        POST 201 CreateFunctionUrlConfig => url::create;
        GET 200 GetFunctionUrlConfig => url::get;
        PUT 200 UpdateFunctionUrlConfig => url::update;
        DELETE 204 DeleteFunctionUrlConfig => url::delete;
    }
    "/2021-10-31/functions/{FunctionName}/urls" {
        GET 200 ListFunctionUrlConfigs => url::list;
    }
    "/2021-11-15/functions/{FunctionName}/response-streaming-invocations" {
        POST 200 InvokeWithResponseStream => invoke::invoke_with_response_stream;
    }
};
