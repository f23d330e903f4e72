//! When a certificate is valid: the two dates of its DER (RFC 5280 §4.1), which webpki only reads along with an issuer.

use time::{Date, Month, OffsetDateTime, Time};

/// The dates, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Validity {
    pub(super) begin_s: i64,
    pub(super) end_s: i64,
}

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Reads the dates of a certificate; `None` when it is none.
pub(super) fn validity(certificate: &[u8]) -> Option<Validity> {
    let (SEQUENCE, certificate, _) = element(certificate)? else { return None };
    let (SEQUENCE, mut fields, _) = element(certificate)? else { return None };
    if let (VERSION, _, rest) = element(fields)? {
        fields = rest;
    }
    // The serial number, the signature's algorithm and the issuer.
    for _ in 0..3 {
        fields = element(fields)?.2;
    }
    let (SEQUENCE, dates, _) = element(fields)? else { return None };
    let (begin_tag, begin, rest) = element(dates)?;
    let (end_tag, end, _) = element(rest)?;
    Some(Validity { begin_s: date(begin_tag, begin)?, end_s: date(end_tag, end)? })
}

/// The first element: its tag, its content and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let octets = usize::from(first & 0x7f);
        if !(1..=4).contains(&octets) {
            return None;
        }
        let (length, rest) = rest.split_at_checked(octets)?;
        (length.iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

/// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`.
fn date(tag: u8, text: &[u8]) -> Option<i64> {
    let digits = text.strip_suffix(b"Z").filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    let number = |digits: &[u8]| digits.iter().fold(0_i32, |sum, digit| sum * 10 + i32::from(digit - b'0'));
    let (year, rest) = match (tag, digits.len()) {
        // RFC 5280 §4.1.2.5.1: two digits from 50 are of the last century.
        (UTC_TIME, 12) => {
            let year = number(&digits[..2]);
            (if year < 50 { 2000 + year } else { 1900 + year }, &digits[2..])
        }
        (GENERALIZED_TIME, 14) => (number(&digits[..4]), &digits[4..]),
        _ => return None,
    };
    let part = |at: usize| u8::try_from(number(&rest[at..at + 2])).ok();
    let date = Date::from_calendar_date(year, Month::try_from(part(0)?).ok()?, part(2)?).ok()?;
    let time = Time::from_hms(part(4)?, part(6)?, part(8)?).ok()?;
    Some(OffsetDateTime::new_utc(date, time).unix_timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_both_forms() {
        for (tag, text, expected) in [
            (UTC_TIME, "700101000000Z", Some(0)),
            (UTC_TIME, "491231235959Z", Some(2_524_607_999)),
            (UTC_TIME, "500101000000Z", Some(-631_152_000)),
            (GENERALIZED_TIME, "20500101000000Z", Some(2_524_608_000)),
            (GENERALIZED_TIME, "99991231235959Z", Some(253_402_300_799)),
            (UTC_TIME, "7001010000Z", None),
            (UTC_TIME, "701301000000Z", None),
            (UTC_TIME, "700101000000", None),
            (GENERALIZED_TIME, "700101000000Z", None),
            (0x04, "700101000000Z", None),
        ] {
            assert_eq!(date(tag, text.as_bytes()), expected, "{text}");
        }
    }

    /// The first fields of a certificate, its version being optional.
    fn certificate(has_version: bool) -> Vec<u8> {
        let wrap = |tag: u8, content: &[u8]| {
            let length = u8::try_from(content.len()).expect("short");
            [&[tag, 0x81, length], content].concat()
        };
        let dates = [wrap(UTC_TIME, b"260101000000Z"), wrap(GENERALIZED_TIME, b"20510101000000Z")].concat();
        let version = if has_version { wrap(VERSION, &[2, 1, 2]) } else { Vec::new() };
        let issuer = wrap(SEQUENCE, &[]);
        let fields = [version, wrap(2, &[7]), wrap(SEQUENCE, &[]), issuer, wrap(SEQUENCE, &dates)].concat();
        wrap(SEQUENCE, &wrap(SEQUENCE, &fields))
    }

    #[test]
    fn the_dates_stand_behind_the_issuer() {
        let expected = Validity { begin_s: 1_767_225_600, end_s: 2_556_144_000 };
        assert_eq!(validity(&certificate(true)), Some(expected));
        assert_eq!(validity(&certificate(false)), Some(expected));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(cut in 0..80_usize, at in 0..80_usize, byte: u8) {
            let mut bytes = certificate(true);
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.truncate(cut);
            let _ = validity(&bytes);
        }
    }
}
