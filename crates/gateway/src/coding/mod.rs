//! Content codings: how requests name theirs and which one a client wants (RFC 9110 §8.4.1 and §12.5.3).

mod deflate;
mod inflate;

pub(crate) use deflate::Compressor;
pub(crate) use inflate::{InflateError, Inflater};

/// A coding that is served beside `identity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// RFC 1952.
    Gzip,
    /// RFC 1951 within RFC 1950, as HTTP has it.
    Deflate,
}

impl Coding {
    fn parse(name: &[u8]) -> Option<Self> {
        match name {
            _ if name.eq_ignore_ascii_case(b"gzip") || name.eq_ignore_ascii_case(b"x-gzip") => Some(Self::Gzip),
            _ if name.eq_ignore_ascii_case(b"deflate") => Some(Self::Deflate),
            _ => None,
        }
    }

    /// The name in headers.
    pub(crate) fn name(self) -> &'static [u8] {
        match self {
            Self::Gzip => b"gzip",
            Self::Deflate => b"deflate",
        }
    }
}

/// A coding, or several, that a request cannot have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UnsupportedCoding;

/// The coding that the values of Content-Encoding name; `None` for content as it is.
///
/// # Errors
/// A coding that is not served, or more than one.
pub(crate) fn named<'h>(values: impl Iterator<Item = &'h [u8]>) -> Result<Option<Coding>, UnsupportedCoding> {
    let mut found = None;
    for name in values.flat_map(elements).filter(|name| !name.eq_ignore_ascii_case(b"identity")) {
        let coding = Coding::parse(name).filter(|_| found.is_none());
        found = Some(coding.ok_or(UnsupportedCoding)?);
    }
    Ok(found)
}

/// The coding that a client wants by the values of its Accept-Encoding.
///
/// Only the one with the highest weight counts, the first of equals, and it must be named: `*` compresses nothing, and neither
/// does a coding that is not served before one that is (AWS: "Enable Payload Compression for an API").
pub(crate) fn wanted<'h>(values: impl Iterator<Item = &'h [u8]>) -> Option<Coding> {
    let mut best: Option<(&[u8], u16)> = None;
    for (name, weight) in values.flat_map(elements).filter_map(weighted) {
        if weight > best.map_or(0, |(_, weight)| weight) {
            best = Some((name, weight));
        }
    }
    best.and_then(|(name, _)| Coding::parse(name))
}

/// The elements of a comma-separated list.
fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).filter(|element| !element.is_empty())
}

/// The name of an element and its weight in thousandths; `None` where the weight is none.
fn weighted(element: &[u8]) -> Option<(&[u8], u16)> {
    let mut parts = element.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    let name = parts.next()?;
    let is_weight = |part: &&[u8]| part.get(..2).is_some_and(|start| start.eq_ignore_ascii_case(b"q="));
    let weight = parts.find(is_weight).map_or(Some(1000), |part| thousandths(&part[2..]))?;
    Some((name, weight))
}

/// `qvalue`: 0 to 1 with at most three digits behind the point.
fn thousandths(text: &[u8]) -> Option<u16> {
    let (whole, rest) = text.split_first()?;
    let digits = if rest.is_empty() { rest } else { rest.strip_prefix(b".").filter(|digits| digits.len() <= 3)? };
    let mut value = 0;
    for place in 0..3 {
        let digit = digits.get(place).copied().unwrap_or(b'0');
        value = value * 10 + u16::from(digit.checked_sub(b'0').filter(|digit| *digit <= 9)?);
    }
    match whole {
        b'0' => Some(value),
        b'1' if value == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Coding::{Deflate, Gzip};
    use super::*;

    #[test]
    fn the_first_of_the_heaviest_codings_counts() {
        let cases: [(&[&str], Option<Coding>); 22] = [
            (&[], None),
            (&[""], None),
            (&["*"], None),
            (&["gzip"], Some(Gzip)),
            (&["GZip"], Some(Gzip)),
            (&["x-gzip"], Some(Gzip)),
            (&["deflate,gzip"], Some(Deflate)),
            (&["gzip, deflate, br"], Some(Gzip)),
            (&["br, gzip"], None),
            (&["br;q=0.9, gzip"], Some(Gzip)),
            (&["identity, gzip"], None),
            (&["*, gzip"], None),
            (&["*;q=0.1, gzip;q=0.2"], Some(Gzip)),
            (&["deflate;q=0.5,gzip;q=1.0"], Some(Gzip)),
            (&["gzip;q=1.0,identity;q=0.5,*;q=0"], Some(Gzip)),
            (&["gzip;q=0"], None),
            (&["gzip;q=0.000, deflate;q=0.001"], Some(Deflate)),
            (&["gzip;q=2, deflate;q=0.5"], Some(Deflate)),
            (&["gzip;q=1.001"], None),
            (&["gzip; Q=0.3", "deflate ; q=0.4"], Some(Deflate)),
            (&["gzip;level=9"], Some(Gzip)),
            (&["gzip;q=.5"], None),
        ];
        for (values, expected) in cases {
            assert_eq!(wanted(values.iter().map(|value| value.as_bytes())), expected, "{values:?}");
        }
    }

    #[test]
    fn a_request_has_one_coding_or_none() {
        type Case<'c> = (&'c [&'c str], Result<Option<Coding>, UnsupportedCoding>);
        let cases: [Case<'_>; 9] = [
            (&[], Ok(None)),
            (&["identity"], Ok(None)),
            (&["", " , "], Ok(None)),
            (&["gzip"], Ok(Some(Gzip))),
            (&["identity, Deflate"], Ok(Some(Deflate))),
            (&["br"], Err(UnsupportedCoding)),
            (&["utf-8"], Err(UnsupportedCoding)),
            (&["gzip, gzip"], Err(UnsupportedCoding)),
            (&["gzip", "deflate"], Err(UnsupportedCoding)),
        ];
        for (values, expected) in cases {
            assert_eq!(named(values.iter().map(|value| value.as_bytes())), expected, "{values:?}");
        }
    }

    #[test]
    fn weights_are_thousandths() {
        let cases = [("1", Some(1000)), ("0", Some(0)), ("0.", Some(0)), ("0.5", Some(500)), ("1.000", Some(1000))];
        let wrong = ["", "2", "-1", "0.0001", "1.1", "0,5", "0.x", " 1"].map(|text| (text, None));
        for (text, expected) in cases.into_iter().chain(wrong) {
            assert_eq!(thousandths(text.as_bytes()), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..60)) {
            let _ = (wanted(std::iter::once(&text[..])), named(std::iter::once(&text[..])));
        }
    }
}
