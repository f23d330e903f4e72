//! A map's keys, and Java's hash codes of them.

use super::{Text, Value};
use crate::error::Fault;
use indexmap::Equivalent;
use std::hash::{Hash, Hasher};

/// A key of a map: any value but a list, a map or an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// Java's null.
    Null,
    /// `Boolean`.
    Bool(bool),
    /// `Integer`.
    Int(i32),
    /// `Long`.
    Long(i64),
    /// `BigInteger`.
    Big(Box<i128>),
    /// `Double`, as its bits.
    Double(u64),
    /// `String`.
    Text(Text),
}

/// A key's hash. A text's is that of [`TextKey`], which finds it.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Null => state.write_u8(0),
            Self::Bool(value) => state.write_u8(1 + u8::from(*value)),
            Self::Int(value) => state.write_i32(*value),
            Self::Long(value) => state.write_i64(*value),
            Self::Big(value) => state.write_i128(**value),
            Self::Double(bits) => state.write_u64(*bits),
            Self::Text(text) => TextKey(text).hash(state),
        }
    }
}

/// A text that is looked up as a key, without becoming one.
pub(crate) struct TextKey<'t>(pub(crate) &'t str);

impl Hash for TextKey<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self.0.as_bytes());
    }
}

impl Equivalent<Key> for TextKey<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        matches!(key, Key::Text(text) if text == self.0)
    }
}

impl Key {
    /// The key that a value is.
    ///
    /// # Errors
    /// The value is a list, a map or an object.
    pub fn of(value: &Value) -> Result<Self, Fault> {
        Self::of_value(value).ok_or_else(Self::refused)
    }

    #[cold]
    pub(crate) fn refused() -> Fault {
        Fault::method("a list, a map or an object cannot be a key")
    }

    /// The key that a value is; `None` for a list, a map or an object.
    #[inline]
    pub(crate) fn of_value(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Text(value) => Self::Text(value.clone()),
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Long(value) => Self::Long(*value),
            Value::Big(value) => Self::Big(value.clone()),
            Value::Double(value) => Self::Double(value.to_bits()),
            Value::List(_) | Value::Map(_) | Value::Object(_) | Value::Native(_) => return None,
        })
    }

    /// The value that a key is.
    pub fn value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Long(value) => Value::Long(*value),
            Self::Big(value) => Value::Big(value.clone()),
            Self::Double(bits) => Value::Double(f64::from_bits(*bits)),
            Self::Text(value) => Value::Text(value.clone()),
        }
    }

    /// Java's `hashCode()`.
    pub(crate) fn java_hash(&self) -> u32 {
        let fold = |bits: u64| u32::try_from((bits ^ (bits >> 32)) & 0xffff_ffff).unwrap_or_default();
        match self {
            Self::Null => 0,
            Self::Bool(value) => {
                if *value {
                    1231
                } else {
                    1237
                }
            }
            Self::Int(value) => value.cast_unsigned(),
            Self::Long(value) => fold(value.cast_unsigned()),
            Self::Big(value) => fold(u64::try_from(value.unsigned_abs() & u128::from(u64::MAX)).unwrap_or_default()),
            Self::Double(bits) => fold(*bits),
            Self::Text(text) => java_text_hash(text),
        }
    }
}

/// `String.hashCode()`.
pub(crate) fn java_text_hash(text: &str) -> u32 {
    text.encode_utf16().fold(0_u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(u32::from(unit)))
}
