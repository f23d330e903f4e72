//! Numbers and texts as bytes: numbers take as few as they need, seven bits in each.

/// The longest text, in bytes.
const TEXT_BYTES_MAX: u64 = 4096;

/// Appends a number.
pub(super) fn write_number(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(low_bits(number) | 0x80);
        number >>= 7;
    }
    out.push(low_bits(number));
}

fn low_bits(number: u64) -> u8 {
    u8::try_from(number & 0x7f).expect("seven bits fit")
}

/// Appends a text with its length. One that is too long is cut.
pub(super) fn write_text(text: &str, out: &mut Vec<u8>) {
    let text = &text[..text.floor_char_boundary(usize::try_from(TEXT_BYTES_MAX).unwrap_or(usize::MAX))];
    write_number(text.len() as u64, out);
    out.extend_from_slice(text.as_bytes());
}

/// Bytes that are read from their beginning; whatever is not as it should be reads as nothing.
#[derive(Debug, Clone)]
pub(super) struct Reader<'b>(pub(super) &'b [u8]);

impl<'b> Reader<'b> {
    /// The next number.
    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// The next so many bytes.
    pub(super) fn bytes(&mut self, count: u64) -> Option<&'b [u8]> {
        let (bytes, rest) = self.0.split_at_checked(usize::try_from(count).ok()?)?;
        self.0 = rest;
        Some(bytes)
    }

    /// The next text.
    pub(super) fn text(&mut self) -> Option<&'b str> {
        let length = self.number().filter(|length| *length <= TEXT_BYTES_MAX)?;
        std::str::from_utf8(self.bytes(length)?).ok()
    }
}
