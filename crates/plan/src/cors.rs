//! What browsers are told about requests from other origins (Fetch standard, "CORS protocol").

/// A CORS configuration. Lists are kept as they are sent: names joined by commas, empty where nothing is configured.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CorsPlan {
    /// Origins that may read answers; `*` is any, `https://*` and `http://*` are those of one scheme (developer guide,
    /// "Configure CORS for HTTP APIs").
    pub origins: Vec<Box<str>>,
    /// Methods that they may use; `*` is any.
    pub methods: Box<str>,
    /// Headers that they may send; `*` is any.
    pub headers: Box<str>,
    /// Headers of answers that they may read.
    pub exposed: Box<str>,
    /// Whether they may send cookies and other credentials.
    pub has_credentials: bool,
    /// How long a browser may remember the answer to a preflight request, in seconds.
    pub max_age_s: Option<u32>,
}

impl CorsPlan {
    /// Whether every origin may read answers.
    pub fn is_open(&self) -> bool {
        self.origins.iter().any(|allowed| **allowed == *"*")
    }

    /// Whether an origin, as its header writes it, may read answers.
    pub fn allows(&self, origin: &[u8]) -> bool {
        self.is_open() || self.origins.iter().any(|allowed| fits(allowed, origin))
    }
}

/// Whether an origin is a listed one, or of the scheme that `https://*` or `http://*` lists.
fn fits(allowed: &str, origin: &[u8]) -> bool {
    match allowed {
        "https://*" | "http://*" => {
            let scheme = &allowed.as_bytes()[..allowed.len() - 1];
            let split = origin.split_at_checked(scheme.len());
            split.is_some_and(|(own, host)| own.eq_ignore_ascii_case(scheme) && !host.is_empty())
        }
        _ => allowed.as_bytes().eq_ignore_ascii_case(origin),
    }
}

#[cfg(test)]
mod tests {
    use super::CorsPlan;

    #[test]
    fn an_origin_is_listed_or_all_are() {
        let listed = CorsPlan { origins: vec!["https://a.example".into()], ..CorsPlan::default() };
        let open = CorsPlan { origins: vec!["https://a.example".into(), "*".into()], ..CorsPlan::default() };
        for (origin, is_listed) in
            [("https://a.example", true), ("HTTPS://A.example", true), ("https://b.example", false)]
        {
            assert_eq!(listed.allows(origin.as_bytes()), is_listed, "{origin}");
            assert!(open.allows(origin.as_bytes()), "{origin}");
        }
        assert!(!CorsPlan::default().allows(b"null"));
    }

    #[test]
    fn an_origin_may_be_any_of_a_scheme() {
        let secure = CorsPlan { origins: vec!["https://*".into()], ..CorsPlan::default() };
        for (origin, expected) in [
            ("https://a.example", true),
            ("HTTPS://b.example:8443", true),
            ("http://a.example", false),
            ("https://", false),
            ("https:", false),
            ("null", false),
        ] {
            assert_eq!(secure.allows(origin.as_bytes()), expected, "{origin}");
        }
        assert!(!secure.is_open());
    }
}
