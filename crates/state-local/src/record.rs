//! Records of the journal: `length (u16) checksum (u32) kind (u8) content`, numbers in little-endian order.
//!
//! The checksum covers the kind and the content. Reading ends at the first record that is not whole: a write that a crash
//! cut off was acknowledged to nobody.

use stagegate_state::Day;

use crate::checksum::crc32c;

const HEAD_BYTES: usize = 6;
/// The longest name of a counter.
const MOST_NAME_BYTES: usize = 512;

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A counter's name, before anything else of it.
    Name {
        /// Its number from here on.
        counter: u32,
        /// The name.
        name: Box<str>,
    },
    /// What a counter may have used on a day: the last record of a day counts.
    Day {
        /// The counter.
        counter: u32,
        /// The day.
        day: Day,
        /// Requests used, leases included.
        used: u32,
        /// Requests left in the period.
        left: u32,
    },
    /// Requests on top of the limit, or below it, in one period: the last record counts.
    Extension {
        /// The counter.
        counter: u32,
        /// The first day of the period.
        start: Day,
        /// Requests.
        amount: i64,
    },
    /// A counter is forgotten.
    Forget {
        /// The counter.
        counter: u32,
    },
}

/// Why a journal cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// A whole record is of a kind that is not known here.
    #[error("a record at byte {at} is of kind {kind}, which this version does not know")]
    UnknownKind {
        /// Where it begins.
        at: usize,
        /// Its kind.
        kind: u8,
    },
    /// A whole record does not hold what its kind holds.
    #[error("a record at byte {at} has another form than its kind")]
    Malformed {
        /// Where it begins.
        at: usize,
    },
}

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Read {
    /// The records, in order.
    pub records: Vec<Record>,
    /// Bytes of whole records; what follows was cut off.
    pub whole_bytes: usize,
}

impl Record {
    /// Appends the record.
    ///
    /// # Panics
    /// Never: names are short.
    pub fn write(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&[0; HEAD_BYTES]);
        match self {
            Self::Name { counter, name } => {
                out.push(1);
                out.extend_from_slice(&counter.to_le_bytes());
                out.extend_from_slice(name.as_bytes());
            }
            Self::Day { counter, day, used, left } => {
                out.push(2);
                for number in [*counter, day.0, *used, *left] {
                    out.extend_from_slice(&number.to_le_bytes());
                }
            }
            Self::Extension { counter, start, amount } => {
                out.push(3);
                for number in [*counter, start.0] {
                    out.extend_from_slice(&number.to_le_bytes());
                }
                out.extend_from_slice(&amount.to_le_bytes());
            }
            Self::Forget { counter } => {
                out.push(4);
                out.extend_from_slice(&counter.to_le_bytes());
            }
        }
        let checksum = crc32c(&out[start + HEAD_BYTES..]);
        let length = u16::try_from(out.len() - start - HEAD_BYTES).expect("names are at most 512 bytes");
        out[start..start + 2].copy_from_slice(&length.to_le_bytes());
        out[start + 2..start + HEAD_BYTES].copy_from_slice(&checksum.to_le_bytes());
    }

    fn parse(kind: u8, content: &[u8], at: usize) -> Result<Self, RecordError> {
        let malformed = RecordError::Malformed { at };
        let number = |index: usize| -> Option<u32> {
            Some(u32::from_le_bytes(content.get(index * 4..index * 4 + 4)?.try_into().ok()?))
        };
        let exactly = |bytes: usize| if content.len() == bytes { Ok(()) } else { Err(malformed) };
        let counter = number(0).ok_or(malformed)?;
        match kind {
            1 => {
                let name = std::str::from_utf8(&content[4..]).ok().filter(|name| is_name(name)).ok_or(malformed)?;
                Ok(Self::Name { counter, name: name.into() })
            }
            2 => {
                exactly(16)?;
                let [Some(day), Some(used), Some(left)] = [number(1), number(2), number(3)] else {
                    return Err(malformed);
                };
                Ok(Self::Day { counter, day: Day(day), used, left })
            }
            3 => {
                exactly(16)?;
                let amount = content[8..].try_into().map(i64::from_le_bytes).map_err(|_| malformed)?;
                Ok(Self::Extension { counter, start: Day(number(1).ok_or(malformed)?), amount })
            }
            4 => exactly(4).map(|()| Self::Forget { counter }),
            kind => Err(RecordError::UnknownKind { at, kind }),
        }
    }
}

/// Whether a counter can have this name.
pub(crate) fn is_name(name: &str) -> bool {
    (1..=MOST_NAME_BYTES).contains(&name.len())
}

/// Reads records until the first one that is not whole.
///
/// # Errors
/// A whole record that makes no sense: somebody else wrote it, or a later version.
pub fn read(bytes: &[u8]) -> Result<Read, RecordError> {
    let mut found = Read::default();
    loop {
        let at = found.whole_bytes;
        let Some((head, rest)) = bytes.get(at..).and_then(|rest| rest.split_first_chunk::<HEAD_BYTES>()) else { break };
        let length = usize::from(u16::from_le_bytes([head[0], head[1]]));
        let checksum = u32::from_le_bytes([head[2], head[3], head[4], head[5]]);
        let Some(whole) = rest.get(..length).filter(|whole| crc32c(whole) == checksum) else { break };
        let Some((kind, content)) = whole.split_first() else { break };
        found.records.push(Record::parse(*kind, content, at)?);
        found.whole_bytes += HEAD_BYTES + length;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record() -> impl Strategy<Value = Record> {
        prop_oneof![
            (any::<u32>(), "[a-z0-9/]{1,60}").prop_map(|(counter, name)| Record::Name { counter, name: name.into() }),
            any::<(u32, u32, u32, u32)>().prop_map(|(counter, day, used, left)| Record::Day {
                counter,
                day: Day(day),
                used,
                left
            }),
            any::<(u32, u32, i64)>().prop_map(|(counter, start, amount)| Record::Extension {
                counter,
                start: Day(start),
                amount
            }),
            any::<u32>().prop_map(|counter| Record::Forget { counter }),
        ]
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_and_a_torn_tail_loses_only_itself(
            records in prop::collection::vec(record(), 0..20),
            cut in 0_usize..2_000,
            flip in any::<prop::sample::Index>(),
        ) {
            let mut bytes = Vec::new();
            let mut ends = vec![0];
            for record in &records {
                record.write(&mut bytes);
                ends.push(bytes.len());
            }
            let whole = read(&bytes).expect("ours");
            prop_assert_eq!(&whole.records, &records);
            prop_assert_eq!(whole.whole_bytes, bytes.len());
            let torn = read(&bytes[..cut.min(bytes.len())]).expect("ours");
            let count = ends.iter().filter(|end| **end <= cut.min(bytes.len())).count() - 1;
            prop_assert_eq!(&torn.records[..], &records[..count]);
            if !bytes.is_empty() {
                let at = flip.index(bytes.len());
                bytes[at] ^= 1;
                // A changed byte ends the reading at its record, at the latest.
                let changed = read(&bytes).expect("checksums find it");
                let before = ends.iter().filter(|end| **end <= at).count() - 1;
                prop_assert_eq!(&changed.records[..], &records[..before]);
            }
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(found) = read(&bytes) {
                prop_assert!(found.whole_bytes <= bytes.len());
            }
        }
    }

    #[test]
    fn a_later_version_is_not_taken_for_a_torn_tail() {
        let whole = [9_u8, 1, 2, 3, 4];
        let mut bytes = 5_u16.to_le_bytes().to_vec();
        bytes.extend_from_slice(&crc32c(&whole).to_le_bytes());
        bytes.extend_from_slice(&whole);
        assert_eq!(read(&bytes), Err(RecordError::UnknownKind { at: 0, kind: 9 }));
    }
}
