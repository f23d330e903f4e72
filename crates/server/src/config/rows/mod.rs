//! Every setting, one row each.

mod functions;
mod identity;
mod limits;
mod logging;
mod metrics;
mod otlp;
mod places;
mod timeouts;
mod tokens;
mod traces;

use super::Row;

/// Every row, in the order of the help.
pub(crate) fn all() -> impl Iterator<Item = &'static Row> {
    let first = [places::ROWS, identity::ROWS, limits::ROWS, timeouts::ROWS, functions::ROWS];
    let second = [logging::ROWS, metrics::ROWS, otlp::ROWS, tokens::ROWS, traces::ROWS];
    first.into_iter().chain(second).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    #[test]
    fn every_default_is_allowed_and_every_key_is_unique() {
        let mut keys = std::collections::BTreeSet::new();
        for row in all() {
            assert!(keys.insert(row.key), "{} appears twice", row.key);
            assert!(row.help.ends_with('.'), "{} needs a sentence of help", row.key);
            if !row.default.is_empty() {
                assert!((row.set)(&mut Settings::blank(), row.default).is_some(), "{}", row.key);
            }
        }
    }
}
