//! The port to the truststores that domain names with mutual TLS name.

/// Who knows truststores.
pub trait Truststores: Send + Sync {
    /// What is wrong with a truststore, in a version if one is asked for: for `truststoreWarnings`.
    fn warnings(&self, uri: &str, version: Option<&str>) -> Vec<String>;
}

/// Knows nothing, and warns of nothing.
#[derive(Debug, Clone, Copy)]
pub struct NoTruststores;

impl Truststores for NoTruststores {
    fn warnings(&self, _uri: &str, _version: Option<&str>) -> Vec<String> {
        Vec::new()
    }
}
