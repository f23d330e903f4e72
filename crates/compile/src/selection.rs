//! Selection patterns: a Java regular expression that must match a status whole (facts 61 and 62).

use std::collections::HashMap;

use stagegate_model::rest::IntegrationResponse;
use stagegate_plan::JavaPattern;

/// The statuses that a pattern matches, one bit for each of 100 to 599.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Statuses([u64; 8]);

impl Statuses {
    fn matching(pattern: &JavaPattern) -> Self {
        let mut statuses = Self::default();
        for status in (100..600_u16).filter(|status| pattern.matches(&status.to_string()).unwrap_or_default()) {
            let bit = usize::from(status - 100);
            statuses.0[bit / 64] |= 1 << (bit % 64);
        }
        statuses
    }

    fn contains(self, status: u16) -> bool {
        let bit = usize::from(status.wrapping_sub(100));
        self.0.get(bit / 64).is_some_and(|word| word & (1 << (bit % 64)) != 0)
    }
}

/// The patterns of one deployment, each compiled once: hundreds of methods share a handful.
#[derive(Debug, Default)]
pub(crate) struct Patterns(HashMap<String, Result<Statuses, String>>);

impl Patterns {
    /// The statuses of an integration response's pattern; `None` for the default response.
    pub(crate) fn statuses(&mut self, response: &IntegrationResponse) -> Result<Option<Statuses>, String> {
        let Some(source) = response.selection_pattern.as_deref().filter(|source| !source.is_empty()) else {
            return Ok(None);
        };
        if let Some(known) = self.0.get(source) {
            return known.clone().map(Some);
        }
        let statuses = compile(source).map(|pattern| Statuses::matching(&pattern));
        self.0.insert(source.to_owned(), statuses.clone());
        statuses.map(Some)
    }
}

fn compile(source: &str) -> Result<JavaPattern, String> {
    let refused = |_| format!("the selection pattern `{source}` is not a regular expression served here");
    JavaPattern::whole(source).map_err(refused)
}

/// The pattern that a function's error message must match whole; `None` for a default response.
pub(crate) fn message_pattern(response: &IntegrationResponse) -> Result<Option<JavaPattern>, String> {
    let source = response.selection_pattern.as_deref().filter(|source| !source.is_empty());
    source.map(compile).transpose()
}

/// The index of the response that a status selects: the first pattern that matches, else the first default.
pub(crate) fn choose(patterns: &[Option<Statuses>], status: u16) -> Option<usize> {
    let matching = patterns.iter().position(|pattern| pattern.is_some_and(|statuses| statuses.contains(status)));
    matching.or_else(|| patterns.iter().position(Option::is_none))
}

#[cfg(test)]
mod tests {
    use stagegate_model::rest::{IntegrationResponse, StatusCode};

    use super::{Patterns, Statuses, choose};

    fn compiled(sources: &[&str]) -> Result<Vec<Option<Statuses>>, String> {
        let mut patterns = Patterns::default();
        let response = |source: &&str| IntegrationResponse {
            selection_pattern: Some((*source).to_owned()),
            ..IntegrationResponse::new(StatusCode::OK)
        };
        sources.iter().map(response).map(|response| patterns.statuses(&response)).collect()
    }

    #[test]
    fn a_pattern_matches_whole_or_not_at_all() {
        let cases: &[(&[&str], u16, Option<usize>)] = &[
            (&["4\\d\\d", ""], 404, Some(0)),
            (&["4\\d\\d", ""], 504, Some(1)),
            (&["4", ""], 404, Some(1)),
            (&["40", "404"], 404, Some(1)),
            (&["4..|5.."], 503, Some(0)),
            (&["4|5"], 404, None),
            (&["", "2.*"], 200, Some(1)),
            (&["", ""], 200, Some(0)),
            (&[], 200, None),
            (&["(?s).+"], 301, Some(0)),
            (&["1..|599"], 100, Some(0)),
            (&["1..|599"], 599, Some(0)),
            (&["(?!404)4..", ""], 403, Some(0)),
            (&["(?!404)4..", ""], 404, Some(1)),
            (&["(\\d)\\1\\1"], 444, Some(0)),
            (&[".*"], 99, None),
            (&[".*"], 600, None),
        ];
        for (sources, status, index) in cases {
            assert_eq!(choose(&compiled(sources).unwrap(), *status), *index, "{sources:?} {status}");
        }
    }

    #[test]
    fn patterns_that_cannot_be_served_are_refused() {
        for source in ["(", "4)(5", "(?!404)\\h", "x{1000}{1000}", "["] {
            assert!(compiled(&[source]).is_err(), "{source}");
        }
    }
}
