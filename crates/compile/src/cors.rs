//! What browsers are told about other origins, as its configuration's lists are sent.

use stagegate_plan::CorsPlan;

/// A configuration, of an HTTP API or of a function URL.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CorsLists<'d> {
    pub(crate) origins: Option<&'d [String]>,
    pub(crate) methods: Option<&'d [String]>,
    pub(crate) headers: Option<&'d [String]>,
    pub(crate) exposed: Option<&'d [String]>,
    pub(crate) has_credentials: Option<bool>,
    pub(crate) max_age_s: Option<i32>,
}

/// Compiles a configuration; what no header can hold is left out.
pub(crate) fn cors(lists: CorsLists<'_>) -> CorsPlan {
    let joined = |texts| sendable(texts).collect::<Vec<_>>().join(",").into();
    CorsPlan {
        origins: sendable(lists.origins).map(Box::from).collect(),
        methods: joined(lists.methods),
        headers: joined(lists.headers),
        exposed: joined(lists.exposed),
        has_credentials: lists.has_credentials.unwrap_or_default(),
        max_age_s: lists.max_age_s.and_then(|age| u32::try_from(age).ok()),
    }
}

/// The texts that a header can hold: no line ends with one of them.
fn sendable(texts: Option<&[String]>) -> impl Iterator<Item = &str> {
    let texts = texts.into_iter().flatten().map(|text| text.trim());
    texts.filter(|text| !text.is_empty() && !text.bytes().any(|byte| byte.is_ascii_control()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_joined_without_what_no_header_holds() {
        let texts = |texts: &[&str]| -> Vec<String> { texts.iter().map(|text| (*text).to_owned()).collect() };
        let (headers, methods, origins) =
            (texts(&["x-a", " x-b ", "x-c\r\nx-d: 1"]), texts(&["GET", "PUT"]), texts(&["https://a.example", ""]));
        let plan = cors(CorsLists {
            origins: Some(&origins),
            methods: Some(&methods),
            headers: Some(&headers),
            exposed: None,
            has_credentials: Some(true),
            max_age_s: Some(60),
        });
        assert_eq!((&*plan.headers, &*plan.methods, &*plan.exposed), ("x-a,x-b", "GET,PUT", ""));
        assert_eq!(
            (plan.origins, plan.max_age_s, plan.has_credentials),
            (vec!["https://a.example".into()], Some(60), true)
        );
    }
}
