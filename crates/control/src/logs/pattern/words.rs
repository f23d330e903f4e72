//! `[ip, user, ..., status=4*, bytes>1000]`: conditions on the fields of events whose fields stand between spaces.

use super::PatternError;
use super::cursor::Cursor;
use super::field::fields;
use super::value::{Comparison, Value};

/// The most fields of a pattern.
const FIELDS: usize = 64;

/// One field's conditions: any of these.
type Conditions = Vec<(Comparison, Value)>;

/// What is asked of an event's fields. Those before and behind an ellipsis are counted from the ends.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    first: Vec<Conditions>,
    last: Vec<Conditions>,
    has_ellipsis: bool,
}

impl Words {
    /// Whether an event's fields are as many as asked for, and as they should be.
    pub(super) fn want(&self, message: &str) -> bool {
        let fields = fields(message);
        let named = self.first.len() + self.last.len();
        if fields.len() < named || (!self.has_ellipsis && fields.len() > named) {
            return false;
        }
        let last = &fields[fields.len() - self.last.len()..];
        self.first.iter().zip(&fields).chain(self.last.iter().zip(last)).all(|(conditions, field)| {
            let mut holds = conditions.iter().map(|(comparison, value)| value.compares(*comparison, field));
            conditions.is_empty() || holds.any(|holds| holds)
        })
    }
}

/// Reads fields with their brackets, up to the end.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Words, PatternError> {
    cursor.take("[");
    let mut words = Words::default();
    loop {
        cursor.spaces();
        if cursor.take("...") {
            if std::mem::replace(&mut words.has_ellipsis, true) {
                return Err(cursor.error("there may be one ellipsis"));
            }
        } else {
            let conditions = field(cursor)?;
            if words.has_ellipsis { &mut words.last } else { &mut words.first }.push(conditions);
        }
        if words.first.len() + words.last.len() > FIELDS {
            return Err(cursor.error(format!("there may be at most {FIELDS} fields")));
        }
        cursor.spaces();
        if cursor.take("]") {
            cursor.end()?;
            return Ok(words);
        }
        if !cursor.take(",") {
            return Err(cursor.expected(", or ]"));
        }
    }
}

/// A field's name, and its conditions, which repeat the name: `status=404 || status=410`.
fn field(cursor: &mut Cursor<'_>) -> Result<Conditions, PatternError> {
    let name = name(cursor)?;
    let mut conditions = Conditions::new();
    loop {
        cursor.spaces();
        let Some(comparison) = Comparison::parse(cursor) else { return Ok(conditions) };
        cursor.spaces();
        let value = Value::parse(cursor, ",]|&")?;
        value.fits(comparison, cursor)?;
        conditions.push((comparison, value));
        cursor.spaces();
        if cursor.take("&&") {
            return Err(cursor.error("conditions on one field can be joined by || only"));
        }
        if !cursor.take("||") {
            return Ok(conditions);
        }
        cursor.spaces();
        if self::name(cursor)? != name {
            return Err(cursor.error(format!("conditions that are joined by || are about one field, here {name}")));
        }
    }
}

fn name<'p>(cursor: &mut Cursor<'p>) -> Result<&'p str, PatternError> {
    match cursor.take_while(|next| next.is_alphanumeric() || matches!(next, '_' | '-')) {
        "" => Err(cursor.expected("a field's name or ...")),
        name => Ok(name),
    }
}
