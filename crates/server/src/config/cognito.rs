//! `[[cognito.user_pools]]`: who issues the tokens of user pools that are not Amazon's.

use toml_edit::{Item, TableLike};

use super::file::{Reader, key_span};
use super::{ConfigError, Settings};
use crate::jwks::UserPoolMapping;

/// The table of Cognito.
pub(super) const COGNITO: &str = "cognito";
/// Its array of mappings.
const USER_POOLS: &str = "user_pools";
/// The keys of a mapping.
const KEYS: [&str; 2] = ["arn", "issuer"];

/// Reads the table.
pub(super) fn read(reader: &Reader<'_>, item: &Item, settings: &mut Settings) -> Result<(), ConfigError> {
    let table = reader.table(COGNITO, item)?;
    for (key, item) in table.iter() {
        if key != USER_POOLS {
            return Err(reader.unknown(key_span(table, key), key, &[USER_POOLS]));
        }
        for table in reader.tables(&format!("{COGNITO}.{USER_POOLS}"), item)? {
            settings.tokens.user_pools.push(mapping(reader, item, table)?);
        }
    }
    Ok(())
}

fn mapping(reader: &Reader<'_>, whole: &Item, table: &dyn TableLike) -> Result<UserPoolMapping, ConfigError> {
    if let Some((key, _)) = table.iter().find(|(key, _)| !KEYS.contains(key)) {
        return Err(reader.unknown(key_span(table, key), key, &KEYS));
    }
    let text = |key: &str| {
        table.get(key).and_then(Item::as_str).ok_or_else(|| {
            let span = table.get(key).and_then(Item::span).or_else(|| whole.span());
            let help = format!("`arn` and `issuer` are needed, both strings; `{key}` is not one");
            reader.refuse(span, format!("a mapping of user pools needs `{key}`"), help)
        })
    };
    let (arn, issuer) = (text("arn")?, text("issuer")?);
    UserPoolMapping::new(arn, issuer).map_err(|allowed| {
        let culprit = if allowed.starts_with("`issuer`") { "issuer" } else { "arn" };
        let span = table.get(culprit).and_then(Item::span);
        reader.refuse(span, format!("`{culprit}` may not be this"), format!("allowed: {allowed}"))
    })
}

#[cfg(test)]
mod tests {
    use miette::Diagnostic as _;

    use crate::config::file::apply;
    use crate::config::load::defaults;
    use crate::jwks::UserPoolMapping;

    const ARN: &str = "arn:aws:cognito-idp:*:*:userpool/*";

    #[test]
    fn mappings_are_read_in_order() {
        let mut settings = defaults();
        let text = format!(
            "[[cognito.user_pools]]\narn = '{ARN}_a'\nissuer = 'http://localhost:9/{{pool}}'\n\
             [[cognito.user_pools]]\narn = '{ARN}'\nissuer = 'https://id.example'\n"
        );
        apply("test.toml", &text, &mut settings).expect("allowed");
        let expected = [
            UserPoolMapping::new(&format!("{ARN}_a"), "http://localhost:9/{pool}").expect("allowed"),
            UserPoolMapping::new(ARN, "https://id.example").expect("allowed"),
        ];
        assert_eq!(settings.tokens.user_pools, expected);
    }

    #[test]
    fn refusals_say_what_is_allowed() {
        for (text, message, help) in [
            ("cognito = 1", "`cognito` must be a table", "[cognito]"),
            ("[cognito]\nuser_pool = 1", "there is no setting `user_pool`", "`user_pools`"),
            ("[cognito]\nuser_pools = 1", "must be an array of tables", "[[cognito.user_pools]]"),
            ("[[cognito.user_pools]]\narn = 'arn:aws:cognito-idp:*'", "needs `issuer`", "both strings"),
            ("[[cognito.user_pools]]\narn = '*'\nissuer = 'https://a'", "`arn` may not be this", "an ARN"),
            ("[[cognito.user_pools]]\narn = 'arn:aws:cognito-idp:*'\nissuer = 'a'", "`issuer` may not", "https://"),
            ("[[cognito.user_pools]]\nARN = '*'", "there is no setting `ARN`", "arn"),
        ] {
            let error = apply("test.toml", text, &mut defaults()).expect_err(text);
            assert!(error.to_string().contains(message), "{text}: {error}");
            assert!(error.help().expect("help").to_string().contains(help), "{text}");
        }
    }
}
