//! Segments of the log store: any bytes are read up to the first block that is not whole, and what is cut there reads the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stagegate_telemetry::logs::events_of_segment;

fuzz_target!(|data: &[u8]| {
    let (events, whole_bytes) = events_of_segment(data);
    assert!(whole_bytes <= data.len());
    assert_eq!(events_of_segment(&data[..whole_bytes]), (events, whole_bytes));
});
