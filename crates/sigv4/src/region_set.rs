//! The regions of an asymmetric signature: `X-Amz-Region-Set`.

use crate::error::VerifyError;

/// Regions of one set.
const REGIONS: usize = 100;

/// Names of regions, in which `*` may stand at the end for any rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RegionSet(Vec<String>);

impl RegionSet {
    /// Reads names that are separated by commas.
    pub(crate) fn parse(text: &str) -> Result<Self, VerifyError> {
        let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
        let is_name = |name: &String| {
            let stem = name.strip_suffix('*').unwrap_or(name);
            !name.is_empty() && stem.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if names.len() <= REGIONS && names.iter().all(is_name) {
            return Ok(Self(names));
        }
        Err(VerifyError::IncompleteSignature(
            "The region set must be names of regions, separated by commas, with '*' at the end of a name only."
                .to_owned(),
        ))
    }

    /// Whether a region is in the set.
    pub(crate) fn contains(&self, region: &str) -> bool {
        self.0.iter().any(|name| match name.strip_suffix('*') {
            Some(stem) => region.starts_with(stem),
            None => name == region,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_rest() {
        for (set, region, expected) in [
            ("us-east-1", "us-east-1", true),
            ("us-east-1", "us-east-2", false),
            ("*", "us-east-1", true),
            ("us-*", "us-east-1", true),
            ("us-*", "eu-west-1", false),
            ("us-east-1, eu-*", "eu-west-1", true),
            ("us-east-1", "us-east-11", false),
        ] {
            assert_eq!(RegionSet::parse(set).expect(set).contains(region), expected, "{set} {region}");
        }
        for set in ["", ",", "us-*-1", "us-east-1,", "us east", &"a,".repeat(200)] {
            assert!(RegionSet::parse(set).is_err(), "{set}");
        }
    }
}
