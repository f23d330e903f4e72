//! Segments of the log store: any bytes are read up to the first block that is not whole, and what is cut there reads the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stagegate_telemetry::logs::events_of_segment;

const MAGIC: &[u8] = b"stagegate logs 1\n";
/// Bytes of a head before the length of its block: a stream, a count, and three moments.
const FACTS_BYTES: usize = 32;

/// The bytes as blocks with right lengths and checksums, so that what is in them is looked at: before each one a byte says how long
/// its events are.
fn framed(mut data: &[u8]) -> Vec<u8> {
    let mut segment = MAGIC.to_vec();
    while let Some((length, rest)) = data.split_first()
        && let Some((facts, rest)) = rest.split_at_checked(FACTS_BYTES)
    {
        let (content, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        let start = segment.len();
        segment.extend_from_slice(facts);
        segment.extend_from_slice(&u32::try_from(content.len()).expect("at most 255").to_le_bytes());
        segment.extend_from_slice(&crc32fast::hash(content).to_le_bytes());
        let checksum = crc32fast::hash(&segment[start..]);
        segment.extend_from_slice(&checksum.to_le_bytes());
        segment.extend_from_slice(content);
        data = rest;
    }
    segment
}

fn check(data: &[u8]) {
    let (events, whole_bytes) = events_of_segment(data);
    assert!(whole_bytes <= data.len());
    assert_eq!(events_of_segment(&data[..whole_bytes]), (events, whole_bytes));
}

fuzz_target!(|data: &[u8]| {
    check(data);
    check(&framed(data));
});
