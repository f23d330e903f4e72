//! `FunctionUrlConfig`: an HTTP address of a function or of one of its aliases.

use serde::{Deserialize, Serialize};

use crate::closed::closed;
pub use crate::http::Cors;

closed! {
    /// Who may call a function URL.
    FunctionUrlAuthType {
        None = "NONE",
        AwsIam = "AWS_IAM",
    }
}

closed! {
    /// Whether a function URL streams.
    InvokeMode {
        Buffered = "BUFFERED",
        ResponseStream = "RESPONSE_STREAM",
    }
}

/// A function URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionUrlConfig {
    /// The first label of its host: 32 lower-case letters and digits.
    pub url_id: String,
    /// The ARN of the function, or of the alias.
    pub function_arn: String,
    /// Who may call it.
    pub auth_type: FunctionUrlAuthType,
    /// What browsers are told.
    #[serde(default, with = "capitals", skip_serializing_if = "Option::is_none")]
    pub cors: Option<Cors>,
    /// In ISO 8601.
    pub creation_time: String,
    /// In ISO 8601.
    pub last_modified_time: String,
    /// Whether it streams.
    pub invoke_mode: InvokeMode,
}

/// The one letter that members of version 2 of `apigateway` are written with and Lambda's are not: the first.
mod capitals {
    use serde::de::Error as _;
    use serde::ser::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};
    use serde_json::{Map, Value};

    use super::Cors;

    /// The members with their first letters changed.
    fn renamed(members: Map<String, Value>, change: fn(&mut str)) -> Value {
        let renamed = members.into_iter().map(|(mut name, value)| {
            change(&mut name[..1]);
            (name, value)
        });
        Value::Object(renamed.collect())
    }

    #[expect(clippy::ref_option, reason = "serde passes members by reference")]
    pub(super) fn serialize<S: Serializer>(cors: &Option<Cors>, serializer: S) -> Result<S::Ok, S::Error> {
        let document = match cors.as_ref().map(serde_json::to_value).transpose().map_err(S::Error::custom)? {
            Some(Value::Object(members)) => renamed(members, str::make_ascii_uppercase),
            other => other.unwrap_or_default(),
        };
        document.serialize(serializer)
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Option<Cors>, D::Error> {
        let members = Option::<Map<String, Value>>::deserialize(deserializer)?;
        let named = members.map(|members| {
            let named = members.into_iter().filter(|(name, _)| name.is_char_boundary(1));
            renamed(named.collect(), str::make_ascii_lowercase)
        });
        named.map(serde_json::from_value).transpose().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_browsers_are_told_is_written_with_capitals() {
        let mut config = json!({
            "UrlId": "a", "FunctionArn": "b", "AuthType": "NONE", "CreationTime": "c", "LastModifiedTime": "d",
            "InvokeMode": "BUFFERED", "Cors": { "AllowOrigins": ["*"], "MaxAge": 60 },
        });
        for _ in 0..2 {
            let read: FunctionUrlConfig = serde_json::from_value(config.clone()).expect("a configuration");
            assert_eq!(serde_json::to_value(read).expect("a document"), config);
            config.as_object_mut().expect("an object").shift_remove("Cors");
        }
    }
}
