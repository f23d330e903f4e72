//! The journal of quotas: any bytes are read up to the first record that is not whole, and what was read is written back alike.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stagegate_state_local::read;

/// CRC-32C, bit by bit: another way than the one that is tried.
fn crc32c(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { 0x82f6_3b78 ^ (crc >> 1) } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

/// The bytes as records with right lengths and checksums, so that what is in them is looked at: before each one a byte says how
/// long it is.
fn framed(mut data: &[u8]) -> Vec<u8> {
    let mut journal = Vec::new();
    while let Some((length, rest)) = data.split_first() {
        let (content, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        journal.extend_from_slice(&u16::try_from(content.len()).expect("at most 255").to_le_bytes());
        journal.extend_from_slice(&crc32c(content).to_le_bytes());
        journal.extend_from_slice(content);
        data = rest;
    }
    journal
}

fn check(data: &[u8]) {
    let Ok(found) = read(data) else { return };
    assert!(found.whole_bytes <= data.len());
    let mut written = Vec::new();
    found.records.iter().for_each(|record| record.write(&mut written));
    assert_eq!(written, &data[..found.whole_bytes]);
}

fuzz_target!(|data: &[u8]| {
    check(data);
    check(&framed(data));
});
