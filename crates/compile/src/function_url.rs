//! The URLs of a function become plans.

use std::sync::Arc;

use stagegate_model::lambda::{Cors, FunctionRow, FunctionUrlAuthType, FunctionUrlConfig, InvokeMode};
use stagegate_plan::{FunctionArn, FunctionUrlAuth, FunctionUrlPlan, ResponseTransferMode};

use crate::cors::{CorsLists, cors};

/// Compiles the URLs of a function and of its aliases.
pub fn compile_function_urls(row: &FunctionRow) -> Vec<FunctionUrlPlan> {
    row.urls.values().filter_map(compile).collect()
}

/// Whether a function's URL can be reached depends on nothing but its ARN, which the control plane has written.
fn compile(config: &FunctionUrlConfig) -> Option<FunctionUrlPlan> {
    let function = FunctionArn::parse(&config.function_arn)?;
    Some(FunctionUrlPlan {
        id: config.url_id.as_str().into(),
        region: function.region.clone(),
        function: Arc::new(function),
        auth: match config.auth_type {
            FunctionUrlAuthType::None => FunctionUrlAuth::None,
            FunctionUrlAuthType::AwsIam => FunctionUrlAuth::Iam,
        },
        transfer: match config.invoke_mode {
            InvokeMode::Buffered => ResponseTransferMode::Buffered,
            InvokeMode::ResponseStream => ResponseTransferMode::Stream,
        },
        cors: config.cors.as_ref().map(|config| cors(lists(config))),
    })
}

fn lists(cors: &Cors) -> CorsLists<'_> {
    CorsLists {
        origins: cors.allow_origins.as_deref(),
        methods: cors.allow_methods.as_deref(),
        headers: cors.allow_headers.as_deref(),
        exposed: cors.expose_headers.as_deref(),
        has_credentials: cors.allow_credentials,
        max_age_s: cors.max_age,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn config(function_arn: &str) -> FunctionUrlConfig {
        FunctionUrlConfig {
            url_id: "abc".to_owned(),
            function_arn: function_arn.to_owned(),
            auth_type: FunctionUrlAuthType::AwsIam,
            cors: None,
            creation_time: String::new(),
            last_modified_time: String::new(),
            invoke_mode: InvokeMode::ResponseStream,
        }
    }

    #[test]
    fn a_function_and_its_alias_have_urls() {
        let arn = "arn:aws:lambda:eu-west-1:000000000000:function:pets";
        let urls = [("", arn.to_owned()), ("live", format!("{arn}:live")), ("odd", "pets".to_owned())];
        let urls: BTreeMap<_, _> = urls.into_iter().map(|(place, arn)| (place.to_owned(), config(&arn))).collect();
        let plans = compile_function_urls(&FunctionRow { urls, ..FunctionRow::default() });
        let seen: Vec<_> = plans.iter().map(|plan| (&*plan.region, plan.function.qualifier.as_deref())).collect();
        assert_eq!(seen, [("eu-west-1", None), ("eu-west-1", Some("live"))]);
        assert!(
            plans.iter().all(|plan| (plan.auth, plan.transfer) == (FunctionUrlAuth::Iam, ResponseTransferMode::Stream))
        );
    }
}
