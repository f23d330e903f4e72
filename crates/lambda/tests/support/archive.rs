//! Zip archives written byte by byte, so that they may say what no proper tool would write.

/// One entry.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The name, whatever it is.
    pub(crate) name: Vec<u8>,
    /// The contents, stored as they are.
    pub(crate) contents: Vec<u8>,
    /// The Unix mode with the type of file; 0 for an archive that was not made on Unix.
    pub(crate) mode: u32,
}

/// A file.
pub(crate) fn file(name: &str, contents: impl Into<Vec<u8>>) -> Entry {
    Entry { name: name.into(), contents: contents.into(), mode: 0o100_644 }
}

/// An executable file.
pub(crate) fn executable(name: &str, contents: impl Into<Vec<u8>>) -> Entry {
    Entry { mode: 0o100_755, ..file(name, contents) }
}

/// A symbolic link.
pub(crate) fn link(name: &str, target: &str) -> Entry {
    Entry { mode: 0o120_777, ..file(name, target) }
}

/// An archive of entries (APPNOTE.TXT, 4.3).
pub(crate) fn zip(entries: &[Entry]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let offset = u32::try_from(out.len()).expect("small");
        let size = u32::try_from(entry.contents.len()).expect("small");
        let name_size = u16::try_from(entry.name.len()).expect("short");
        // Version, flags (UTF-8), method, time, date.
        let mut shared = [20_u16, 0x0800, 0, 0, 0x21].map(u16::to_le_bytes).concat();
        shared.extend([crc32(&entry.contents), size, size].map(u32::to_le_bytes).concat());
        shared.extend([name_size, 0].map(u16::to_le_bytes).concat());
        out.extend(b"PK\x03\x04");
        out.extend(&shared);
        out.extend(&entry.name);
        out.extend(&entry.contents);
        let made_by: u16 = if entry.mode == 0 { 20 } else { 0x0314 };
        directory.extend(b"PK\x01\x02");
        directory.extend(made_by.to_le_bytes());
        directory.extend(&shared);
        // Comment, disk, internal attributes.
        directory.extend([0; 6]);
        directory.extend((entry.mode << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(&entry.name);
    }
    let count = u16::try_from(entries.len()).expect("few");
    let start = u32::try_from(out.len()).expect("small");
    out.extend(&directory);
    out.extend(b"PK\x05\x06");
    out.extend([0, 0, count, count].map(u16::to_le_bytes).concat());
    out.extend([u32::try_from(directory.len()).expect("small"), start].map(u32::to_le_bytes).concat());
    out.extend([0; 2]);
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = !0_u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}
