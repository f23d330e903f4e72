//! What a caller says of the client that is wanted: `GetSdk`'s `parameters`.

use crate::error::SdkError;

/// The parameters of a call, by name. Those that a language does not know are not looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings(Vec<(String, String)>);

impl Settings {
    /// The parameters as they were given; of two with the same name the first counts.
    pub fn new(given: Vec<(String, String)>) -> Self {
        Self(given)
    }

    fn find(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(have, value)| have == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    /// A setting that must be given and must be good.
    pub(crate) fn required(&self, name: &'static str, good: fn(&str) -> bool) -> Result<&str, SdkError> {
        let value = self.find(name).ok_or(SdkError::Missing(name))?;
        if good(value) { Ok(value) } else { Err(SdkError::Invalid { name, value: value.to_owned() }) }
    }

    /// A setting that has a default.
    pub(crate) fn optional<'a>(
        &'a self,
        name: &'static str,
        default: &'a str,
        good: fn(&str) -> bool,
    ) -> Result<&'a str, SdkError> {
        if self.find(name).is_none() { Ok(default) } else { self.required(name, good) }
    }
}

/// Whether text can name a class: a letter, then letters, digits and `_`.
pub(crate) fn is_identifier(text: &str) -> bool {
    let rest = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.chars().all(rest)
}

/// Whether text can name a package: identifiers with dots between them.
pub(crate) fn is_package(text: &str) -> bool {
    text.split('.').all(|part| is_identifier(part) && !JAVA_WORDS.contains(&part))
}

/// Whether text can name an artifact, a group or a version, and part of a path: letters, digits, `.`, `_`, `-`.
pub(crate) fn is_artifact(text: &str) -> bool {
    let rest = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    text.starts_with(|first: char| first.is_ascii_alphanumeric()) && text.chars().all(rest)
}

/// Whether text names a build system that projects are written for.
pub(crate) fn is_build_system(text: &str) -> bool {
    matches!(text, "maven" | "gradle")
}

/// Words of Java that are no part of a package's name.
const JAVA_WORDS: &[&str] = &[
    "abstract",
    "assert",
    "boolean",
    "break",
    "byte",
    "case",
    "catch",
    "char",
    "class",
    "const",
    "continue",
    "default",
    "do",
    "double",
    "else",
    "enum",
    "extends",
    "false",
    "final",
    "finally",
    "float",
    "for",
    "goto",
    "if",
    "implements",
    "import",
    "instanceof",
    "int",
    "interface",
    "long",
    "native",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "short",
    "static",
    "strictfp",
    "super",
    "switch",
    "synchronized",
    "this",
    "throw",
    "throws",
    "transient",
    "true",
    "try",
    "void",
    "volatile",
    "while",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_cannot_be_names_are_refused() {
        let settings = Settings::new(vec![("a".into(), "x y".into()), ("b".into(), String::new())]);
        let invalid = SdkError::Invalid { name: "a", value: "x y".into() };
        assert_eq!(settings.required("a", is_identifier), Err(invalid));
        assert_eq!(settings.required("b", is_identifier), Err(SdkError::Missing("b")));
        assert_eq!(settings.optional("b", "default", is_identifier), Ok("default"));
        for (text, identifier, package, artifact) in [
            ("Pets", true, true, true),
            ("a.b_c.d", false, true, true),
            ("a.class", false, false, true),
            ("1.0-rc", false, false, true),
            ("../x", false, false, false),
            ("a..b", false, false, true),
            ("", false, false, false),
        ] {
            assert_eq!(
                (is_identifier(text), is_package(text), is_artifact(text)),
                (identifier, package, artifact),
                "{text}"
            );
        }
    }
}
