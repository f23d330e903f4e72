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
    /// For Apple's systems.
    Objectivec,
    /// A gem.
    Ruby,
    /// A package for Apple's systems.
    Swift,
}

impl Language {
    /// API reference, `GetSdk`: every language, by its name on the wire.
    pub const ALL: &'static [Self] =
        &[Self::Android, Self::Java, Self::Javascript, Self::Objectivec, Self::Ruby, Self::Swift];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Android => "android",
            Self::Java => "java",
            Self::Javascript => "javascript",
            Self::Objectivec => "objectivec",
            Self::Ruby => "ruby",
            Self::Swift => "swift",
        }
    }
}

impl FromStr for Language {
    type Err = SdkError;

    fn from_str(name: &str) -> Result<Self, SdkError> {
        let found = Self::ALL.iter().find(|language| language.as_str() == name);
        found.copied().ok_or_else(|| SdkError::UnknownLanguage(name.to_owned()))
    }
}
