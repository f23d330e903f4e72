//! From tree to text.

mod expression;
mod frames;
pub(crate) mod math;
mod parts;
mod quick;
mod reference;
mod statement;
mod workspace;

use crate::ast::{Block, Macro, Position};
use crate::budget::Meter;
use crate::error::{Outcome, RenderError};
use crate::names::{Names, Slot};
use crate::value::{Inner, Native, Text};
use crate::{Context, Mode, Options, Template, Value};
use frames::{Frame, Variable};
use parts::Parts;
use std::collections::BTreeMap;
use std::rc::Rc;
use workspace::Workspace;

/// Renders a template.
pub(crate) fn render(
    template: &Template,
    context: &mut Context,
    options: &Options,
    output: &mut String,
) -> Result<(), RenderError> {
    let parts = Parts::default();
    let Workspace { variables, buffers } = Workspace::take();
    let mut engine = Engine {
        context,
        template,
        parts: &parts,
        added: BTreeMap::new(),
        names: None,
        variables,
        mark: None,
        blocks: Vec::new(),
        frames: Vec::new(),
        top: 0,
        calls: 0,
        meter: Meter::building_in(buffers, options.budget),
        mode: options.mode,
        position: Position::default(),
    };
    engine.variables.resize_with(template.names.len(), Variable::default);
    let result = engine.block(&template.body, output);
    engine.store();
    let Position { line, column } = engine.position;
    Workspace { variables: engine.variables, buffers: engine.meter.into_buffers() }.keep();
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
    /// Where the next text that `#evaluate` compiles goes.
    parts: &'t Parts,
    /// Macros that `#evaluate` defined.
    added: BTreeMap<Slot, &'t Macro>,
    /// The names that `#evaluate` added, after the template's own.
    names: Option<Names>,
    /// By slot.
    variables: Vec<Variable>,
    /// What values that stand for blocks of this rendering are known by.
    mark: Option<Rc<()>>,
    blocks: Vec<&'t Block>,
    frames: Vec<Frame<'t>>,
    /// How many frames are in sight: an argument is evaluated where the call stands.
    top: usize,
    calls: u32,
    meter: Meter,
    mode: Mode,
    /// Where the last reference or directive stands, for errors.
    position: Position,
}

impl<'t> Engine<'t, '_> {
    fn block(&mut self, block: &'t Block, output: &mut String) -> Outcome<Flow> {
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
    fn block_text(&mut self, block: &'t Block) -> Outcome<Value> {
        let mut buffer = self.meter.buffer();
        self.block(block, &mut buffer)?;
        Ok(self.meter.finish(buffer))
    }

    /// A value that stands for a block.
    fn block_value(&mut self, block: &'t Block) -> Value {
        let mark = self.mark.get_or_insert_with(Rc::default);
        self.blocks.push(block);
        Value::native(Inner::Block(Rc::clone(mark), self.blocks.len() - 1))
    }

    /// The block that a value stands for; nothing where another rendering made it.
    fn block_of(&self, value: &Value) -> Option<&'t Block> {
        let Value::Native(native) = value else { return None };
        let Inner::Block(mark, number) = &native.0 else { return None };
        let ours = self.mark.as_ref().is_some_and(|ours| Rc::ptr_eq(ours, mark));
        if ours { self.blocks.get(*number).copied() } else { None }
    }

    /// Appends Java's `toString`; a block of `#define` is rendered.
    fn print(&mut self, value: &Value, output: &mut String) -> Outcome<()> {
        if let Some(block) = self.block_of(value) {
            return self.block(block, output).map(|_| ());
        }
        crate::value::print(value, output, &mut self.meter)
    }

    /// Java's `toString`.
    fn text(&mut self, value: &Value) -> Outcome<Text> {
        if let Value::Text(text) = value {
            return Ok(text.clone());
        }
        let mut buffer = self.meter.buffer();
        self.print(value, &mut buffer)?;
        let text = Text::from(buffer.as_str());
        self.meter.give_back(buffer);
        Ok(text)
    }
}
