//! Parameter mapping of HTTP APIs, compiled: what is changed of requests and of answers (facts H51 and H52).

use stagegate_mapping::{HttpMapping, HttpSource, HttpValuePart};

/// What is changed on the way to a back end and back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edits {
    /// Of requests.
    pub request: Box<[HttpMapping]>,
    /// Of answers, by the status that the integration gave; ascending.
    pub answers: Box<[(u16, Box<[HttpMapping]>)]>,
}

impl Edits {
    /// What is changed of an answer with this status.
    pub fn of_status(&self, status: u16) -> Option<&[HttpMapping]> {
        let index = self.answers.binary_search_by_key(&status, |(status, _)| *status).ok()?;
        self.answers.get(index).map(|(_, mappings)| &**mappings)
    }

    /// Whether a value comes from the request's content, which is then held whole.
    pub fn read_request_body(&self) -> bool {
        read_body(&self.request)
    }
}

/// Whether a value of these mappings comes from a body.
pub fn read_body(mappings: &[HttpMapping]) -> bool {
    mappings.iter().any(|mapping| parts_read_body(&mapping.value))
}

/// Whether a part of a value comes from a body.
pub(crate) fn parts_read_body(parts: &[HttpValuePart]) -> bool {
    parts.iter().any(|part| matches!(part, HttpValuePart::Source(HttpSource::Body(_))))
}

#[cfg(test)]
mod tests {
    use stagegate_mapping::HttpDirection;

    use super::*;

    #[test]
    fn a_status_has_the_edits_of_its_own() {
        let mapping = |key, value| HttpMapping::parse(HttpDirection::Response, key, value).expect("a mapping");
        let edits = Edits {
            request: Box::default(),
            answers: [
                (200, [mapping("append:header.a", "$response.body.b")].into()),
                (404, [mapping("overwrite:statuscode", "410")].into()),
            ]
            .into(),
        };
        assert_eq!(
            [200, 404, 500].map(|status| edits.of_status(status).map(read_body)),
            [Some(true), Some(false), None]
        );
        assert!(!edits.read_request_body());
    }
}
