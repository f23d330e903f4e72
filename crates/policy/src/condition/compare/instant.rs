//! Dates and times as the W3C profile of ISO 8601 writes them, or as epoch seconds.

use time::{Date, Month};

const NANOSECONDS_PER_SECOND: i128 = 1_000_000_000;

/// Nanoseconds since 1970-01-01T00:00:00Z. A date stands for its first instant, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(i128);

impl Instant {
    /// Parses `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, the last with `Thh:mm`, `Thh:mm:ss` or `Thh:mm:ss.s` and a zone (`Z`,
    /// `+hh:mm`), or epoch seconds. Four digits are a year.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if text.len() != 4
            && digits.len() <= 18
            && !digits.is_empty()
            && digits.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Some(Self(i128::from(text.parse::<i64>().ok()?) * NANOSECONDS_PER_SECOND));
        }
        let (day, clock) = text.split_once('T').map_or((text, None), |(day, clock)| (day, Some(clock)));
        let mut parts = day.split('-');
        let year = number(parts.next()?, 4)?;
        let month = parts.next().map(|part| number(part, 2));
        let day = parts.next().map(|part| number(part, 2));
        if parts.next().is_some() || (clock.is_some() && day.is_none()) {
            return None;
        }
        let month = Month::try_from(u8::try_from(month.unwrap_or(Some(1))?).ok()?).ok()?;
        let date = Date::from_calendar_date(year, month, u8::try_from(day.unwrap_or(Some(1))?).ok()?).ok()?;
        let midnight = i128::from(date.midnight().assume_utc().unix_timestamp()) * NANOSECONDS_PER_SECOND;
        Some(Self(midnight + clock.map_or(Some(0), since_midnight)?))
    }
}

/// Exactly `width` digits.
fn number(text: &str, width: usize) -> Option<i32> {
    (text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Nanoseconds from midnight UTC to a time of day with its zone.
fn since_midnight(clock: &str) -> Option<i128> {
    let zone_at = clock.find(['Z', '+', '-'])?;
    let (time, zone) = clock.split_at(zone_at);
    let offset_seconds = match zone.split_at(1) {
        ("Z", "") => 0,
        (sign @ ("+" | "-"), offset) => {
            let (hours, minutes) = offset.split_once(':')?;
            let seconds = bounded(hours, 23)? * 3600 + bounded(minutes, 59)? * 60;
            if sign == "+" { seconds } else { -seconds }
        }
        _ => return None,
    };
    let mut parts = time.split(':');
    let (hours, minutes) = (bounded(parts.next()?, 23)?, bounded(parts.next()?, 59)?);
    let (seconds, nanoseconds) = parts.next().map_or(Some((0, 0)), seconds)?;
    if parts.next().is_some() {
        return None;
    }
    Some((hours * 3600 + minutes * 60 + seconds - offset_seconds) * NANOSECONDS_PER_SECOND + nanoseconds)
}

fn bounded(text: &str, most: i128) -> Option<i128> {
    number(text, 2).map(i128::from).filter(|value| *value <= most)
}

/// `ss` or `ss.s…`, to the nanosecond.
fn seconds(text: &str) -> Option<(i128, i128)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let fine = (1..=9).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit());
    fine.then(|| Some((bounded(whole, 59)?, format!("{fraction:0<9}").parse().ok()?)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_instants_are_equal_in_every_form() {
        for (one, other) in [
            ("2020", "2020-01-01"),
            ("2020-03", "2020-03-01T00:00Z"),
            ("2020-01-01T00:00:01Z", "1577836801"),
            ("2020-01-01T02:00:01+02:00", "2020-01-01T00:00:01.000Z"),
            ("2019-12-31T22:30:00-01:30", "2020-01-01"),
            ("1969-12-31T23:59:59Z", "-1"),
        ] {
            assert_eq!(Instant::parse(one).unwrap(), Instant::parse(other).unwrap(), "{one} {other}");
        }
        assert!(Instant::parse("2020-01-01T00:00:00.1Z") > Instant::parse("2020-01-01T00:00:00.09Z"));
    }

    #[test]
    fn other_texts_are_no_instants() {
        for text in [
            "",
            "-",
            "20-01-01",
            "2020-13",
            "2020-02-30",
            "2020-01-01T00:00",
            "2020-01-01T24:00Z",
            "2020-01-01T00:00:60Z",
            "2020-01-01T00:00:00.Z",
            "2020-01T00:00Z",
            "2020-01-01T00:00+0200",
            "2020-01-01T00:00:00:00Z",
            "2020-*",
            "2020-01-01T00:00Zz",
            "99999999999999999999",
        ] {
            assert_eq!(Instant::parse(text), None, "{text}");
        }
    }
}
