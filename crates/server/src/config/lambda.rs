//! `[[lambda.endpoints]]`: which functions live in which other Lambda API.

use toml_edit::{Item, TableLike};

use super::file::{Reader, key_span};
use super::{ConfigError, Settings};
use crate::functions::LambdaEndpoint;

/// The table of Lambda.
pub(super) const LAMBDA: &str = "lambda";
/// Its array of endpoints.
const ENDPOINTS: &str = "endpoints";
/// The keys of an endpoint.
const KEYS: [&str; 3] = ["functions", "url", "role"];

/// Reads the table.
pub(super) fn read(reader: &Reader<'_>, item: &Item, settings: &mut Settings) -> Result<(), ConfigError> {
    let table = reader.table(LAMBDA, item)?;
    for (key, item) in table.iter() {
        if key != ENDPOINTS {
            return Err(reader.unknown(key_span(table, key), key, &[ENDPOINTS]));
        }
        for table in reader.tables(&format!("{LAMBDA}.{ENDPOINTS}"), item)? {
            settings.lambda_endpoints.push(endpoint(reader, item, table)?);
        }
    }
    Ok(())
}

fn endpoint(reader: &Reader<'_>, whole: &Item, table: &dyn TableLike) -> Result<LambdaEndpoint, ConfigError> {
    if let Some((key, _)) = table.iter().find(|(key, _)| !KEYS.contains(key)) {
        return Err(reader.unknown(key_span(table, key), key, &KEYS));
    }
    let text = |key: &str| {
        table.get(key).and_then(Item::as_str).ok_or_else(|| {
            let span = table.get(key).and_then(Item::span).or_else(|| whole.span());
            let help = format!("`functions` and `url` are needed, `role` is not, all strings; `{key}` is not one");
            reader.refuse(span, format!("an endpoint of Lambda needs `{key}`"), help)
        })
    };
    let (functions, url) = (text("functions")?, text("url")?);
    let role = table.contains_key("role").then(|| text("role")).transpose()?;
    let endpoint = LambdaEndpoint::new(functions, url);
    let endpoint = endpoint.and_then(|endpoint| match role {
        Some(role) => endpoint.signed_by(role),
        None => Ok(endpoint),
    });
    endpoint.map_err(|allowed| {
        let culprit = KEYS.into_iter().find(|key| allowed.starts_with(&format!("`{key}`"))).unwrap_or("functions");
        let span = table.get(culprit).and_then(Item::span);
        reader.refuse(span, format!("`{culprit}` may not be this"), format!("allowed: {allowed}"))
    })
}

#[cfg(test)]
mod tests {
    use miette::Diagnostic as _;

    use crate::config::file::apply;
    use crate::config::load::defaults;
    use crate::functions::LambdaEndpoint;

    #[test]
    fn endpoints_are_read_in_order() {
        let mut settings = defaults();
        let text = "[[lambda.endpoints]]\nfunctions = 'arn:aws:lambda:*:1*:function:*'\nurl = 'http://a:1'\n\
                    [[lambda.endpoints]]\nfunctions = '*'\nurl = 'https://lambda.{region}.amazonaws.com'\n\
                    role = 'arn:aws:iam::123456789012:role/pets'\n";
        apply("test.toml", text, &mut settings).expect("allowed");
        let expected = [
            LambdaEndpoint::new("arn:aws:lambda:*:1*:function:*", "http://a:1").expect("allowed"),
            LambdaEndpoint::new("*", "https://lambda.{region}.amazonaws.com")
                .and_then(|endpoint| endpoint.signed_by("arn:aws:iam::123456789012:role/pets"))
                .expect("allowed"),
        ];
        assert_eq!(settings.lambda_endpoints, expected);
        let mut settings = defaults();
        apply("test.toml", "lambda.endpoints = [{functions = '*', url = 'http://a:1'}]", &mut settings)
            .expect("allowed");
        assert_eq!(settings.lambda_endpoints.len(), 1);
    }

    #[test]
    fn refusals_say_what_is_allowed() {
        for (text, message, help) in [
            ("lambda = 1", "`lambda` must be a table", "[lambda]"),
            ("[lambda]\nendpoint = 1", "there is no setting `endpoint`", "`endpoints`"),
            ("[lambda]\nendpoints = 1", "must be an array of tables", "[[lambda.endpoints]]"),
            ("[[lambda.endpoints]]\nfunctions = '*'", "needs `url`", "all strings"),
            ("[[lambda.endpoints]]\nfunctions = '*'\nurl = 'x'", "`url` may not be this", "http://"),
            ("[[lambda.endpoints]]\nfunctions = 'x'\nurl = 'http://a'", "`functions` may not be this", "an ARN"),
            (
                "[[lambda.endpoints]]\nfunctions = '*'\nurl = 'http://a'\nrole = 'pets'",
                "`role` may not be this",
                "[aws.roles]",
            ),
            ("[[lambda.endpoints]]\nfunctions = '*'\nurl = 'http://a'\nrole = 1", "needs `role`", "all strings"),
            ("[[lambda.endpoints]]\nfunction = '*'", "there is no setting `function`", "`functions`"),
        ] {
            let error = apply("test.toml", text, &mut defaults()).expect_err(text);
            assert!(error.to_string().contains(message), "{text}: {error}");
            assert!(error.help().expect("help").to_string().contains(help), "{text}");
        }
    }
}
