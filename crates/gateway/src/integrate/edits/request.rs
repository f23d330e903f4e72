//! A request with its mapped headers, query and path.

use std::borrow::Cow;

use stagegate_http1::{Field, HeadError, HeadLimits, Known, RequestHead};
use stagegate_mapping::{HttpEdit, HttpMapping, HttpTarget};
use stagegate_plan::GatewayResponseType;

use super::values::{Values, Writing};
use super::{Edited, EditedTarget};
use crate::integrate::values::{form_decode, is_dot_segment, percent_encode, query_pairs};
use crate::refusal::{Cause, Refusal};

type Text<'t> = Cow<'t, [u8]>;
/// Names with their values, in order.
type Pairs<'t> = Vec<(Text<'t>, Text<'t>)>;

/// Edits a request. Every value is read from the request as it came, whatever another mapping does to it.
///
/// # Errors
/// A path with dot segments, a head that is longer than one may be, or no memory for the body's document.
pub(super) fn edited(values: &Values<'_>, mappings: &[HttpMapping]) -> Result<Edited, Refusal> {
    let arrival = values.lookup.routed.addressed.arrival;
    let head = arrival.head;
    let mut fields = lasting_fields(head);
    // Pairs of a query stay as they were sent.
    let sent = query_pairs(head.query().unwrap_or_default());
    let mut query: Pairs<'_> = sent.map(|(name, value)| (name.into(), value.into())).collect();
    let mut target = EditedTarget::default();
    let mut has_other_query = false;
    for mapping in mappings {
        match &mapping.target {
            HttpTarget::Header(edit, name) => {
                let value = values.value(&mapping.value, Writing::Plain)?.filter(|value| fits_header(value));
                if Known::classify(name.as_bytes()) == Known::Host {
                    target.host = value.filter(|value| is_host(value)).map(Into::into);
                } else {
                    let is_same = |known: &[u8]| known.eq_ignore_ascii_case(name.as_bytes());
                    apply(&mut fields, *edit, (name.as_bytes().into(), value.map(Text::Owned)), is_same);
                }
            }
            HttpTarget::Query(edit, name) => {
                has_other_query = true;
                let value = values.value(&mapping.value, Writing::Plain)?.filter(|value| !value.contains(&0));
                let value = value.map(|value| encoded(String::from_utf8_lossy(&value).as_bytes()));
                let is_same = |known: &[u8]| *form_decode(known) == *name.as_bytes();
                apply(&mut query, *edit, (encoded(name.as_bytes()), value), is_same);
            }
            HttpTarget::Path => {
                let value = values.value(&mapping.value, Writing::Path)?;
                let longest = 2 * values.lookup.core.config.limits.head_bytes;
                target.path = value.map(|path| whole_path(&path, longest)).transpose()?;
            }
            // Of answers only.
            HttpTarget::StatusCode => {}
        }
    }
    let line = if has_other_query { line(head.path(), &query) } else { head.target().to_vec() };
    Ok(Edited { head: built(values, &line, &fields)?, target })
}

/// The client's fields without those that concern its connection alone. `Connection` goes, too: what it names would be dropped
/// behind this, and a client must not name what a mapping writes.
fn lasting_fields(head: &RequestHead) -> Pairs<'_> {
    let is_nominated = |field: &Field<'_>| head.has_nominations() && head.is_nominated(field.name);
    let lasting = head.fields().filter(|field| field.known != Known::Connection && !is_nominated(field));
    lasting.map(|field| (field.name.into(), field.value.into())).collect()
}

fn built(values: &Values<'_>, line: &[u8], fields: &Pairs<'_>) -> Result<RequestHead, Refusal> {
    let head = values.lookup.routed.addressed.arrival.head;
    let limits = &values.lookup.core.config.limits;
    // What the author adds counts as well; a head twice as long as a client's is too long for any back end.
    let limits = HeadLimits { head_bytes: 2 * limits.head_bytes, fields: 2 * limits.header_fields };
    let mut built = RequestHead::new();
    let fields = fields.iter().map(|(name, value)| (&**name, &**value));
    built.simulate(head.method(), head.host(), line, fields, &limits).map_err(Refusal::Head)?;
    built.set_body(head.body());
    Ok(built)
}

/// Changes the values of a name. One that is to be overwritten with a value that does not exist goes: what the client sent in its
/// place must not pass for it.
fn apply<'t>(
    pairs: &mut Pairs<'t>,
    edit: HttpEdit,
    (name, value): (Text<'t>, Option<Text<'t>>),
    is_same: impl Fn(&[u8]) -> bool,
) {
    if edit != HttpEdit::Append {
        pairs.retain(|(known, _)| !is_same(known));
    }
    if let Some(value) = value.filter(|_| edit != HttpEdit::Remove) {
        pairs.push((name, value));
    }
}

fn encoded<'t>(text: &[u8]) -> Text<'t> {
    let mut out = Vec::with_capacity(text.len());
    percent_encode(text, &mut out);
    Text::Owned(out)
}

fn line(path: &[u8], query: &Pairs<'_>) -> Vec<u8> {
    let mut line = path.to_vec();
    for (index, (name, value)) in query.iter().enumerate() {
        line.push(if index == 0 { b'?' } else { b'&' });
        line.extend_from_slice(name);
        line.push(b'=');
        line.extend_from_slice(value);
    }
    line
}

/// A path that begins with a slash, has only what a path may have, and leads nowhere else. It comes from at most `longest` bytes.
fn whole_path(path: &[u8], longest: usize) -> Result<Box<[u8]>, Refusal> {
    if path.len() > longest {
        return Err(Refusal::Head(HeadError::TargetTooLong));
    }
    if path.split(|byte| *byte == b'/').any(is_dots) {
        return Err(Refusal::Gateway(GatewayResponseType::BadRequestParameters, Cause::MissingParameters));
    }
    let mut whole = Vec::with_capacity(path.len() + 1);
    if path.first() != Some(&b'/') {
        whole.push(b'/');
    }
    for byte in path {
        if byte.is_ascii_graphic() && !b"?#\"<>\\^`{|}".contains(byte) {
            whole.push(*byte);
        } else {
            percent_encode(&[*byte], &mut whole);
        }
    }
    Ok(whole.into())
}

/// Whether a segment is `.` or `..`, also where somebody decodes it first.
fn is_dots(segment: &[u8]) -> bool {
    let decoded = form_decode(segment);
    decoded.split(|byte| matches!(byte, b'/' | b'\\')).any(is_dot_segment)
}

/// Whether a value can be a Host: any other leaves the integration's.
fn is_host(value: &[u8]) -> bool {
    !value.is_empty() && value.iter().all(|byte| byte.is_ascii_graphic() && !b"/?#@,;\"<>\\^`{|}".contains(byte))
}

/// Whether a value can stand in a header line (RFC 9110 §5.5).
pub(super) fn fits_header(value: &[u8]) -> bool {
    !value.iter().any(|byte| (*byte < 0x20 && *byte != b'\t') || *byte == 0x7f)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs<'t>(given: &[(&'t str, &'t str)]) -> Pairs<'t> {
        given.iter().map(|(name, value)| (name.as_bytes().into(), value.as_bytes().into())).collect()
    }

    #[test]
    fn fact_h52_edits_append_overwrite_and_remove() {
        let is_same = |known: &[u8]| known.eq_ignore_ascii_case(b"x-a");
        let value = || Some(Text::Borrowed(b"new"));
        for (edit, value, expected) in [
            (HttpEdit::Append, value(), vec![("X-A", "1"), ("b", "2"), ("x-A", "3"), ("x-a", "new")]),
            (HttpEdit::Overwrite, value(), vec![("b", "2"), ("x-a", "new")]),
            (HttpEdit::Remove, None, vec![("b", "2")]),
            (HttpEdit::Append, None, vec![("X-A", "1"), ("b", "2"), ("x-A", "3")]),
            (HttpEdit::Overwrite, None, vec![("b", "2")]),
        ] {
            let mut fields = pairs(&[("X-A", "1"), ("b", "2"), ("x-A", "3")]);
            apply(&mut fields, edit, (Text::Borrowed(b"x-a"), value), is_same);
            assert_eq!(fields, pairs(&expected), "{edit:?}");
        }
    }

    #[test]
    fn a_client_cannot_take_mapped_headers_away_by_naming_them() {
        let sent: [(&[u8], &[u8]); 4] =
            [(b"x-user", b"mallory"), (b"x-hop", b"1"), (b"Connection", b"X-User, x-hop"), (b"b", b"2")];
        let mut head = RequestHead::new();
        head.simulate(b"GET", b"h.example", b"/", sent.into_iter(), &HeadLimits::default()).expect("a head");
        let mut fields = lasting_fields(&head);
        apply(&mut fields, HttpEdit::Overwrite, (Text::Borrowed(b"x-user"), Some(Text::Borrowed(b"alice"))), |name| {
            name.eq_ignore_ascii_case(b"x-user")
        });
        assert_eq!(fields, pairs(&[("b", "2"), ("x-user", "alice")]));
    }

    #[test]
    fn a_host_is_a_name_with_or_without_a_port() {
        for (host, expected) in [
            ("a.example", true),
            ("a.example:8080", true),
            ("[::1]:80", true),
            ("", false),
            ("a b", false),
            ("user@a", false),
            ("a/b", false),
            ("caf\u{e9}", false),
        ] {
            assert_eq!(is_host(host.as_bytes()), expected, "{host}");
        }
    }

    #[test]
    fn an_overwritten_path_stays_a_path() {
        for (path, expected) in [
            ("/v1/pets", "/v1/pets"),
            ("pets", "/pets"),
            ("", "/"),
            ("/a b?c#d", "/a%20b%3Fc%23d"),
            ("/a%20b", "/a%20b"),
            ("//a", "//a"),
            ("/a/..b", "/a/..b"),
        ] {
            assert_eq!(whole_path(path.as_bytes(), 40).as_deref(), Ok(expected.as_bytes()), "{path}");
        }
        for path in ["/..", "/a/../b", "/.", "/%2e%2e/a", "/a%2F..%2Fb", "/..;x", "/a\\..\\b"] {
            assert!(whole_path(path.as_bytes(), 40).is_err(), "{path}");
        }
        assert_eq!(whole_path(b"/abc", 3), Err(Refusal::Head(HeadError::TargetTooLong)));
    }

    proptest::proptest! {
        #[test]
        fn no_path_leads_out_of_its_line(path in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40)) {
            if let Ok(whole) = whole_path(&path, 40) {
                proptest::prop_assert!(whole.starts_with(b"/"));
                proptest::prop_assert!(whole.iter().all(|byte| byte.is_ascii_graphic() && !b"?#".contains(byte)));
            }
        }
    }
}
