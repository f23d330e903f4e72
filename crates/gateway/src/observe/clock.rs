//! Wall-clock texts, formatted at most once a second on each core.

use std::cell::RefCell;
use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
const IMF_FIXDATE: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
/// `27/Oct/2023:13:40:57 +0000` (fact L15).
const REQUEST_TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");

/// A moment of the wall clock, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WallClock {
    /// Milliseconds since 1970.
    pub(crate) epoch_ms: u64,
}

impl WallClock {
    /// Now.
    pub(crate) fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { epoch_ms: u64::try_from(since.as_millis()).unwrap_or(u64::MAX) }
    }

    /// Whole seconds since 1970.
    pub(crate) fn epoch_s(self) -> u64 {
        self.epoch_ms / 1000
    }
}

/// `Thu Jun 08 15:09:49 UTC 2023` (fact 121).
const LOG_DATE: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short] [month repr:short] [day] [hour]:[minute]:[second] UTC [year]");

/// Appends the date that begins a line of a test's log. Formatted each time: only tests write it.
pub(crate) fn write_log_date(now: WallClock, out: &mut Vec<u8>) {
    out.extend_from_slice(format(now, LOG_DATE).as_bytes());
}

fn format(now: WallClock, format: &[BorrowedFormatItem<'_>]) -> String {
    let moment = i64::try_from(now.epoch_s()).ok().and_then(|s| OffsetDateTime::from_unix_timestamp(s).ok());
    let moment = moment.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    moment.format(format).expect("a date in range has these parts")
}

/// A date as Java's `Date` writes it: `Thu Jun 08 15:09:49 UTC 2023`. `None` beyond the years that have four digits.
pub(crate) fn java_date(epoch_s: i64) -> Option<String> {
    OffsetDateTime::from_unix_timestamp(epoch_s).ok()?.format(LOG_DATE).ok()
}

/// The last second's texts.
#[derive(Debug, Default)]
pub(crate) struct DateTexts {
    cached: RefCell<(u64, String, String)>,
}

impl DateTexts {
    /// Appends the Date header's value.
    pub(crate) fn http_date(&self, now: WallClock, out: &mut Vec<u8>) {
        self.with(now, |http, _| out.extend_from_slice(http.as_bytes()));
    }

    /// Appends `$context.requestTime`.
    pub(crate) fn request_time(&self, now: WallClock, out: &mut Vec<u8>) {
        self.with(now, |_, log| out.extend_from_slice(log.as_bytes()));
    }

    fn with(&self, now: WallClock, used: impl FnOnce(&str, &str)) {
        let mut cached = self.cached.borrow_mut();
        if cached.0 != now.epoch_s() || cached.1.is_empty() {
            *cached = (now.epoch_s(), format(now, IMF_FIXDATE), format(now, REQUEST_TIME));
        }
        used(&cached.1, &cached.2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fact_121_lines_of_a_test_begin_with_javas_date() {
        let mut out = Vec::new();
        write_log_date(WallClock { epoch_ms: 1_686_236_989_000 }, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "Thu Jun 08 15:09:49 UTC 2023");
    }

    #[test]
    fn dates_read_as_the_standards_write_them() {
        let texts = DateTexts::default();
        let mut out = Vec::new();
        for epoch_ms in [784_111_777_000, 1_698_414_057_999] {
            texts.http_date(WallClock { epoch_ms }, &mut out);
            out.push(b'|');
            texts.request_time(WallClock { epoch_ms }, &mut out);
            out.push(b'|');
        }
        let expected = "Sun, 06 Nov 1994 08:49:37 GMT|06/Nov/1994:08:49:37 +0000|\
                        Fri, 27 Oct 2023 13:40:57 GMT|27/Oct/2023:13:40:57 +0000|";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
