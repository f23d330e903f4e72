//! The file being imported: its bytes, what names it, and a first look at it.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use stagegate_openapi::{ImportLimits, ImportOptions};
use stagegate_sigv4::sha256_hex;

use super::{ImportFailure, Protocol};

/// The longest value of a tag, in characters.
const TAG_VALUE_LIMIT: usize = 256;

/// A definition to import.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// Where it was read.
    pub(crate) path: PathBuf,
    /// What names it for ever: the file's absolute path, or its hash where a tag cannot hold that.
    pub(crate) id: String,
    /// The API's name until the definition gives it one: the file's.
    pub(crate) name: String,
    /// The file.
    pub(crate) content: Bytes,
    /// What it is to become.
    pub(crate) protocol: Protocol,
    /// The most bytes a definition may have.
    limit_bytes: usize,
}

impl Source {
    /// Reads a file.
    pub(crate) fn read(path: &Path, protocol: Protocol, limit_bytes: usize) -> Result<Self, ImportFailure> {
        let unreadable =
            |error: std::io::Error| ImportFailure::Unreadable { path: path.to_owned(), reason: error.to_string() };
        // A device or a pipe has no length before it is read, and perhaps no end.
        let most_bytes = u64::try_from(limit_bytes).unwrap_or(u64::MAX).saturating_add(1);
        let mut content = Vec::new();
        File::open(path).map_err(unreadable)?.take(most_bytes).read_to_end(&mut content).map_err(unreadable)?;
        if content.len() > limit_bytes {
            return Err(ImportFailure::TooLarge { path: path.to_owned(), limit_bytes });
        }
        let absolute = path.canonicalize().map_err(unreadable)?;
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let (path, content) = (path.to_owned(), Bytes::from(content));
        Ok(Self { path, id: identity(&absolute), name, content, protocol, limit_bytes })
    }

    /// The description of the deployment of exactly this content.
    pub(crate) fn description(&self) -> String {
        format!("stagegate import of sha256:{}", sha256_hex(&self.content))
    }

    /// Looks at the definition here, where a refusal can show the line. The control plane has the last word.
    pub(crate) fn check(&self) -> Result<(), ImportFailure> {
        let limits = ImportLimits { source_bytes: self.limit_bytes, ..ImportLimits::default() };
        let options = ImportOptions { limits, ..ImportOptions::default() };
        let checked = match self.protocol {
            Protocol::Rest => stagegate_openapi::import(&self.content, &options).map(drop),
            Protocol::Http => stagegate_openapi::import_http(&self.content, &options).map(drop),
        };
        checked.map_err(|error| ImportFailure::definition(&self.path, &self.content, &error))
    }
}

/// A tag's value may hold letters, digits, spaces and `_.:/=+-@`.
fn identity(path: &Path) -> String {
    let fits = |text: &str| {
        text.chars().count() <= TAG_VALUE_LIMIT
            && text.chars().all(|character| character.is_alphanumeric() || " _.:/=+-@".contains(character))
    };
    match path.to_str().filter(|text| fits(text)) {
        Some(text) => text.to_owned(),
        None => format!("sha256:{}", sha256_hex(path.as_os_str().as_encoded_bytes())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_its_source_if_a_tag_can_hold_it() {
        assert_eq!(identity(Path::new("/a/pets.yaml")), "/a/pets.yaml");
        for odd in ["/a/pets#1.yaml".to_owned(), format!("/{}", "a".repeat(300))] {
            assert!(identity(Path::new(&odd)).starts_with("sha256:"), "{odd}");
        }
    }

    #[test]
    fn the_content_names_the_deployment() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("pets.yaml");
        std::fs::write(&path, "one").expect("written");
        let one = Source::read(&path, Protocol::Rest, 100).expect("read");
        std::fs::write(&path, "two").expect("written");
        let two = Source::read(&path, Protocol::Rest, 100).expect("read");
        assert_eq!((one.name.as_str(), &one.id), ("pets", &two.id));
        assert_ne!(one.description(), two.description());
        assert!(matches!(Source::read(&path, Protocol::Rest, 2), Err(ImportFailure::TooLarge { .. })));
        assert!(matches!(Source::read(Path::new("/dev/zero"), Protocol::Rest, 2), Err(ImportFailure::TooLarge { .. })));
        assert!(matches!(
            Source::read(dir.path().join("no").as_path(), Protocol::Rest, 2),
            Err(ImportFailure::Unreadable { .. })
        ));
    }

    #[test]
    fn a_broken_definition_is_shown_with_its_line() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("pets.yaml");
        std::fs::write(&path, "openapi: 3.0.1\ninfo: {title: pets}\npaths:\n  pets: {}\n").expect("written");
        let failure =
            Source::read(&path, Protocol::Rest, 1000).expect("read").check().expect_err("a path without a slash");
        let shown = format!("{:?}", miette::Report::new(failure));
        assert!(shown.contains("pets.yaml:4:"), "{shown}");
    }
}
