//! Reads a type's members off its own `Deserialize`, so that a check against the service model cannot go stale.
//!
//! [`shape_of`] drives the derived implementation with a deserializer that has no input: it notes what the type asks for
//! and answers every question with a placeholder, so that nested types ask in turn.

mod probe;

use serde::de::DeserializeOwned;

/// What a type looks like on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// An object with these members.
    Structure {
        /// The Rust type's name.
        name: &'static str,
        /// Wire names and what they hold, in order of declaration.
        members: Vec<(&'static str, Shape)>,
    },
    /// One of these strings.
    Closed {
        /// The Rust type's name.
        name: &'static str,
        /// The wire strings.
        values: &'static [&'static str],
    },
    /// An array of one shape.
    List(Box<Shape>),
    /// An object with open keys: what a key is, and what its value is.
    Map(Box<Shape>, Box<Shape>),
    /// Any string.
    Text,
    /// True or false.
    Boolean,
    /// A whole number.
    Integer,
    /// Any number.
    Double,
    /// Seconds since 1970.
    Timestamp,
    /// Any JSON.
    Any,
}

/// The shape of `T`.
///
/// # Panics
/// If `T` refuses the placeholders, which only a type with an invariant on its strings or numbers can do.
pub fn shape_of<T: DeserializeOwned>() -> Shape {
    let mut shape = Shape::Any;
    T::deserialize(probe::Probe { seen: &mut shape }).expect("wire types accept the probe's placeholders");
    shape
}
