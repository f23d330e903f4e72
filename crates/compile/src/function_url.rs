//! The URLs of a function become plans.

use std::sync::Arc;

use stagegate_model::lambda::{Cors, FunctionRow, FunctionUrlAuthType, FunctionUrlConfig, InvokeMode};
use stagegate_plan::{CorsPlan, FunctionArn, FunctionUrlAuth, FunctionUrlPlan, ResponseTransferMode};

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
        cors: config.cors.as_ref().map(cors),
    })
}

fn cors(cors: &Cors) -> CorsPlan {
    let joined = |texts: &Option<Vec<String>>| sendable(texts.as_deref()).collect::<Vec<_>>().join(",").into();
    CorsPlan {
        origins: sendable(cors.allow_origins.as_deref()).map(Box::from).collect(),
        methods: joined(&cors.allow_methods),
        headers: joined(&cors.allow_headers),
        exposed: joined(&cors.expose_headers),
        has_credentials: cors.allow_credentials.unwrap_or_default(),
        max_age_s: cors.max_age.and_then(|age| u32::try_from(age).ok()),
    }
}

/// The texts that a header can hold: no line ends with one of them.
fn sendable(texts: Option<&[String]>) -> impl Iterator<Item = &str> {
    let texts = texts.into_iter().flatten().map(|text| text.trim());
    texts.filter(|text| !text.is_empty() && !text.bytes().any(|byte| byte.is_ascii_control()))
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

    #[test]
    fn cors_lists_are_joined_without_what_no_header_holds() {
        let texts = |texts: &[&str]| Some(texts.iter().map(|text| (*text).to_owned()).collect());
        let given = Cors {
            allow_credentials: Some(true),
            allow_headers: texts(&["x-a", " x-b ", "x-c\r\nx-d: 1"]),
            allow_methods: texts(&["GET", "PUT"]),
            allow_origins: texts(&["https://a.example", ""]),
            expose_headers: None,
            max_age: Some(60),
        };
        let plan = cors(&given);
        assert_eq!((&*plan.headers, &*plan.methods, &*plan.exposed), ("x-a,x-b", "GET,PUT", ""));
        assert_eq!(
            (plan.origins, plan.max_age_s, plan.has_credentials),
            (vec!["https://a.example".into()], Some(60), true)
        );
    }
}
