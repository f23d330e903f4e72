//! JSON Pointers (RFC 6901): the paths of patch operations, and the patterns of patch rows.

/// The segments of a pointer as they were written, escapes and all; nothing for text that is no pointer.
pub(crate) fn segments(pointer: &str) -> Option<Vec<&str>> {
    let segments: Vec<&str> = pointer.strip_prefix('/')?.split('/').collect();
    segments.iter().all(|segment| is_escaped_well(segment)).then_some(segments)
}

/// Every `~` must begin `~0` or `~1` (RFC 6901, section 3).
fn is_escaped_well(segment: &str) -> bool {
    let mut parts = segment.split('~');
    parts.next();
    parts.all(|part| part.starts_with(['0', '1']))
}

/// A segment without escapes: `~1` is `/`, `~0` is `~`.
pub(crate) fn unescape(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}

/// Matches a pattern such as `/variables/{name}`: the segments at the placeholders, as written. A placeholder such as
/// `{resource+}`, one in a pattern, takes as many segments as the others leave.
pub(crate) fn captures(pattern: &str, segments: &[&str]) -> Option<Vec<String>> {
    let parts: Vec<&str> = pattern.strip_prefix('/')?.split('/').collect();
    let surplus = segments.len().checked_sub(parts.len())?;
    let mut rest = segments;
    let mut captured = Vec::new();
    for part in parts {
        let takes = if part.ends_with("+}") { 1 + surplus } else { 1 };
        let (own, left) = rest.split_at_checked(takes)?;
        rest = left;
        let own = own.join("/");
        if part.starts_with('{') {
            if own.is_empty() {
                return None;
            }
            captured.push(own);
        } else if unescape(&own) != part {
            return None;
        }
    }
    rest.is_empty().then_some(captured)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pointers_that_are_none_are_refused() {
        for bad in ["", "name", "/a~", "/a~2b", "/~"] {
            assert_eq!(segments(bad), None, "{bad}");
        }
        assert_eq!(segments("/"), Some(vec![""]));
    }

    #[test]
    fn patterns_capture_whole_segments() {
        let segments = segments("/~1pets~1{id}/GET/logging/loglevel").expect("a pointer");
        let captured = captures("/{resource}/{verb}/logging/loglevel", &segments).expect("a match");
        assert_eq!(captured, ["~1pets~1{id}", "GET"]);
        assert_eq!(captures("/{resource}/{verb}", &segments), None);
        assert_eq!(captures("/variables/{name}", &["variables", ""]), None);
        assert_eq!(captures("/variables/{name}", &["variables", "a", "b"]), None);
    }

    #[test]
    fn a_greedy_placeholder_takes_what_the_others_leave() {
        for (pointer, captured) in [
            ("/*/*/logging/loglevel", Some(["*", "*"])),
            ("/pets/{id}/toys/GET/logging/loglevel", Some(["pets/{id}/toys", "GET"])),
            ("//pets/{id}/GET/logging/loglevel", Some(["/pets/{id}", "GET"])),
            ("/GET/logging/loglevel", None),
            ("//GET/logging/loglevel", None),
            ("/pets/GET//logging/loglevel", None),
        ] {
            let segments = segments(pointer).expect("a pointer");
            let found = captures("/{resource+}/{verb}/logging/loglevel", &segments);
            assert_eq!(found, captured.map(|names| names.map(str::to_owned).to_vec()), "{pointer}");
        }
    }

    proptest! {
        #[test]
        fn any_name_survives_escaping(name in ".*") {
            let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
            let parsed = segments(&pointer).expect("escaped as RFC 6901 asks");
            prop_assert_eq!(parsed.len(), 1);
            prop_assert_eq!(unescape(parsed[0]), name);
        }

        #[test]
        fn no_text_makes_it_fall_over(text in ".*") {
            if let Some(parsed) = segments(&text) {
                captures("/a/{b}/c", &parsed);
                captures("/{a+}/b", &parsed);
            }
        }
    }
}
