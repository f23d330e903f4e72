//! A file of one hour: one frame for each minute that was written, with the series that come up for the first time.

use std::collections::HashMap;
use std::sync::Arc;

use super::bytes::{Reader, write_number};
use super::distribution::Distribution;
use super::series::Series;
use crate::frame;

/// The first bytes of a file.
pub(super) const MAGIC: &[u8] = b"stagegate metrics 1\n";
/// The most series of one file.
const SERIES_MAX: u64 = 1 << 22;

/// One minute of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Minute {
    /// Which minute since 1970.
    pub minute: u64,
    /// The distributions of the series that had numbers.
    pub records: Vec<(Arc<Series>, Distribution)>,
}

/// Everything in the whole frames of a file, and how many bytes they are with what is before them.
pub fn decode(content: &[u8]) -> (Vec<Minute>, usize) {
    let mut minutes = Vec::new();
    let mut series: Vec<Arc<Series>> = Vec::new();
    let whole_bytes = scan(
        content,
        |new| series.push(Arc::new(new)),
        |_| true,
        |minute, id, distribution| push(&mut minutes, minute, (id, distribution)),
    );
    let named = |(minute, records): (u64, Vec<(usize, Distribution)>)| Minute {
        minute,
        records: records.into_iter().map(|(id, it)| (Arc::clone(&series[id]), it)).collect(),
    };
    (minutes.into_iter().map(named).collect(), whole_bytes)
}

fn push(minutes: &mut Vec<(u64, Vec<(usize, Distribution)>)>, minute: u64, record: (usize, Distribution)) {
    match minutes.last_mut() {
        Some((last, records)) if *last == minute => records.push(record),
        _ => minutes.push((minute, vec![record])),
    }
}

/// Goes through a file: names every series as it comes up, and every distribution of those that are wanted, by the place of their
/// series. Answers how many bytes are whole.
pub(super) fn scan(
    content: &[u8],
    mut name: impl FnMut(Series),
    wants: impl Fn(usize) -> bool,
    mut take: impl FnMut(u64, usize, Distribution),
) -> usize {
    let Some(rest) = content.strip_prefix(MAGIC) else { return 0 };
    let (frames, mut whole_bytes) = frame::read(rest);
    let (mut count, mut good_bytes) = (0, 0);
    for content in frames {
        // Whether all of it makes sense, before anything of it is taken: what is cut off a file must name no series.
        let is_sound = one(content, &mut count.clone(), &mut |_| {}, &|_| false, &mut |_, _, _| {}).is_some();
        if !is_sound || one(content, &mut count, &mut name, &wants, &mut take).is_none() {
            // A checksum that is right over content that is not: nobody wrote that.
            whole_bytes = good_bytes;
            break;
        }
        good_bytes += frame::HEAD_BYTES + content.len();
    }
    MAGIC.len() + whole_bytes
}

fn one(
    content: &[u8],
    count: &mut u64,
    name: &mut impl FnMut(Series),
    wants: &impl Fn(usize) -> bool,
    take: &mut impl FnMut(u64, usize, Distribution),
) -> Option<()> {
    let mut reader = Reader(content);
    let (minute, new) = (reader.number()?, reader.number()?);
    for _ in 0..new {
        *count = Some(*count + 1).filter(|count| *count <= SERIES_MAX)?;
        name(Series::read(&mut reader)?);
    }
    let mut records = Vec::new();
    while !reader.0.is_empty() {
        let id = reader.number().filter(|id| id < count)?;
        let length = reader.number()?;
        let mut record = Reader(reader.bytes(length)?);
        let id = usize::try_from(id).ok()?;
        if wants(id) {
            records.push((id, Distribution::read(&mut record)?));
        }
    }
    for (id, distribution) in records {
        take(minute, id, distribution);
    }
    Some(())
}

/// The series that a file knows, by their places.
pub(super) type Places = HashMap<Arc<Series>, u64>;

/// Appends the frame of a minute; series that the file does not know yet are added to those it knows.
pub(super) fn write(minute: u64, records: &[(Arc<Series>, Distribution)], known: &mut Places, out: &mut Vec<u8>) {
    let (mut names, mut new, mut body) = (Vec::new(), 0, Vec::new());
    let mut record = Vec::new();
    for (series, distribution) in records {
        let next = known.len() as u64;
        let id = *known.entry(Arc::clone(series)).or_insert_with(|| {
            series.write(&mut names);
            new += 1;
            next
        });
        record.clear();
        distribution.write(&mut record);
        write_number(id, &mut body);
        write_number(record.len() as u64, &mut body);
        body.extend_from_slice(&record);
    }
    let mut content = Vec::with_capacity(names.len() + body.len() + 16);
    write_number(minute, &mut content);
    write_number(new, &mut content);
    content.extend_from_slice(&names);
    content.extend_from_slice(&body);
    frame::write(&content, out);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn series(number: u8) -> Arc<Series> {
        let dimensions = [(Box::from("ApiName"), number.to_string().into())].into();
        Arc::new(Series { name: "Count".into(), dimensions, ..Series::default() })
    }

    #[test]
    fn a_frame_that_makes_no_sense_tells_nothing() {
        let mut good = Vec::new();
        Distribution::of(1, 1).write(&mut good);
        for (broken, why) in [((9, good.clone()), "no such series"), ((0, vec![0xff]), "no distribution")] {
            let mut bytes = MAGIC.to_vec();
            write(6, &[(series(1), Distribution::of(2, 2))], &mut Places::default(), &mut bytes);
            let whole_bytes = bytes.len();
            let mut content = vec![7, 1];
            series(2).write(&mut content);
            for (id, record) in [(0, good.clone()), broken] {
                content.extend([id, u8::try_from(record.len()).expect("short")]);
                content.extend(record);
            }
            frame::write(&content, &mut bytes);
            let (minutes, found_bytes) = decode(&bytes);
            assert_eq!((minutes.len(), found_bytes), (1, whole_bytes), "{why}");
        }
    }

    proptest! {
        #[test]
        fn whole_minutes_are_read_and_a_torn_one_is_not(
            minutes in proptest::collection::vec(proptest::collection::vec((0_u8..4, 0_u64..100_000), 1..6), 1..6),
            torn in 0_usize..600,
        ) {
            let (mut bytes, mut known, mut ends) = (MAGIC.to_vec(), Places::default(), Vec::new());
            let mut written = Vec::new();
            for (minute, records) in (7_u64..).zip(minutes) {
                let records: Vec<_> = records.into_iter().map(|(id, value)| (series(id), Distribution::of(value, 3))).collect();
                write(minute, &records, &mut known, &mut bytes);
                written.push(Minute { minute, records });
                ends.push(bytes.len());
            }
            let torn = torn.min(bytes.len());
            let whole = ends.iter().filter(|end| **end <= torn).count();
            let (found, whole_bytes) = decode(&bytes[..torn]);
            prop_assert_eq!(&found[..], &written[..whole]);
            let expected = if torn < MAGIC.len() { 0 } else { ends[..whole].last().copied().unwrap_or(MAGIC.len()) };
            prop_assert_eq!(whole_bytes, expected);
        }

        #[test]
        fn no_bytes_make_it_fall_over(bytes: Vec<u8>, content: Vec<u8>) {
            let _ = decode(&bytes);
            let mut framed = MAGIC.to_vec();
            frame::write(&content, &mut framed);
            let _ = decode(&framed);
        }
    }
}
