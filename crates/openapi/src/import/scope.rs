//! What every part of an import shares: the document, its dialect, the warnings so far and what was kept.

use serde_json::{Map, Value};

use crate::{
    definition::DocumentationPartDefinition,
    document::{Cursor, Weight, excerpt},
    error::{ImportError, ImportErrorKind, Warning, WarningKind, fatal},
    options::{BasePathMode, ImportLimits, ImportOptions},
};

/// The specification that a document follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Swagger2,
    OpenApi3,
}

/// The state of one import.
pub(super) struct Scope<'d> {
    pub(super) root: Cursor<'d>,
    pub(super) dialect: Dialect,
    pub(super) basepath: BasePathMode,
    pub(super) limits: &'d ImportLimits,
    /// Inline schemas under the names that were made up for them.
    pub(super) inline_models: Map<String, Value>,
    /// Members of operations that are kept, by `VERB /path`.
    pub(super) operations: Map<String, Value>,
    /// Extensions of API Gateway that are not known here, by key.
    pub(super) extensions: Map<String, Value>,
    /// Documentation parts that descriptions in the document make.
    pub(super) notes: Vec<DocumentationPartDefinition>,
    warnings: Vec<Warning>,
    withheld: usize,
    /// What references have repeated so far.
    repeated: Weight,
}

impl<'d> Scope<'d> {
    pub(super) fn new(root: Cursor<'d>, options: &'d ImportOptions) -> Result<Self, ImportError> {
        Ok(Self {
            root,
            dialect: dialect(root)?,
            basepath: options.basepath,
            limits: &options.limits,
            inline_models: Map::new(),
            operations: Map::new(),
            extensions: Map::new(),
            notes: Vec::new(),
            warnings: Vec::new(),
            withheld: 0,
            repeated: Weight::default(),
        })
    }

    /// A remark that its author can act on.
    pub(super) fn warn(&mut self, place: Cursor<'_>, message: impl Into<String>) {
        self.remark(WarningKind::Definition, place, message.into());
    }

    /// A remark that something is left out, as API Gateway does without a word.
    pub(super) fn left_out(&mut self, place: Cursor<'_>, message: impl Into<String>) {
        self.remark(WarningKind::LeftOut, place, message.into());
    }

    fn remark(&mut self, kind: WarningKind, place: Cursor<'_>, message: String) {
        if self.warnings.len() >= self.limits.warnings {
            self.withheld += 1;
            return;
        }
        let (position, path) = (place.position(), place.path());
        self.warnings.push(Warning { kind, line: position.line, column: position.column, path, message });
    }

    /// Accounts for a part of the document that is read once more than it was written.
    pub(super) fn repeat(&mut self, place: Cursor<'_>, weight: Weight) -> Result<(), ImportError> {
        self.repeated = self.repeated.charged(weight, self.limits).map_err(|message| place.over_limit(message))?;
        Ok(())
    }

    /// The warnings, unless they are fatal.
    pub(super) fn finish(mut self, options: &ImportOptions) -> Result<Vec<Warning>, ImportError> {
        if let Some(first) = self.warnings.iter().find(|warning| warning.kind == WarningKind::Definition)
            && options.fail_on_warnings
        {
            return Err(ImportError {
                kind: ImportErrorKind::Warnings,
                line: first.line,
                column: first.column,
                path: first.path.clone(),
                message: fatal(&self.warnings).unwrap_or_default(),
                expected: "a definition without warnings".to_owned(),
            });
        }
        if self.withheld > 0 {
            let message = format!("{} more warnings are not listed", self.withheld);
            let position = self.root.position();
            self.warnings.push(Warning {
                kind: WarningKind::Definition,
                line: position.line,
                column: position.column,
                path: "$".to_owned(),
                message,
            });
        }
        Ok(self.warnings)
    }
}

fn dialect(root: Cursor<'_>) -> Result<Dialect, ImportError> {
    let expected = "`openapi: 3.0.x` or `swagger: 2.0`";
    let declared = match (root.members()?, root.get("openapi"), root.get("swagger")) {
        (_, Some(version), None) => (version, "3.0", Dialect::OpenApi3),
        (_, None, Some(version)) => (version, "2.0", Dialect::Swagger2),
        (_, None, None) => return Err(root.error("the document declares neither `openapi` nor `swagger`", expected)),
        (_, Some(_), Some(version)) => {
            return Err(version.error("the document declares both `openapi` and `swagger`", expected));
        }
    };
    let (version, served, dialect) = declared;
    let text = version.text()?;
    let patch = text.strip_prefix(served);
    if patch.is_some_and(|patch| patch.is_empty() || patch.starts_with(['.', '-'])) || text == "2" || text == "3" {
        Ok(dialect)
    } else {
        Err(version.error(format!("version {:?} cannot be imported", excerpt(text)), expected))
    }
}
