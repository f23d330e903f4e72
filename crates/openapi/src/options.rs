//! What a caller of an import decides: the base path mode, whether warnings are fatal, and the limits.

use std::str::FromStr;

use thiserror::Error;

/// How an import is to be done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// What becomes of the definition's base path.
    pub basepath: BasePathMode,
    /// Refuse the definition if it has warnings of its own (`failonwarnings`). What API Gateway
    /// leaves out without a word does not count.
    pub fail_on_warnings: bool,
    /// What the variables of AWS stand for in the definition's texts.
    pub variables: AwsVariables,
    /// Bounds on the source and on what it expands to.
    pub limits: ImportLimits,
}

/// What `${AWS::AccountId}`, `${AWS::Partition}` and `${AWS::Region}` stand for (AWS: "AWS variables for `OpenAPI` import").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsVariables {
    /// The account that imports, twelve digits.
    pub account_id: String,
    /// The partition of the region.
    pub partition: String,
    /// The region.
    pub region: String,
}

impl Default for AwsVariables {
    /// Those of the documentation's examples, which make any definition well formed.
    fn default() -> Self {
        Self { account_id: "123456789012".to_owned(), partition: "aws".to_owned(), region: "us-east-1".to_owned() }
    }
}

impl AwsVariables {
    /// What every variable's spelling begins with.
    pub(crate) const PREFIX: &str = "${AWS::";

    /// The text with its variables resolved; unknown ones stay.
    pub(crate) fn resolve(&self, text: &str) -> String {
        let known = [("AccountId", &self.account_id), ("Partition", &self.partition), ("Region", &self.region)];
        known
            .iter()
            .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{}{name}}}", Self::PREFIX), value))
    }
}

/// What becomes of Swagger's `basePath`, of OpenAPI's server variable `basePath`, or else of the path of the first
/// server's URL (AWS: "Set the `OpenAPI` `basePath` property").
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BasePathMode {
    /// The base path is left out: `/a/b` and `/e` make `/e`. The default.
    #[default]
    Ignore,
    /// The base path becomes resources above every path: `/a/b` and `/e` make `/a/b/e`.
    Prepend,
    /// The topmost part is cut off, being a stage's or a mapping's name; the rest is prepended: `/a/b` and `/e` make
    /// `/b/e`.
    Split,
}

/// The value of `basepath` is none of the three modes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the basepath mode must be one of ignore, prepend, split")]
pub struct UnknownBasePathMode;

impl FromStr for BasePathMode {
    type Err = UnknownBasePathMode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "ignore" => Ok(Self::Ignore),
            "prepend" => Ok(Self::Prepend),
            "split" => Ok(Self::Split),
            _ => Err(UnknownBasePathMode),
        }
    }
}

/// Bounds of an import; the defaults suit a definition of AWS's maximum size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportLimits {
    /// Bytes of source. Default 6 MiB (AWS's quota for an import, fact 1.16).
    pub source_bytes: usize,
    /// Levels of nesting, aliases included. Default 100, never more than 500.
    pub depth: u32,
    /// Nodes of the document, those that aliases repeat included; a second allowance of the same size is for what
    /// `$ref` repeats. Default 1,000,000.
    pub nodes: u32,
    /// Bytes of keys and scalars, counted like `nodes`. Default 32 MiB.
    pub text_bytes: u32,
    /// Parts of one resource's path. Default 64.
    pub path_parts: usize,
    /// Bytes of one resource's path. Default 10,240 (AWS's quota for the length of a URL, fact 1.16).
    pub path_bytes: usize,
    /// Warnings that are reported one by one; a last one counts the others. Default 1,000.
    pub warnings: usize,
    /// Milliseconds that an integration's `timeoutInMillis` may be at most; `None` for any. AWS: 29,000.
    pub integration_timeout_ms: Option<u32>,
}

impl Default for ImportLimits {
    fn default() -> Self {
        Self {
            source_bytes: 6 << 20,
            depth: 100,
            nodes: 1_000_000,
            text_bytes: 32 << 20,
            path_parts: 64,
            path_bytes: 10_240,
            warnings: 1_000,
            integration_timeout_ms: None,
        }
    }
}
