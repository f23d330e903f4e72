//! Members of calls and answers, whatever their form on the wire.

/// A member.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// Nothing.
    Null,
    /// A text. Forms have nothing else: whoever needs a number reads it as one.
    Text(String),
    /// A number.
    Number(f64),
    /// Yes or no.
    Boolean(bool),
    /// A time, in seconds since 1970.
    Time(f64),
    /// Members in order.
    List(Vec<Value>),
    /// Members by name, in their order.
    Map(Vec<(String, Value)>),
}

impl Value {
    /// A structure.
    pub(super) fn of<const N: usize>(members: [(&str, Self); N]) -> Self {
        Self::Map(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// A text.
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// A member of a structure; nothing where it is not there, or is nothing.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        let Self::Map(members) = self else { return None };
        members.iter().find(|(have, value)| have == name && *value != Self::Null).map(|(_, value)| value)
    }
}
