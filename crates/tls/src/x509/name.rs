//! Names of subjects and issuers as text: `C=US,ST=Washington,O=Example,CN=client`, in the order they stand in.

use std::fmt::Write as _;

use super::der::{OBJECT_ID, SEQUENCE, SET, elements};
use super::string;

/// Attributes with a short name (RFC 4519, and OpenSSL's for an address of mail).
const ATTRIBUTES: &[(&[u8], &str)] = &[
    (&[0x55, 4, 3], "CN"),
    (&[0x55, 4, 4], "SN"),
    (&[0x55, 4, 5], "serialNumber"),
    (&[0x55, 4, 6], "C"),
    (&[0x55, 4, 7], "L"),
    (&[0x55, 4, 8], "ST"),
    (&[0x55, 4, 9], "street"),
    (&[0x55, 4, 10], "O"),
    (&[0x55, 4, 11], "OU"),
    (&[0x55, 4, 12], "title"),
    (&[0x55, 4, 42], "GN"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1], "UID"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25], "DC"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1], "emailAddress"),
];

/// The text of a name's content; `None` when it is no name.
pub(super) fn text(name: &[u8]) -> Option<String> {
    let mut out = String::new();
    for set in elements(name) {
        if set.tag != SET {
            return None;
        }
        for (index, pair) in elements(set.content).enumerate() {
            let mut parts = elements(pair.content);
            let (kind, value) = (parts.next()?, parts.next()?);
            if pair.tag != SEQUENCE || kind.tag != OBJECT_ID {
                return None;
            }
            match (out.is_empty(), index) {
                (true, _) => {}
                (false, 0) => out.push(','),
                (false, _) => out.push('+'),
            }
            write_kind(kind.content, &mut out);
            out.push('=');
            let mut plain = String::new();
            string(&value, &mut plain);
            escape(&plain, &mut out);
        }
    }
    Some(out)
}

fn write_kind(id: &[u8], out: &mut String) {
    if let Some((_, short)) = ATTRIBUTES.iter().find(|(known, _)| *known == id) {
        return out.push_str(short);
    }
    let (mut number, mut is_first) = (0_u64, true);
    for byte in id {
        number = number.wrapping_shl(7) | u64::from(byte & 0x7f);
        if byte & 0x80 != 0 {
            continue;
        }
        let written = if is_first {
            let top = (number / 40).min(2);
            write!(out, "{top}.{}", number - 40 * top)
        } else {
            write!(out, ".{number}")
        };
        written.expect("writing to a string does not fail");
        (number, is_first) = (0, false);
    }
}

/// Separators within a value get a backslash (RFC 4514 §2.4); nothing in it can end a line.
fn escape(value: &str, out: &mut String) {
    for character in value.chars() {
        match character {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' => out.extend(['\\', character]),
            control if control.is_control() => out.push('?'),
            plain => out.push(plain),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_without_a_short_name_are_written_by_their_number() {
        for (id, expected) in [
            (&[0x55_u8, 4, 3][..], "CN"),
            (&[0x55, 4, 17], "2.5.4.17"),
            (&[0x2b, 6, 1, 4, 1, 0x82, 0x37], "1.3.6.1.4.1.311"),
            (&[0x88, 0x37], "2.999"),
            (&[], ""),
        ] {
            let mut out = String::new();
            write_kind(id, &mut out);
            assert_eq!(out, expected);
        }
    }
}
