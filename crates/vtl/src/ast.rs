//! A compiled template's tree.

use crate::method::Called;
use crate::names::Slot;
use crate::value::Text;
use std::sync::atomic::AtomicU32;

/// Where something stands in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// What is rendered in order.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub(crate) nodes: Vec<Node>,
}

#[derive(Debug)]
pub(crate) enum Node {
    Text(Box<str>),
    Reference(Box<Printed>),
    Set(Box<Set>),
    If(Box<If>),
    Foreach(Box<Foreach>),
    Define(Slot, Box<Block>),
    Evaluate(Box<Expression>, Position),
    Call(Box<Call>),
    Break(Option<Box<Expression>>, Position),
    Stop,
}

/// A reference in running text, with the backslashes in front of it.
#[derive(Debug)]
pub(crate) struct Printed {
    /// The text in front of it.
    pub(crate) before: Box<str>,
    pub(crate) reference: Reference,
    /// Half of the backslashes.
    pub(crate) prefix: Box<str>,
    /// An odd number of backslashes: the text is printed, not the value.
    pub(crate) escaped: bool,
    pub(crate) quiet: bool,
}

#[derive(Debug)]
pub(crate) struct Reference {
    pub(crate) root: Slot,
    /// It is written `$name`, with no braces, mark or steps.
    pub(crate) plain: bool,
    pub(crate) steps: Vec<Step>,
    /// How many of the steps, from the first one on, are properties: they are followed without a copy.
    pub(crate) properties: usize,
    /// The source text.
    pub(crate) literal: Box<str>,
    pub(crate) position: Position,
}

#[derive(Debug)]
pub(crate) enum Step {
    Property(Property),
    Method(Box<Method>),
    Index(Expression),
}

/// A member by its name.
#[derive(Debug)]
pub(crate) struct Property {
    pub(crate) name: Text,
    /// Where the last map had it: maps of a list are mostly alike. It is tried first, and proves nothing.
    pub(crate) guess: AtomicU32,
}

#[derive(Debug)]
pub(crate) struct Method {
    pub(crate) called: Called,
    pub(crate) arguments: Vec<Expression>,
    /// What evaluating the arguments may change.
    pub(crate) effects: Effects,
}

/// What evaluating an expression may change, beside its own value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effects {
    None,
    /// What lists, maps and objects hold, but no variable.
    Contents,
    Variables,
}

#[derive(Debug)]
pub(crate) enum Expression {
    Bool(bool),
    Int(i32),
    Long(i64),
    Big(Box<i128>),
    Double(f64),
    Text(Text),
    Interpolated(Block),
    Reference(Box<Reference>),
    List(Vec<Expression>),
    Map(Vec<(Expression, Expression)>),
    Range(Box<(Expression, Expression)>),
    Not(Box<Expression>),
    /// Operators of one precedence, left to right: flat, so that long sums do not nest.
    Chain(Box<Chain>),
    /// Conditions joined by one operator, of which any (`||`) or none but all (`&&`) must hold.
    Logic(Box<Logic>),
}

#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) first: Expression,
    pub(crate) rest: Vec<(Operator, Expression)>,
}

#[derive(Debug)]
pub(crate) struct Logic {
    /// The truth of one operand that decides the whole: that of `||` is true.
    pub(crate) decisive: bool,
    pub(crate) operands: Vec<Expression>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

#[derive(Debug)]
pub(crate) struct Set {
    pub(crate) target: Reference,
    pub(crate) value: Expression,
}

#[derive(Debug)]
pub(crate) struct If {
    pub(crate) arms: Vec<(Expression, Block)>,
    pub(crate) otherwise: Option<Block>,
}

#[derive(Debug)]
pub(crate) struct Foreach {
    pub(crate) name: Slot,
    pub(crate) items: Expression,
    pub(crate) body: Block,
    pub(crate) position: Position,
}

#[derive(Debug)]
pub(crate) struct Macro {
    pub(crate) parameters: Vec<Slot>,
    pub(crate) body: Block,
}

/// A call of a macro, or what looks like one.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) name: Slot,
    /// Each with its source text; a bare word has no value.
    pub(crate) arguments: Vec<(Option<Expression>, Box<str>)>,
    /// The content of `#@name() … #end`.
    pub(crate) body: Option<Block>,
    /// What is printed when there is no such macro.
    pub(crate) literal: Box<str>,
    pub(crate) position: Position,
}

impl Expression {
    /// What evaluating this may change.
    pub(crate) fn effects(&self) -> Effects {
        let worst = |all: &mut dyn Iterator<Item = &Self>| all.map(Self::effects).max().unwrap_or(Effects::None);
        match self {
            Self::Bool(_) | Self::Int(_) | Self::Long(_) | Self::Big(_) | Self::Double(_) | Self::Text(_) => {
                Effects::None
            }
            Self::Reference(reference) => reference.effects(),
            // Directives may stand in it.
            Self::Interpolated(_) => Effects::Variables,
            Self::List(items) => worst(&mut items.iter()),
            Self::Map(entries) => worst(&mut entries.iter().flat_map(|(key, value)| [key, value])),
            Self::Range(bounds) => bounds.0.effects().max(bounds.1.effects()),
            Self::Not(inner) => inner.effects(),
            Self::Chain(chain) => worst(&mut chain.rest.iter().map(|(_, operand)| operand)).max(chain.first.effects()),
            Self::Logic(logic) => worst(&mut logic.operands.iter()),
        }
    }
}

impl Reference {
    fn effects(&self) -> Effects {
        let of_step = |step: &Step| match step {
            Step::Property(_) => Effects::None,
            Step::Method(method) => method.effects.max(Effects::Contents),
            Step::Index(index) => index.effects().max(Effects::Contents),
        };
        self.steps.iter().map(of_step).max().unwrap_or(Effects::None)
    }
}
