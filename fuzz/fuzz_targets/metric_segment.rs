//! A file of metrics: any bytes are read up to the first frame that is not whole, and what is beyond it changes nothing of that.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stagegate_telemetry::metrics::decode_segment;

fuzz_target!(|data: &[u8]| {
    let (minutes, whole_bytes) = decode_segment(data);
    assert!(whole_bytes <= data.len());
    assert_eq!(decode_segment(&data[..whole_bytes]), (minutes, whole_bytes));
});
