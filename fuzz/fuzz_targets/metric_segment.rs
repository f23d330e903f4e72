//! A file of metrics: any bytes are read up to the first frame that is not whole, and what is beyond it changes nothing of that.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stagegate_telemetry::metrics::decode_segment;

const MAGIC: &[u8] = b"stagegate metrics 1\n";

/// The bytes as frames with right lengths and checksums, so that what is in them is looked at: before each one a byte says how long
/// it is.
fn framed(mut data: &[u8]) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    while let Some((length, rest)) = data.split_first() {
        let (content, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        file.extend_from_slice(&u32::try_from(content.len()).expect("at most 255").to_le_bytes());
        file.extend_from_slice(&crc32fast::hash(content).to_le_bytes());
        file.extend_from_slice(content);
        data = rest;
    }
    file
}

fn check(data: &[u8]) {
    let (minutes, whole_bytes) = decode_segment(data);
    assert!(whole_bytes <= data.len());
    assert_eq!(decode_segment(&data[..whole_bytes]), (minutes, whole_bytes));
}

fuzz_target!(|data: &[u8]| {
    check(data);
    check(&framed(data));
});
