//! The Velocity Template Language as Apache Velocity 1.7 defines it: templates are compiled once and rendered many times.
//!
//! Pure: no input or output, no clock, and no knowledge of gateways. What a template can reach is what its [`Context`]
//! holds: [`Value`]s, and host objects behind the [`Object`] trait.

mod ast;
mod budget;
mod context;
mod error;
mod method;
mod names;
mod parse;
mod render;
mod value;

pub use budget::Budget;
pub use context::{Context, Object, Variables};
pub use error::{Fault, ParseError, RenderError};
pub use value::{Key, List, Map, Value};

use ast::{Block, Macro};
use names::Names;
use foldhash::HashMap;
use std::sync::Arc;

/// What a reference that resolves to nothing evaluates to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Null, as in Velocity 1.7: it renders as its own text and is false.
    #[default]
    Velocity,
    /// The empty string, as AWS has it (fact 81a): it renders as nothing and is true.
    Aws,
}

/// How to render.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Whose rule holds for references that resolve to nothing.
    pub mode: Mode,
    /// What one rendering may use.
    pub budget: Budget,
}

/// A compiled template: immutable, to be shared between threads.
#[derive(Debug)]
pub struct Template {
    body: Block,
    macros: HashMap<Arc<str>, Arc<Macro>>,
    names: Names,
}

impl Template {
    /// Compiles a template.
    ///
    /// # Errors
    /// The first place where the text is not VTL, or is nested too deeply.
    pub fn parse(source: &str) -> Result<Self, ParseError> {
        parse::parse(source)
    }

    /// Renders into `output`, after what it already holds. Variables that the template sets stay in `context`.
    ///
    /// # Errors
    /// A method that fails as Java's would throw, or a budget that is used up; `output` then holds what was rendered so far.
    pub fn render(&self, context: &mut Context, options: &Options, output: &mut String) -> Result<(), RenderError> {
        render::render(self, context, options, output)
    }
}
