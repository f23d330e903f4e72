//! The languages that clients are generated in.

use std::str::FromStr;

use crate::error::SdkError;

/// A language that clients are generated in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Java for Android, on what every version of it has.
    Android,
    /// Java 11 or later.
    Java,
    /// For browsers and Node.
    Javascript,
    /// A gem.
    Ruby,
}

/// API reference, `GetSdk`: the types that are not generated here.
const NOT_GENERATED: &[&str] = &["objectivec", "swift"];

impl Language {
    /// Every language, by its name on the wire.
    pub const ALL: &'static [Self] = &[Self::Android, Self::Java, Self::Javascript, Self::Ruby];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Android => "android",
            Self::Java => "java",
            Self::Javascript => "javascript",
            Self::Ruby => "ruby",
        }
    }
}

impl FromStr for Language {
    type Err = SdkError;

    fn from_str(name: &str) -> Result<Self, SdkError> {
        if let Some(found) = Self::ALL.iter().find(|language| language.as_str() == name) {
            return Ok(*found);
        }
        if NOT_GENERATED.contains(&name) {
            let generated: Vec<_> = Self::ALL.iter().map(|language| language.as_str()).collect();
            return Err(SdkError::NotGenerated(name.to_owned(), generated.join(", ")));
        }
        Err(SdkError::UnknownLanguage(name.to_owned()))
    }
}
