//! A Lambda function with `lambda_http`, unchanged: it tells what the crate made of an API's event. The tests run it as `bootstrap`.

use lambda_http::aws_lambda_events::apigw::{ApiGatewayProxyRequestContext, ApiGatewayV2httpRequestContext};
use lambda_http::http::StatusCode;
use lambda_http::http::header::{CONTENT_TYPE, SET_COOKIE};
use lambda_http::request::RequestContext;
use lambda_http::{Body, Error, IntoResponse, Request, RequestExt as _, RequestPayloadExt as _, Response, service_fn};
use serde_json::{Value, json};

fn main() -> Result<(), Error> {
    let threads = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    threads.block_on(lambda_http::run(service_fn(answer)))
}

async fn answer(request: Request) -> Result<Response<Body>, Error> {
    match (request.method().as_str(), request.raw_http_path()) {
        ("PUT", "/picture") => picture(request.body()),
        (_, "/fail") => Err("a secret".into()),
        _ => told(&request).await,
    }
}

/// Binary content both ways.
fn picture(body: &Body) -> Result<Response<Body>, Error> {
    let reversed: Vec<u8> = body.iter().rev().copied().collect();
    Ok(Response::builder().header(CONTENT_TYPE, "image/png").body(reversed.into())?)
}

async fn told(request: &Request) -> Result<Response<Body>, Error> {
    let tags = request.query_string_parameters_ref().map(|query| query.all("tag").unwrap_or_default());
    let headers: Vec<_> =
        request.headers().get_all("x-a").iter().map(|value| value.to_str()).collect::<Result<_, _>>()?;
    let context = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => said(context),
        Some(RequestContext::ApiGatewayV2(context)) => said_2(context),
        other => return Err(format!("no context of an API: {other:?}").into()),
    };
    let body: Option<Value> = request.json().map_err(|error| format!("{error:?}"))?;
    let told = json!({
        "method": request.method().as_str(),
        "uri": request.uri().to_string(),
        "path": request.raw_http_path(),
        "parameters": request.path_parameters_ref().and_then(|found| found.first("proxy")),
        "variable": request.stage_variables_ref().and_then(|found| found.first("table")),
        "tags": tags,
        "headers": headers,
        "body": body,
        "context": context,
    });
    let mut response = Response::builder().status(StatusCode::CREATED).body(told.to_string())?.into_response().await;
    response.headers_mut().insert(CONTENT_TYPE, "application/json".parse()?);
    for cookie in ["a=1", "b=2"] {
        response.headers_mut().append(SET_COOKIE, cookie.parse()?);
    }
    Ok(response)
}

/// What of the request's context has a type in `aws_lambda_events`.
fn said(context: &ApiGatewayProxyRequestContext) -> Value {
    json!({
        "account": context.account_id,
        "api": context.apiid,
        "stage": context.stage,
        "resource": context.resource_path,
        "path": context.path,
        "protocol": context.protocol,
        "epoch": context.request_time_epoch,
        "address": context.identity.source_ip,
        "agent": context.identity.user_agent,
        "domain": context.domain_name,
        "prefix": context.domain_prefix,
        "request": context.request_id,
    })
}

/// The same of payload 2.0.
fn said_2(context: &ApiGatewayV2httpRequestContext) -> Value {
    json!({
        "account": context.account_id,
        "api": context.apiid,
        "stage": context.stage,
        "resource": context.route_key,
        "path": context.http.path,
        "protocol": context.http.protocol,
        "epoch": context.time_epoch,
        "address": context.http.source_ip,
        "agent": context.http.user_agent,
        "domain": context.domain_name,
        "prefix": context.domain_prefix,
        "request": context.request_id,
    })
}
