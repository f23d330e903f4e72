//! The instants of signatures: `YYYYMMDDTHHMMSSZ`, and the forms a `Date` header may have.

use time::format_description::well_known::Rfc2822;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// Writes an instant in ISO 8601 basic form, UTC, to the second.
pub(crate) fn format(at: OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC);
    at.format(format_description!("[year][month][day]T[hour][minute][second]Z"))
        .expect("an instant of the years 0 to 9999 always formats")
}

/// Reads ISO 8601 basic form.
pub(crate) fn parse_basic(text: &str) -> Option<OffsetDateTime> {
    if text.len() != "YYYYMMDDTHHMMSSZ".len() {
        return None;
    }
    let form = format_description!("[year][month][day]T[hour][minute][second]Z");
    PrimitiveDateTime::parse(text, form).ok().map(PrimitiveDateTime::assume_utc)
}

/// Reads the value of a `Date` header: RFC 9110's preferred form, or ISO 8601 basic form.
pub(crate) fn parse_date_header(text: &str) -> Option<OffsetDateTime> {
    parse_basic(text).or_else(|| OffsetDateTime::parse(text, &Rfc2822).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_form_round_trips_and_nothing_else_parses() {
        let at = parse_basic("20150830T123600Z").expect("basic form");
        assert_eq!(format(at), "20150830T123600Z");
        for text in
            ["", "20150830", "2015-08-30T12:36:00Z", "20151330T123600Z", "20150830T123600z", "20150830T123600ZZ"]
        {
            assert!(parse_basic(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_date_header_may_be_an_http_date() {
        let at = parse_date_header("Sun, 30 Aug 2015 12:36:00 GMT").expect("HTTP date");
        assert_eq!(format(at), "20150830T123600Z");
    }
}
