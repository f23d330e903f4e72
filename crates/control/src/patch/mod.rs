//! The only code that knows JSON Patch: AWS's dialect, in which every value is a string.
//!
//! A noun lists its rows (pointer pattern, operations, setter); anything that no row allows is refused in AWS's words
//! (fact 127). `move` and `test` are spelled in the service model, but no noun of AWS accepts them, so no row does.

mod edit;
mod pointer;
mod rules;

use serde::Deserialize;

pub(crate) use edit::Edit;
pub(crate) use pointer::unescape;
pub use rules::{NounRules, RuleRow, patch_rules};

use crate::call::Call;
use crate::fault::Fault;
use crate::input::Input;

/// What a patch operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Op {
    /// Adds a member, an entry or an item.
    Add,
    /// Removes it.
    Remove,
    /// Sets it.
    Replace,
    /// Sets it from another member.
    Copy,
    /// Accepted by no noun.
    Move,
    /// Accepted by no noun.
    Test,
}

impl Op {
    const NAMES: [&'static str; 6] = ["add", "remove", "move", "test", "replace", "copy"];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Replace => "replace",
            Self::Copy => "copy",
            Self::Move => "move",
            Self::Test => "test",
        }
    }
}

/// The operations of members that can only be set.
pub(crate) const SET: &[Op] = &[Op::Replace];
/// The operations of members that can be set and unset.
pub(crate) const SET_OR_CLEAR: &[Op] = &[Op::Add, Op::Replace, Op::Remove];
/// The operations of items of a list.
pub(crate) const ITEM: &[Op] = &[Op::Add, Op::Remove];

/// One row of a noun's patch rules.
pub(crate) struct PatchRow<N: 'static> {
    /// A JSON Pointer with `{placeholders}`; `{name+}` stands for one or more segments.
    pub(crate) pattern: &'static str,
    /// The operations that AWS accepts there.
    pub(crate) ops: &'static [Op],
    /// Puts the value in its place.
    pub(crate) set: fn(&mut N, &Edit<'_>) -> Result<(), Fault>,
}

/// A row, in one line.
pub(crate) const fn row<N>(
    pattern: &'static str,
    ops: &'static [Op],
    set: fn(&mut N, &Edit<'_>) -> Result<(), Fault>,
) -> PatchRow<N> {
    PatchRow { pattern, ops, set }
}

/// A patch operation as the caller sent it.
#[derive(Debug)]
pub(crate) struct Operation {
    op: Op,
    path: String,
    value: Option<String>,
    from: Option<String>,
}

impl Operation {
    /// What it does.
    pub(crate) fn op(&self) -> Op {
        self.op
    }

    /// Where, as the caller wrote it.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

/// Reads `patchOperations` of a call.
pub(crate) fn operations(call: &Call) -> Result<Vec<Operation>, Fault> {
    let mut input = Input::of(call)?;
    let mut operations = Vec::new();
    for mut item in input.structures("patchOperations")? {
        let op = item.choice("op", &Op::NAMES)?;
        let path = item.text("path")?;
        let value = item.text("value")?;
        let from = item.text("from")?;
        operations.push((op, path, value, from));
        input.absorb(item);
    }
    input.finish()?;
    let complete = |(op, path, value, from): (Option<Op>, Option<String>, _, _)| {
        let op = op.ok_or_else(|| {
            let names: Vec<String> = Op::NAMES.iter().map(|name| format!("'{name}'")).collect();
            Fault::bad_request(format!("Invalid patch operation specified. Must be {}", names.join("|")))
        })?;
        Ok(Operation { op, path: path.unwrap_or_default(), value, from })
    };
    operations.into_iter().map(complete).collect()
}

/// Applies operations in order. The first that is refused refuses the call, and nothing of it is kept.
///
/// `misfit` gives a noun its own words for a path that no row has.
pub(crate) fn apply<N>(
    rows: &[PatchRow<N>],
    noun: &mut N,
    operations: &[Operation],
    misfit: fn(&str) -> Option<Fault>,
) -> Result<(), Fault> {
    for operation in operations {
        let (set, edit) = find(rows, operation).map_err(|fault| misfit(&operation.path).unwrap_or(fault))?;
        set(noun, &edit)?;
    }
    Ok(())
}

type Setter<N> = fn(&mut N, &Edit<'_>) -> Result<(), Fault>;

/// The first row whose pattern matches and whose operations allow it: literal rows stand before open ones.
fn find<'o, N>(rows: &[PatchRow<N>], operation: &'o Operation) -> Result<(Setter<N>, Edit<'o>), Fault> {
    let path = operation.path.as_str();
    let segments = pointer::segments(path).ok_or_else(|| Fault::bad_request(format!("Invalid patch path {path}")))?;
    for row in rows.iter().filter(|row| row.ops.contains(&operation.op)) {
        if let Some(captured) = pointer::captures(row.pattern, &segments) {
            let (value, from) = (operation.value.as_deref(), operation.from.as_deref());
            return Ok((row.set, Edit { op: operation.op, path, captured, value, from }));
        }
    }
    Err(refuse(rows, operation))
}

/// Fact 127: two blanks after "path".
fn refuse<N>(rows: &[PatchRow<N>], operation: &Operation) -> Fault {
    let (op, path) = (operation.op, &operation.path);
    let allowed: Vec<&str> = rows.iter().filter(|row| row.ops.contains(&op)).map(|row| row.pattern).collect();
    if allowed.is_empty() {
        return Fault::bad_request(format!("Invalid patch path {path}"));
    }
    let op = op.as_str();
    let allowed = allowed.join(", ").replace("+}", "}");
    Fault::bad_request(format!("Invalid patch path  '{path}' specified for op '{op}'. Must be one of: [{allowed}]"))
}
