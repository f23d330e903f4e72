//! The request context: the values that conditions and policy variables read.

use std::collections::HashMap;

/// Values by condition key. Names of keys are not case-sensitive, those of tags within them neither (IAM User Guide,
/// "Condition"). A key without a value is an absent key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    values: HashMap<String, Vec<String>>,
}

impl Context {
    /// A context without a key.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key of one value. Binary values are given in Base64, times in ISO 8601 or as epoch seconds.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.values.insert(folded(key), vec![value.into()]);
    }

    /// Sets a multi-valued key, such as `aws:PrincipalOrgPaths`.
    pub fn set_all(&mut self, key: &str, values: impl IntoIterator<Item = impl Into<String>>) {
        self.values.insert(folded(key), values.into_iter().map(Into::into).collect());
    }

    /// The values of a key, in any case.
    pub fn get(&self, key: &str) -> &[String] {
        self.get_folded(&folded(key))
    }

    /// The values of a key that is folded already.
    pub(crate) fn get_folded(&self, key: &str) -> &[String] {
        self.values.get(key).map_or(&[], Vec::as_slice)
    }
}

/// A key's name with its case folded.
pub(crate) fn folded(key: &str) -> String {
    key.to_lowercase()
}

impl<K: AsRef<str>, V: Into<String>> FromIterator<(K, V)> for Context {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut context = Self::new();
        for (key, value) in pairs {
            context.set(key.as_ref(), value);
        }
        context
    }
}
