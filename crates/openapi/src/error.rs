//! What an import refuses and what it only remarks upon, always with the place in the source.

use std::fmt;

use thiserror::Error;

use crate::document::Position;

/// Why a definition was refused, with the place in its source and what would have been accepted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct ImportError {
    /// What sort of refusal this is.
    pub kind: ImportErrorKind,
    /// Line in the source, counted from 1.
    pub line: u32,
    /// Column in the source, counted from 1 in characters.
    pub column: u32,
    /// Where in the document, as a JSON path such as `$.paths['/pets'].get`.
    pub path: String,
    /// What is wrong, in API Gateway's words where they are known.
    pub message: String,
    /// What would have been accepted; empty where the message says it all.
    pub expected: String,
}

impl fmt::Display for ImportError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, path, message, expected, .. } = self;
        write!(formatter, "line {line}, column {column}, at {path}: {message}")?;
        if expected.is_empty() { Ok(()) } else { write!(formatter, " (expected {expected})") }
    }
}

impl ImportError {
    /// The refusal as the reason why one thing of the API cannot be made, in API Gateway's words for that.
    pub(crate) fn during(self, step: &str) -> Self {
        let message = format!("{step}: {}", self.message);
        match self.kind {
            ImportErrorKind::Definition => Self { kind: ImportErrorKind::Entity, message, ..self },
            _ => self,
        }
    }

    pub(crate) fn at(kind: ImportErrorKind, position: Position, message: impl Into<String>) -> Self {
        Self {
            kind,
            line: position.line,
            column: position.column,
            path: "$".to_owned(),
            message: message.into(),
            expected: String::new(),
        }
    }

    pub(crate) fn of_entity(self) -> Self {
        Self { kind: ImportErrorKind::Entity, ..self }
    }

    pub(crate) fn expecting(mut self, expected: impl Into<String>) -> Self {
        self.expected = expected.into();
        self
    }

    pub(crate) fn at_path(mut self, path: String) -> Self {
        self.path = path;
        self
    }
}

/// The sorts of refusal, for callers that answer them differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportErrorKind {
    /// The bytes are neither JSON nor YAML, or not UTF-8.
    Syntax,
    /// A limit of [`ImportLimits`](crate::ImportLimits) was exceeded.
    Limit,
    /// The document is well formed but is not a definition that can be imported.
    Definition,
    /// The document is a definition, and describes something that cannot be made; the message says what.
    Entity,
    /// There were warnings and the caller asked to fail on them.
    Warnings,
}

/// Something that an import did not refuse but whose author should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Whether API Gateway would warn as well.
    pub kind: WarningKind,
    /// Line in the source, counted from 1.
    pub line: u32,
    /// Column in the source, counted from 1 in characters.
    pub column: u32,
    /// Where in the document, as a JSON path.
    pub path: String,
    /// What was noticed and what became of it.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, path, message, .. } = self;
        write!(formatter, "{message} (line {line}, column {column}, at {path})")
    }
}

/// Whether API Gateway would warn as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WarningKind {
    /// The definition says something that API Gateway ignores or overrides; counts for `failonwarnings`.
    Definition,
    /// API Gateway leaves this out; not counted for `failonwarnings`. Of a REST API it does not say so, of an HTTP API it does, in
    /// `importInfo`.
    LeftOut,
}

/// The definition's own warnings as API Gateway lists them when they are fatal; nothing if there are none.
pub fn fatal(warnings: &[Warning]) -> Option<String> {
    let mut own = warnings.iter().filter(|warning| warning.kind == WarningKind::Definition).peekable();
    own.peek()?;
    Some(own.fold("Warnings found during import:".to_owned(), |text, warning| text + "\n\t" + &warning.message))
}
