//! What templates compute with: Java's values as far as templates meet them.

mod containers;
mod entries;
mod json;
mod key;
mod number;
mod print;

pub use containers::{List, Map};
pub use key::Key;
/// A string: short ones lie in the value itself, long ones are shared.
pub use smol_str::SmolStr as Text;

pub(crate) use entries::Entries;
pub(crate) use number::print_double;
pub(crate) use print::print;

use crate::context::Object;
use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

/// A value. Lists and maps are shared, as in Java: a clone is the same list.
#[derive(Clone, Default)]
pub enum Value {
    /// Java's null.
    #[default]
    Null,
    /// `Boolean`.
    Bool(bool),
    /// `Integer`.
    Int(i32),
    /// `Long`.
    Long(i64),
    /// `BigInteger`, up to 128 bits.
    Big(Box<i128>),
    /// `Double`.
    Double(f64),
    /// `String`.
    Text(Text),
    /// `ArrayList`.
    List(List),
    /// `LinkedHashMap`.
    Map(Map),
    /// An object of the host.
    Object(Rc<dyn Object>),
    /// What only the language itself makes.
    #[doc(hidden)]
    Native(Rc<Native>),
}

/// What only the language itself makes.
#[doc(hidden)]
pub struct Native(pub(crate) Inner);

pub(crate) enum Inner {
    /// One of a map's entries: its key and its value.
    Entry(Value, Value),
    /// Java's `Iterator`.
    Cursor(RefCell<std::vec::IntoIter<Value>>),
    /// `$foreach`.
    Scope(Scope),
    /// What `#define` and `$bodyContent` hold: the block of this number in the rendering that has the mark.
    Block(Rc<()>, usize),
}

/// The state of a `#foreach`.
#[derive(Default)]
pub(crate) struct Scope {
    pub(crate) index: Cell<i32>,
    pub(crate) has_next: Cell<bool>,
    pub(crate) parent: Value,
    /// What the template sets; most set nothing.
    pub(crate) members: OnceCell<Map>,
}

impl Scope {
    pub(crate) fn members(&self) -> &Map {
        self.members.get_or_init(Map::new)
    }

    pub(crate) fn member(&self, name: &str) -> Option<Value> {
        self.members.get()?.get_text(name)
    }
}

impl Value {
    /// A string.
    pub fn text(text: impl Into<Text>) -> Self {
        Self::Text(text.into())
    }

    /// A list.
    pub fn list(values: Vec<Self>) -> Self {
        Self::List(List::new(values))
    }

    /// An object of the host.
    pub fn object(object: impl Object + 'static) -> Self {
        Self::Object(Rc::new(object))
    }

    /// Whether this is null.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether there is nothing to drop.
    #[inline]
    pub(crate) const fn is_plain(&self) -> bool {
        match self {
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Long(_) | Self::Double(_) => true,
            Self::Text(text) => !text.is_heap_allocated(),
            _ => false,
        }
    }

    pub(crate) fn native(inner: Inner) -> Self {
        Self::Native(Rc::new(Native(inner)))
    }

    /// Java's `int` for a length or an index.
    pub(crate) fn int(count: usize) -> Self {
        i32::try_from(count).map_or(Self::Long(i64::MAX), Self::Int)
    }

    /// Whether this is a block of `#define`, or `$bodyContent`.
    pub(crate) fn is_block(&self) -> bool {
        matches!(self, Self::Native(native) if matches!(native.0, Inner::Block(..)))
    }

    /// Whether this is a list, a map, or holds one.
    pub(crate) const fn is_container(&self) -> bool {
        matches!(self, Self::List(_) | Self::Map(_) | Self::Native(_))
    }
}

/// Java's `toString`.
impl std::fmt::Display for Value {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = String::new();
        let mut meter = crate::budget::Meter::new(crate::Budget::default());
        let printed = print(self, &mut text, &mut meter);
        formatter.write_str(if printed.is_ok() { &text } else { "(a value too large to print)" })
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, formatter)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

const _: () = assert!(size_of::<Value>() == 24, "values are moved a lot");
