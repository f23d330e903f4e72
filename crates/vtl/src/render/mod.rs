//! From tree to text.

mod expression;
mod frames;
pub(crate) mod math;
mod quick;
mod reference;
mod statement;

use crate::ast::{Block, Macro, Position};
use crate::budget::Meter;
use crate::error::{Outcome, RenderError};
use crate::names::Names;
use crate::value::Native;
use crate::{Context, Mode, Options, Template, Value};
use foldhash::{HashMap, HashMapExt};
use frames::{Frame, Variable};
use std::rc::Rc;
use std::sync::Arc;

/// Renders a template.
pub(crate) fn render(
    template: &Template,
    context: &mut Context,
    options: &Options,
    output: &mut String,
) -> Result<(), RenderError> {
    let mut engine = Engine {
        context,
        template,
        added: HashMap::new(),
        names: None,
        variables: Vec::new(),
        buffers: Vec::new(),
        frames: Vec::new(),
        top: 0,
        calls: 0,
        meter: Meter::new(options.budget),
        mode: options.mode,
        position: Position::default(),
    };
    engine.variables.resize_with(template.names.len(), Variable::default);
    let result = engine.block(&template.body, output);
    engine.store();
    let Position { line, column } = engine.position;
    result.map(|_| ()).map_err(|fault| RenderError { line, column, fault: *fault })
}

/// What follows a statement.
enum Flow {
    Next,
    /// `#break`: out of the nearest loop, macro, block or `#evaluate`.
    Break,
    /// `#break($foreach.parent)`.
    BreakScope(Rc<Native>),
    /// `#stop`.
    Stop,
}

impl Flow {
    /// What goes on outside of what a plain `#break` leaves.
    fn outside(self) -> Self {
        match self {
            Self::Break => Self::Next,
            other => other,
        }
    }

    /// Whether this leaves the loop that `scope` stands for, and no other.
    fn leaves(&self, scope: &Value) -> bool {
        match (self, scope) {
            (Self::Break, _) => true,
            (Self::BreakScope(left), Value::Native(scope)) => Rc::ptr_eq(left, scope),
            _ => false,
        }
    }
}

struct Engine<'t, 'c> {
    context: &'c mut Context,
    template: &'t Template,
    /// Macros that `#evaluate` defined.
    added: HashMap<Arc<str>, Arc<Macro>>,
    /// The names that `#evaluate` added, after the template's own.
    names: Option<Names>,
    /// By slot.
    variables: Vec<Variable>,
    /// Room for strings under construction: as many as were needed at once.
    buffers: Vec<String>,
    frames: Vec<Option<Frame>>,
    /// How many frames are in sight: an argument is evaluated where the call stands.
    top: usize,
    calls: u32,
    meter: Meter,
    mode: Mode,
    /// Where the last reference or directive stands, for errors.
    position: Position,
}

impl Engine<'_, '_> {
    fn block(&mut self, block: &Block, output: &mut String) -> Outcome<Flow> {
        self.meter.enter()?;
        for node in &block.nodes {
            match self.statement(node, output) {
                Ok(Flow::Next) => {}
                other => {
                    self.meter.leave();
                    return other;
                }
            }
        }
        self.meter.leave();
        Ok(Flow::Next)
    }

    /// The text of a block, as a string of its own.
    fn block_text(&mut self, block: &Block) -> Outcome<Arc<str>> {
        let mut buffer = self.buffers.pop().unwrap_or_default();
        let text = self.block(block, &mut buffer).map(|_| buffer.as_str().into());
        buffer.clear();
        self.buffers.push(buffer);
        text
    }

    /// Appends Java's `toString`; a block of `#define` is rendered.
    fn print(&mut self, value: &Value, output: &mut String) -> Outcome<()> {
        if let Some(block) = block_of(value) {
            return self.block(&block, output).map(|_| ());
        }
        crate::value::print(value, output, &mut self.meter)
    }

    /// Java's `toString`.
    fn text(&mut self, value: &Value) -> Outcome<Arc<str>> {
        if let Value::Text(text) = value {
            return Ok(Arc::clone(text));
        }
        let mut text = String::new();
        self.print(value, &mut text)?;
        Ok(text.into())
    }
}

/// The block that `#define` or `$bodyContent` holds.
fn block_of(value: &Value) -> Option<Arc<Block>> {
    match value {
        Value::Native(native) => match &native.0 {
            crate::value::Inner::Block(block) => Some(Arc::clone(block)),
            _ => None,
        },
        _ => None,
    }
}
