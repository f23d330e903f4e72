//! Certificates that clients show, and truststores: any bytes are read or refused.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stagegate_tls::{CertificateFacts, Truststore};

fuzz_target!(|bytes: &[u8]| {
    if let Some(facts) = CertificateFacts::read(bytes) {
        assert!(!facts.serial_number.is_empty());
        let shown = [facts.validity.not_before(), facts.validity.not_after()];
        assert!(facts.subject.chars().chain(shown[0].chars()).all(|character| !character.is_control()));
    }
    let _ = Truststore::from_pem(bytes, rustls_pki_types::UnixTime::since_unix_epoch(std::time::Duration::from_secs(0)));
});
