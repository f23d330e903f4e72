//! Files as a zip archive.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::SourceFile;

/// The archive of the files: deflated, and dated 1980, so that equal files give equal bytes.
///
/// # Panics
/// Never: memory takes every write, and generated files have names of their own and are far from zip's limits.
pub fn archive(files: &[SourceFile]) -> Vec<u8> {
    let dated = SimpleFileOptions::default().last_modified_time(DateTime::default());
    let options = dated.compression_method(CompressionMethod::Deflated).unix_permissions(0o644);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for file in files {
        writer.start_file(file.path.as_str(), options).expect("every generated file has a name of its own");
        writer.write_all(file.text.as_bytes()).expect("memory takes every write");
    }
    writer.finish().expect("memory takes every write").into_inner()
}
