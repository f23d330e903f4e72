//! Members of a call in CBOR: any bytes are members or refused, and take no more memory and depth than their limits.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stagegate_control::check_cbor;

fuzz_target!(|data: &[u8]| {
    let _ = check_cbor(data);
});
