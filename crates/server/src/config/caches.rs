//! `[cache_sizes]`: how many bytes the response cache of a stage takes, for each of AWS's cluster sizes.

use std::collections::BTreeMap;

use stagegate_model::rest::CacheClusterSize;
use toml_edit::Item;

use super::file::{Reader, key_span};
use super::{ConfigError, Settings};

/// The table.
pub(super) const CACHE_SIZES: &str = "cache_sizes";

/// What is set of response caches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CacheSettings {
    /// Bytes that sizes were given, by the size's name.
    sizes: BTreeMap<&'static str, u64>,
    /// Bytes of all of them together.
    pub(crate) bytes_max: Option<u64>,
    /// Who calls is part of every key.
    pub(crate) vary_by_principal: bool,
}

impl CacheSettings {
    /// The bytes of a size: what was set, or as many GiB as AWS has GB.
    pub(crate) fn bytes(&self, size: CacheClusterSize) -> u64 {
        self.sizes.get(size.as_str()).copied().unwrap_or_else(|| tenths_of_gb(size) * (1 << 30) / 10)
    }
}

/// AWS's sizes (fact 1.6).
fn tenths_of_gb(size: CacheClusterSize) -> u64 {
    match size {
        CacheClusterSize::Gb0_5 => 5,
        CacheClusterSize::Gb1_6 => 16,
        CacheClusterSize::Gb6_1 => 61,
        CacheClusterSize::Gb13_5 => 135,
        CacheClusterSize::Gb28_4 => 284,
        CacheClusterSize::Gb58_2 => 582,
        CacheClusterSize::Gb118 => 1_180,
        CacheClusterSize::Gb237 => 2_370,
    }
}

/// Reads the table.
pub(super) fn read(reader: &Reader<'_>, item: &Item, settings: &mut Settings) -> Result<(), ConfigError> {
    let table = reader.table(CACHE_SIZES, item)?;
    for (key, item) in table.iter() {
        let Some(name) = CacheClusterSize::NAMES.iter().copied().find(|name| *name == key) else {
            let help = format!("allowed: {}", CacheClusterSize::NAMES.join(", "));
            return Err(reader.refuse(key_span(table, key), format!("`{key}` is no cluster size of AWS's"), help));
        };
        let bytes = item.as_integer().and_then(|bytes| u64::try_from(bytes).ok());
        let Some(bytes) = bytes else {
            let help = "allowed: a whole number of bytes".to_owned();
            return Err(reader.refuse(item.span(), format!("`{CACHE_SIZES}.\"{key}\"` is refused"), help));
        };
        settings.caches.sizes.insert(name, bytes);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use miette::Diagnostic as _;

    use super::*;
    use crate::config::file::apply;
    use crate::config::load::defaults;

    #[test]
    fn sizes_are_aws_s_unless_they_are_set() {
        let mut settings = defaults();
        apply("test.toml", "[cache_sizes]\n'0.5' = 1048576\n'237' = 0\n", &mut settings).expect("allowed");
        let bytes = |size| settings.caches.bytes(size);
        assert_eq!(bytes(CacheClusterSize::Gb0_5), 1 << 20);
        assert_eq!(bytes(CacheClusterSize::Gb237), 0);
        assert_eq!(bytes(CacheClusterSize::Gb118), 118 << 30);
        assert_eq!(defaults().caches.bytes(CacheClusterSize::Gb0_5), 512 << 20);
    }

    #[test]
    fn refusals_say_what_is_allowed() {
        for (text, message, help) in [
            ("cache_sizes = 1", "must be a table", "[cache_sizes]"),
            ("[cache_sizes]\n'0.7' = 1", "`0.7` is no cluster size", "0.5, 1.6, 6.1"),
            ("[cache_sizes]\n'0.5' = -1", "is refused", "whole number of bytes"),
            ("[cache_sizes]\n'0.5' = '1 GB'", "is refused", "whole number of bytes"),
        ] {
            let error = apply("test.toml", text, &mut defaults()).expect_err(text);
            assert!(error.to_string().contains(message), "{text}: {error}");
            let advice = error.help().map(|help| help.to_string()).unwrap_or_default();
            assert!(advice.contains(help), "{text}: {advice}");
        }
    }
}
