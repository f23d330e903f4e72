//! The Velocity Template Language as Apache Velocity 1.7 defines it: templates are compiled once and rendered many times.
//!
//! Pure: no input or output, no clock, and no knowledge of gateways. What a template can reach is what its [`Context`]
//! holds: [`Value`]s, and host objects behind the [`Object`] trait.
//!
//! A [`Template`] is compiled where configuration changes, and is shared by threads. A rendering has a [`Context`] of its
//! own, on one thread. Nothing is built that no template asks for: [`Variables`] are made when they are read first, and an
//! object's members when they are called.
//!
//! ```
//! use std::rc::Rc;
//! use stagegate_vtl::{Context, Fault, Mode, Object, Options, Template, Value, Variables};
//!
//! /// What a rendering needs of its request, shared by the objects that show it.
//! struct Request {
//!     body: String,
//! }
//!
//! struct Input(Rc<Request>);
//!
//! impl Object for Input {
//!     fn property(&self, name: &str) -> Option<Value> {
//!         (name == "body").then(|| Value::text(self.0.body.as_str()))
//!     }
//!
//!     fn call(&self, method: &str, arguments: &[Value]) -> Result<Option<Value>, Fault> {
//!         match (method, arguments) {
//!             ("length", []) => Ok(Some(Value::Long(self.0.body.len() as i64))),
//!             ("fail", _) => Err(Fault::method("ends the rendering")),
//!             _ => Ok(None),
//!         }
//!     }
//!
//!     fn print(&self) -> String {
//!         "input".to_owned()
//!     }
//! }
//!
//! /// The variables of a request, none of which exists until a template names it.
//! struct Lazily(Rc<Request>);
//!
//! impl Variables for Lazily {
//!     fn variable(&self, name: &str) -> Option<Value> {
//!         match name {
//!             "input" => Some(Value::object(Input(Rc::clone(&self.0)))),
//!             _ => None,
//!         }
//!     }
//! }
//!
//! // Once, where the deployment is compiled:
//! let template = Template::parse(r#"{"size": $input.length(), "what": "$input.body$missing"}"#)?;
//!
//! // For each request:
//! let request = Rc::new(Request { body: "seven b".to_owned() });
//! let mut context = Context::over(Rc::new(Lazily(request)));
//! let options = Options { mode: Mode::Aws, ..Options::default() };
//! let mut output = String::with_capacity(1024);
//! template.render(&mut context, &options, &mut output)?;
//! assert_eq!(output, r#"{"size": 7, "what": "seven b"}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
pub use value::{Key, List, Map, Text, Value};

use ast::Block;
use names::Names;
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
    macros: parse::Macros,
    names: Arc<Names>,
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
