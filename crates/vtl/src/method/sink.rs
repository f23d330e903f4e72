//! Where a method's answer goes: into a value, or straight into the output.

use crate::Value;
use crate::budget::Meter;
use crate::error::Outcome;

/// Where an answer goes. Answers are written where they are used: values that are handed on are copied in parts, and
/// that takes longer than most methods.
pub(crate) enum Sink<'s> {
    /// To be kept.
    Value(&'s mut Value),
    /// To be printed.
    Print(Printing<'s>),
}

/// How an answer is printed.
pub(crate) struct Printing<'s> {
    pub(crate) output: &'s mut String,
    /// What is printed before it.
    pub(crate) prefix: &'s str,
    /// Whether a null is printed, as nothing.
    pub(crate) null_is_empty: bool,
    /// The value itself is not printed.
    pub(crate) escaped: bool,
    /// What was printed.
    pub(crate) shown: Shown,
    /// A block of `#define`, which is still to be rendered.
    pub(crate) block: Option<Value>,
}

/// What was printed of a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    Whole,
    /// Only the backslashes before it: the value is null.
    PrefixOfNull,
    /// Only the backslashes before it: it is escaped.
    Prefix,
}

impl Sink<'_> {
    /// Takes a value.
    #[inline]
    pub(crate) fn value(&mut self, value: Value, meter: &mut Meter) -> Outcome<()> {
        match self {
            Self::Value(slot) => {
                **slot = value;
                Ok(())
            }
            Self::Print(printing) => printing.value(&value, meter),
        }
    }

    /// Takes a copy of a value, if it takes any.
    #[inline]
    pub(crate) fn lent(&mut self, value: &Value, meter: &mut Meter) -> Outcome<()> {
        match self {
            Self::Value(slot) => {
                slot.clone_from(value);
                Ok(())
            }
            Self::Print(printing) => printing.value(value, meter),
        }
    }

    /// Takes a text.
    #[inline]
    pub(crate) fn text(&mut self, text: &str, meter: &mut Meter) -> Outcome<()> {
        match self {
            Self::Value(slot) => {
                **slot = Value::text(text);
                Ok(())
            }
            Self::Print(printing) => printing.text(text, meter),
        }
    }

    /// Takes a text in a string of [`Meter::buffer`], and gives that back.
    pub(crate) fn built(&mut self, text: String, meter: &mut Meter) -> Outcome<()> {
        let result = self.text(&text, meter);
        meter.give_back(text);
        result
    }
}

impl Printing<'_> {
    fn prefix(&mut self, meter: &mut Meter) -> Outcome<()> {
        if self.prefix.is_empty() { Ok(()) } else { meter.push(self.output, self.prefix) }
    }

    fn text(&mut self, text: &str, meter: &mut Meter) -> Outcome<()> {
        self.prefix(meter)?;
        if self.escaped {
            self.shown = Shown::Prefix;
            return Ok(());
        }
        meter.push(self.output, text)
    }

    /// Prints a value.
    pub(crate) fn value(&mut self, value: &Value, meter: &mut Meter) -> Outcome<()> {
        self.prefix(meter)?;
        match value {
            Value::Null if !self.null_is_empty => self.shown = Shown::PrefixOfNull,
            _ if self.escaped => self.shown = Shown::Prefix,
            Value::Null => {}
            value if value.is_block() => self.block = Some(value.clone()),
            value => crate::value::print(value, self.output, meter)?,
        }
        Ok(())
    }
}
