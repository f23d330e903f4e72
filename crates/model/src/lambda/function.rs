//! A function as one row: its versions, aliases, policies, URLs, concurrency and tags.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Alias, FunctionConfiguration, FunctionUrlConfig};
use crate::domain::{Scope, partition_of};
use crate::rest::StringMap;

/// The version that can be changed.
pub const LATEST: &str = "$LATEST";

/// A function. One row, so that a call that reads several parts sees them as they belong together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionRow {
    /// The version `$LATEST`.
    pub latest: FunctionVersion,
    /// Published versions, the oldest first.
    #[serde(default)]
    pub versions: Vec<FunctionVersion>,
    /// How many versions were ever published: numbers are not used twice.
    #[serde(default)]
    pub published_count: u64,
    /// Aliases by name.
    #[serde(default)]
    pub aliases: BTreeMap<String, Alias>,
    /// Resource policies by version or alias; the function's own by the empty text.
    #[serde(default)]
    pub policies: BTreeMap<String, ResourcePolicy>,
    /// URLs by alias; the function's own by the empty text.
    #[serde(default)]
    pub urls: BTreeMap<String, FunctionUrlConfig>,
    /// Invocations at a time that are set aside, and the limit.
    #[serde(default)]
    pub reserved_concurrency: Option<u32>,
    /// Tags.
    #[serde(default)]
    pub tags: StringMap,
}

/// A version: its configuration and its code.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionVersion {
    /// What `GetFunctionConfiguration` shows.
    pub configuration: FunctionConfiguration,
    /// The hash of the blob with the zip archive; empty for a function whose code is a folder of the operator's.
    pub code: String,
}

/// A resource policy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourcePolicy {
    /// Its statements.
    pub statements: Vec<Value>,
    /// Changes with every update.
    pub revision_id: String,
}

impl ResourcePolicy {
    /// The policy document.
    pub fn document(&self) -> Value {
        serde_json::json!({"Version": "2012-10-17", "Id": "default", "Statement": self.statements})
    }
}

impl FunctionRow {
    /// A version by `$LATEST` or its number.
    pub fn version(&self, version: &str) -> Option<&FunctionVersion> {
        if version == LATEST {
            return Some(&self.latest);
        }
        self.versions.iter().find(|one| one.configuration.version == version)
    }

    /// The version that a qualifier means in one invocation; `roll` is a random number from 0 up to 1.
    pub fn resolve(&self, qualifier: Option<&str>, roll: f64) -> Option<&FunctionVersion> {
        let qualifier = qualifier.unwrap_or(LATEST);
        match self.aliases.get(qualifier) {
            Some(alias) => self.version(alias.version(roll)),
            None => self.version(qualifier),
        }
    }

    /// Every version, `$LATEST` first.
    pub fn all_versions(&self) -> impl Iterator<Item = &FunctionVersion> {
        std::iter::once(&self.latest).chain(&self.versions)
    }
}

/// The ARN of a function, with a version or an alias where one is given.
pub fn function_arn(scope: &Scope, name: &str, qualifier: Option<&str>) -> String {
    let (region, account) = (&scope.region, &scope.account);
    let arn = format!("arn:{}:lambda:{region}:{account}:function:{name}", partition_of(region));
    qualifier.map_or_else(|| arn.clone(), |qualifier| format!("{arn}:{qualifier}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(number: &str) -> FunctionVersion {
        let configuration = FunctionConfiguration { version: number.to_owned(), ..FunctionConfiguration::default() };
        FunctionVersion { configuration, code: String::new() }
    }

    #[test]
    fn qualifiers_are_versions_or_aliases() {
        let live = Alias { function_version: "1".to_owned(), ..Alias::default() };
        let row = FunctionRow {
            latest: version(LATEST),
            versions: vec![version("1")],
            aliases: BTreeMap::from([("live".to_owned(), live)]),
            ..FunctionRow::default()
        };
        for (qualifier, expected) in
            [(None, Some(LATEST)), (Some(LATEST), Some(LATEST)), (Some("1"), Some("1")), (Some("live"), Some("1"))]
        {
            let found = row.resolve(qualifier, 0.5).map(|one| one.configuration.version.as_str());
            assert_eq!(found, expected, "{qualifier:?}");
        }
        assert!(row.resolve(Some("2"), 0.5).is_none());
        assert_eq!(row.all_versions().count(), 2);
    }

    #[test]
    fn arns_name_partition_and_qualifier() {
        let scope = Scope::new("000000000000", "cn-north-1").expect("a scope");
        let arn = "arn:aws-cn:lambda:cn-north-1:000000000000:function:pets";
        assert_eq!(function_arn(&scope, "pets", None), arn);
        assert_eq!(function_arn(&scope, "pets", Some("live")), format!("{arn}:live"));
    }
}
