//! The journal of quotas: any bytes are read up to the first record that is not whole, and what was read is written back alike.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stagegate_state_local::read;

fuzz_target!(|data: &[u8]| {
    let Ok(found) = read(data) else { return };
    assert!(found.whole_bytes <= data.len());
    let mut written = Vec::new();
    found.records.iter().for_each(|record| record.write(&mut written));
    assert_eq!(written, &data[..found.whole_bytes]);
});
