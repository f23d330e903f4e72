//! Selection patterns: a Java regular expression that must match a status whole (facts 61 and 62).

use regex::{Regex, RegexBuilder};
use stagegate_model::rest::IntegrationResponse;

/// Bytes of compiled program a pattern may take; patterns come from API authors and match three digits.
const PROGRAM_LIMIT_BYTES: usize = 1 << 20;

/// The compiled pattern of an integration response; `None` for the default response.
pub(crate) fn pattern(response: &IntegrationResponse) -> Result<Option<Regex>, String> {
    let Some(source) = response.selection_pattern.as_deref().filter(|source| !source.is_empty()) else {
        return Ok(None);
    };
    let refuse = |_| format!("the selection pattern `{source}` is not a regular expression served here");
    // The bare pattern must be valid by itself: `a)(b` would only be so inside the group below.
    build(source).map_err(refuse)?;
    build(&format!(r"\A(?:{source})\z")).map(Some).map_err(refuse)
}

fn build(source: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(source).size_limit(PROGRAM_LIMIT_BYTES).build()
}

/// The index of the response that a status selects: the first pattern that matches, else the first default.
pub(crate) fn choose(patterns: &[Option<Regex>], status: u16) -> Option<usize> {
    let text = status.to_string();
    let matching = patterns.iter().position(|pattern| pattern.as_ref().is_some_and(|regex| regex.is_match(&text)));
    matching.or_else(|| patterns.iter().position(Option::is_none))
}

#[cfg(test)]
mod tests {
    use stagegate_model::rest::{IntegrationResponse, StatusCode};

    use super::{choose, pattern};

    fn compiled(sources: &[&str]) -> Result<Vec<Option<regex::Regex>>, String> {
        let response = |source: &&str| IntegrationResponse {
            selection_pattern: Some((*source).to_owned()),
            ..IntegrationResponse::new(StatusCode::OK)
        };
        sources.iter().map(response).map(|response| pattern(&response)).collect()
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
        ];
        for (sources, status, index) in cases {
            assert_eq!(choose(&compiled(sources).unwrap(), *status), *index, "{sources:?} {status}");
        }
    }

    #[test]
    fn patterns_that_cannot_be_served_are_refused() {
        for source in ["(", "4)(5", "(?!404)\\d+", "(\\d)\\1", "x{1000}{1000}", "["] {
            assert!(compiled(&[source]).is_err(), "{source}");
        }
    }
}
