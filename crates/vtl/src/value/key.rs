//! A map's keys, and Java's hash codes of them.

use super::Value;
use crate::error::Fault;
use std::sync::Arc;

/// A key of a map: any value but a list, a map or an object.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
    Big(i128),
    /// `Double`, as its bits.
    Double(u64),
    /// `String`.
    Text(Arc<str>),
}

impl Key {
    /// The key that a value is.
    ///
    /// # Errors
    /// The value is a list, a map or an object.
    pub fn of(value: &Value) -> Result<Self, Fault> {
        Ok(match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Long(value) => Self::Long(*value),
            Value::Big(value) => Self::Big(*value),
            Value::Double(value) => Self::Double(value.to_bits()),
            Value::Text(value) => Self::Text(Arc::clone(value)),
            Value::List(_) | Value::Map(_) | Value::Object(_) | Value::Native(_) => {
                return Err(Fault::method("a list, a map or an object cannot be a key"));
            }
        })
    }

    /// The value that a key is.
    pub fn value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Long(value) => Value::Long(*value),
            Self::Big(value) => Value::Big(*value),
            Self::Double(bits) => Value::Double(f64::from_bits(*bits)),
            Self::Text(value) => Value::Text(Arc::clone(value)),
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
