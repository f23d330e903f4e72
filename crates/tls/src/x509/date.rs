//! When a certificate is valid: the two dates of its DER (RFC 5280 §4.1.2.5), and how they are written.

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Date, Month, OffsetDateTime, Time};

use super::der::element;

const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// `May 28 12:30:02 2019 GMT`, the day padded with a space: OpenSSL's form, which AWS shows.
const SHOWN: &[BorrowedFormatItem<'_>] =
    format_description!("[month repr:short] [day padding:space] [hour]:[minute]:[second] [year] GMT");

/// The dates, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first second.
    pub begin_s: i64,
    /// The last one.
    pub end_s: i64,
}

impl Validity {
    /// The first second as AWS writes it: `May 28 12:30:02 2019 GMT`.
    pub fn not_before(&self) -> String {
        shown(self.begin_s)
    }

    /// The last second in the same form.
    pub fn not_after(&self) -> String {
        shown(self.end_s)
    }
}

fn shown(epoch_s: i64) -> String {
    OffsetDateTime::from_unix_timestamp(epoch_s).ok().and_then(|date| date.format(SHOWN).ok()).unwrap_or_default()
}

/// Reads the content of a certificate's `Validity`.
pub(super) fn validity(dates: &[u8]) -> Option<Validity> {
    let begin = element(dates)?;
    let end = element(begin.rest)?;
    Some(Validity { begin_s: date(begin.tag, begin.content)?, end_s: date(end.tag, end.content)? })
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
}
