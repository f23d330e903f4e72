//! `Alias`: a name for one version of a function, or for two by weight.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// An alias, as `AliasConfiguration` shows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Alias {
    /// The function's ARN and the alias's name.
    pub alias_arn: String,
    /// The alias's name.
    pub name: String,
    /// The version: a number or `$LATEST`.
    pub function_version: String,
    /// Free text.
    pub description: String,
    /// A second version and its share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routing_config: Option<AliasRouting>,
    /// Changes with every update.
    pub revision_id: String,
}

/// Where some of an alias's invocations go besides.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AliasRouting {
    /// One version and its share of the invocations, from 0 to 1.
    #[serde(default)]
    pub additional_version_weights: BTreeMap<String, f64>,
}

impl Alias {
    /// The version for one invocation; `roll` is a random number from 0 up to 1.
    pub fn version(&self, roll: f64) -> &str {
        let weights = self.routing_config.iter().flat_map(|routing| &routing.additional_version_weights);
        let mut passed = 0.0;
        for (version, weight) in weights {
            passed += weight;
            if roll < passed {
                return version;
            }
        }
        &self.function_version
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_gives_its_second_version_its_share() {
        let weights = BTreeMap::from([("2".to_owned(), 0.25)]);
        let routing_config = Some(AliasRouting { additional_version_weights: weights });
        let alias = Alias { function_version: "1".to_owned(), routing_config, ..Alias::default() };
        for (roll, version) in [(0.0, "2"), (0.2499, "2"), (0.25, "1"), (0.999, "1")] {
            assert_eq!(alias.version(roll), version, "{roll}");
        }
        assert_eq!(Alias { function_version: "3".to_owned(), ..Alias::default() }.version(0.0), "3");
    }
}
