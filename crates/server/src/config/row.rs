//! One setting: its key, how its value is written, its default, its help, and where it goes.

use std::str::FromStr;

use super::Settings;

/// How a value is written in TOML. Flags and variables are text; lists are separated by commas there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A string.
    Text,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// An array of strings.
    List,
}

impl Shape {
    /// The shape in words, for refusals.
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Integer => "a whole number",
            Self::Boolean => "true or false",
            Self::List => "an array of strings",
        }
    }
}

/// Who needs a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// `stagegate serve` alone.
    Server,
    /// `stagegate serve` and the commands that call it.
    Everyone,
}

/// One setting.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// The TOML key. The variable is `STAGEGATE_` and the key in capitals, the flag `--` and the key with dashes.
    pub(crate) key: &'static str,
    /// Who needs it.
    pub(crate) audience: Audience,
    /// How it is written in TOML.
    pub(crate) shape: Shape,
    /// The placeholder in the help.
    pub(crate) placeholder: &'static str,
    /// The default as text; empty for none.
    pub(crate) default: &'static str,
    /// What is allowed, in words, for refusals.
    pub(crate) allowed: &'static str,
    /// One sentence of help.
    pub(crate) help: &'static str,
    /// Parses a value into the settings; `None` if it is not allowed.
    pub(crate) set: fn(&mut Settings, &str) -> Option<()>,
}

impl Row {
    /// A setting of `serve` written as a string.
    pub(crate) const fn text(
        key: &'static str,
        placeholder: &'static str,
        set: fn(&mut Settings, &str) -> Option<()>,
    ) -> Self {
        Self {
            key,
            audience: Audience::Server,
            shape: Shape::Text,
            placeholder,
            default: "",
            allowed: "any text",
            help: "",
            set,
        }
    }

    /// A setting of `serve` written as a whole number.
    pub(crate) const fn number(
        key: &'static str,
        placeholder: &'static str,
        set: fn(&mut Settings, &str) -> Option<()>,
    ) -> Self {
        Self { shape: Shape::Integer, allowed: "a whole number, at least 1", ..Self::text(key, placeholder, set) }
    }

    /// A setting of `serve` that is on or off.
    pub(crate) const fn switch(key: &'static str, set: fn(&mut Settings, &str) -> Option<()>) -> Self {
        Self { shape: Shape::Boolean, default: "false", allowed: "true or false", ..Self::text(key, "BOOL", set) }
    }

    /// A setting of `serve` with several values.
    pub(crate) const fn list(
        key: &'static str,
        placeholder: &'static str,
        set: fn(&mut Settings, &str) -> Option<()>,
    ) -> Self {
        Self { shape: Shape::List, ..Self::text(key, placeholder, set) }
    }

    /// With a default.
    pub(crate) const fn default(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    /// With words for what is allowed.
    pub(crate) const fn allows(self, allowed: &'static str) -> Self {
        Self { allowed, ..self }
    }

    /// With its sentence of help.
    pub(crate) const fn help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }

    /// For the commands that call a running server, too.
    pub(crate) const fn for_everyone(self) -> Self {
        Self { audience: Audience::Everyone, ..self }
    }

    /// The environment variable.
    pub(crate) fn variable(&self) -> String {
        format!("STAGEGATE_{}", self.key.to_ascii_uppercase())
    }

    /// The flag, without its dashes.
    pub(crate) fn flag(&self) -> String {
        self.key.replace('_', "-")
    }
}

/// Parses into a slot.
pub(crate) fn put<T: FromStr>(slot: &mut T, text: &str) -> Option<()> {
    *slot = text.parse().ok()?;
    Some(())
}

/// Parses into an optional slot.
pub(crate) fn put_some<T: FromStr>(slot: &mut Option<T>, text: &str) -> Option<()> {
    *slot = Some(text.parse().ok()?);
    Some(())
}

/// Parses a number of at least 1.
pub(crate) fn put_positive(slot: &mut u64, text: &str) -> Option<()> {
    *slot = text.parse().ok().filter(|number| *number > 0)?;
    Some(())
}

/// The parts of a list.
pub(crate) fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

/// Splits at commas and parses every part; empty text is the empty list.
pub(crate) fn put_list(slot: &mut Vec<String>, text: &str, is_allowed: fn(&str) -> bool) -> Option<()> {
    let parts: Vec<String> = parts(text).map(str::to_owned).collect();
    if !parts.iter().all(|part| is_allowed(part)) {
        return None;
    }
    *slot = parts;
    Some(())
}
