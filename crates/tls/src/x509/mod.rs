//! What is told of an X.509 certificate (RFC 5280 §4.1): its names, its number and its dates.

mod date;
mod der;
mod name;

use std::fmt::Write as _;

pub use date::Validity;
use der::{BIT_STRING_OR_LONGER, Element, SEQUENCE, element};

/// The tag of the version, which is optional.
const VERSION: u8 = 0xa0;
const INTEGER: u8 = 0x02;
/// Bytes of the longest serial number that is written as a decimal number, as OpenSSL does.
const DECIMAL_BYTES: usize = 8;

/// The parts of a certificate that events and logs show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    /// The serial number: decimal up to eight bytes, else `a1:b2:…`, as OpenSSL prints it.
    pub serial_number: String,
    /// The subject: `C=US,O=Example,CN=client`, in the certificate's order.
    pub subject: String,
    /// The issuer, in the same form.
    pub issuer: String,
    /// When it is valid.
    pub validity: Validity,
    /// Whether subject and issuer are the same name.
    pub is_self_issued: bool,
}

impl CertificateFacts {
    /// Reads a certificate in DER; `None` when it is none.
    pub fn read(certificate: &[u8]) -> Option<Self> {
        let fields = Fields::read(certificate)?;
        Some(Self {
            serial_number: serial_number(fields.serial_number)?,
            subject: name::text(fields.subject)?,
            issuer: name::text(fields.issuer)?,
            validity: fields.validity,
            is_self_issued: fields.subject == fields.issuer,
        })
    }
}

impl Validity {
    /// Reads the dates of a certificate in DER; `None` when it is none.
    pub fn of(certificate: &[u8]) -> Option<Self> {
        Fields::read(certificate).map(|fields| fields.validity)
    }
}

/// The fields as they stand in the certificate.
struct Fields<'c> {
    serial_number: &'c [u8],
    issuer: &'c [u8],
    validity: Validity,
    subject: &'c [u8],
}

impl<'c> Fields<'c> {
    fn read(certificate: &'c [u8]) -> Option<Self> {
        let certificate = element(certificate).filter(|it| it.tag == SEQUENCE)?;
        let mut rest = element(certificate.content).filter(|it| it.tag == SEQUENCE)?.content;
        let mut next = |tag: u8| {
            let found = element(rest)?;
            rest = found.rest;
            (found.tag == tag).then_some(found.content)
        };
        let first = element(element(certificate.content)?.content)?;
        if first.tag == VERSION {
            next(VERSION)?;
        }
        let serial_number = next(INTEGER)?;
        next(SEQUENCE)?;
        let issuer = next(SEQUENCE)?;
        let validity = date::validity(next(SEQUENCE)?)?;
        let subject = next(SEQUENCE)?;
        Some(Self { serial_number, issuer, validity, subject })
    }
}

/// A serial number in the form OpenSSL prints.
fn serial_number(bytes: &[u8]) -> Option<String> {
    let is_negative = *bytes.first()? & 0x80 != 0;
    let digits = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
    if digits.len() <= DECIMAL_BYTES && !is_negative {
        let number = digits.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        return Some(number.to_string());
    }
    let mut text = String::with_capacity(3 * digits.len());
    for (index, byte) in digits.iter().enumerate() {
        let colon = if index == 0 { "" } else { ":" };
        write!(text, "{colon}{byte:02x}").expect("writing to a string does not fail");
    }
    Some(text)
}

/// Appends what stands in a DER string of one of the character types.
fn string(value: &Element<'_>, out: &mut String) {
    match value.tag {
        // UTF8String, NumericString, PrintableString, IA5String, UTCTime and VisibleString.
        0x0c | 0x12 | 0x13 | 0x16 | 0x1a => out.push_str(&String::from_utf8_lossy(value.content)),
        // TeletexString, in practice Latin-1.
        0x14 => out.extend(value.content.iter().map(|byte| char::from(*byte))),
        // BMPString: UTF-16.
        0x1e => {
            let units = value.content.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            out.extend(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
        }
        tag if tag >= BIT_STRING_OR_LONGER => {
            out.push('#');
            for byte in value.content {
                write!(out, "{byte:02x}").expect("writing to a string does not fail");
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{CertificateParams, DnType, KeyPair, SerialNumber};

    use super::*;

    fn certificate(serial: &[u8]) -> Vec<u8> {
        let mut wanted = CertificateParams::default();
        wanted.distinguished_name = rcgen::DistinguishedName::new();
        wanted.distinguished_name.push(DnType::CountryName, "US");
        wanted.distinguished_name.push(DnType::OrganizationName, "Pets, Inc.");
        wanted.distinguished_name.push(DnType::CommonName, "Zoë");
        wanted.serial_number = Some(SerialNumber::from_slice(serial));
        wanted.not_before = time::macros::datetime!(2019-05-28 12:30:02 UTC);
        wanted.not_after = time::macros::datetime!(2051-08-05 09:36:04 UTC);
        wanted.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn a_certificate_tells_its_names_number_and_dates() {
        let facts = CertificateFacts::read(&certificate(&[1])).unwrap();
        assert_eq!(facts.subject, "C=US,O=Pets\\, Inc.,CN=Zoë");
        assert_eq!((&facts.issuer, facts.is_self_issued), (&facts.subject, true));
        assert_eq!(facts.serial_number, "1");
        assert_eq!(facts.validity.not_before(), "May 28 12:30:02 2019 GMT");
        assert_eq!(facts.validity.not_after(), "Aug  5 09:36:04 2051 GMT");
    }

    #[test]
    fn serial_numbers_are_written_as_openssl_does() {
        for (bytes, expected) in [
            (&[0_u8][..], "0"),
            (&[0x7f, 0xff], "32767"),
            (&[0x00, 0xff, 0, 0, 0, 0, 0, 0, 1], "18374686479671623681"),
            (&[0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01], "01:23:45:67:89:ab:cd:ef:01"),
        ] {
            assert_eq!(serial_number(bytes).as_deref(), Some(expected));
        }
        assert_eq!(serial_number(&[]), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(cut in 0..600_usize, at in 0..600_usize, byte: u8) {
            static KNOWN: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
            let mut bytes = KNOWN.get_or_init(|| certificate(&[1, 2, 3])).clone();
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.truncate(cut);
            let _ = CertificateFacts::read(&bytes);
        }

        #[test]
        fn noise_is_no_certificate(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            prop_assert_eq!(CertificateFacts::read(&bytes), None);
        }
    }
}
