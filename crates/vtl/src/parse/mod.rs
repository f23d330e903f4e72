//! From text to tree: running text, escapes, and what starts with `$` or `#`.

mod cursor;
mod directive;
mod expression;
mod reference;

use crate::Template;
use crate::ast::{Block, Macro, Node, Position};
use crate::error::ParseError;
use crate::names::{Names, Slot};
use cursor::Cursor;
use foldhash::{HashMap, HashMapExt};
use std::sync::Arc;

/// Levels of blocks, brackets and strings inside each other that a template may have.
const MAX_NESTING: u32 = 60;

/// Compiles a whole template.
pub(crate) fn parse(source: &str) -> Result<Template, ParseError> {
    let mut names = Names::new();
    let (body, macros) = parse_part(source, &mut names)?;
    Ok(Template { body, macros, names: Arc::new(names) })
}

/// Compiles what becomes part of a template that has `names`.
pub(crate) fn parse_part(source: &str, names: &mut Names) -> Result<(Block, Macros), ParseError> {
    let mut globals = Globals { macros: HashMap::new(), names };
    let body = Parser::new(source, Position::default(), 0, &mut globals).whole()?;
    Ok((body, globals.macros))
}

/// Macros by name.
pub(crate) type Macros = HashMap<Slot, Macro>;

/// What a template and the strings within it share.
struct Globals<'n> {
    macros: Macros,
    names: &'n mut Names,
}

/// How a block ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Source,
    End,
    Else,
    ElseIf,
}

struct Parser<'s, 'm, 'n> {
    cursor: Cursor<'s>,
    depth: u32,
    globals: &'m mut Globals<'n>,
}

/// A block under construction: texts that touch are joined.
#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    text: String,
}

impl Builder {
    fn push(&mut self, node: Node) {
        self.flush();
        self.nodes.push(node);
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.nodes.push(Node::Text(std::mem::take(&mut self.text).into()));
        }
    }

    fn finish(mut self) -> Block {
        self.flush();
        Block { nodes: self.nodes }
    }
}

impl<'s, 'm, 'n> Parser<'s, 'm, 'n> {
    fn new(source: &'s str, base: Position, depth: u32, globals: &'m mut Globals<'n>) -> Self {
        Self { cursor: Cursor::new(source, base), depth, globals }
    }

    /// The whole source as one block.
    fn whole(mut self) -> Result<Block, ParseError> {
        let (block, ending) = self.block()?;
        match ending {
            Ending::Source => Ok(block),
            Ending::End | Ending::Else | Ending::ElseIf => {
                Err(self.cursor.error("#end, #else or #elseif without a directive that it belongs to"))
            }
        }
    }

    /// Runs `inner` one level deeper.
    fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T, ParseError>) -> Result<T, ParseError> {
        if self.depth >= MAX_NESTING {
            return Err(self.cursor.error(format!("nested deeper than {MAX_NESTING} levels")));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    /// Statements up to what ends them; `#elseif` is consumed up to its parenthesis, the others whole.
    fn block(&mut self) -> Result<(Block, Ending), ParseError> {
        self.nested(|parser| {
            let mut builder = Builder::default();
            loop {
                let text = parser.cursor.take_while(|byte| !matches!(byte, b'$' | b'#' | b'\\'));
                let blank = text.bytes().all(|byte| matches!(byte, b' ' | b'\t'));
                if !(blank && parser.at_set()) {
                    builder.text.push_str(text);
                }
                match parser.cursor.peek() {
                    None => return Ok((builder.finish(), Ending::Source)),
                    Some(b'$') => parser.dollar(0, &mut builder)?,
                    Some(b'\\') => parser.backslashes(&mut builder)?,
                    Some(_) => {
                        if let Some(ending) = parser.hash(&mut builder)? {
                            return Ok((builder.finish(), ending));
                        }
                    }
                }
            }
        })
    }

    /// Backslashes, and what they escape.
    fn backslashes(&mut self, builder: &mut Builder) -> Result<(), ParseError> {
        let count = self.cursor.take_while(|byte| byte == b'\\').len();
        if self.cursor.peek() == Some(b'$') {
            return self.dollar(count, builder);
        }
        let Some((word, length)) = self.word_after_hash() else {
            builder.text.extend(std::iter::repeat_n('\\', count));
            return Ok(());
        };
        // Whole pairs before `#set(` stay as they are: Velocity does not see a directive there.
        let known = directive::is_known(word) && (count % 2 == 1 || !self.at_set());
        let shown = if known { count / 2 } else { count };
        builder.text.extend(std::iter::repeat_n('\\', shown));
        if count % 2 == 1 {
            builder.text.push_str(self.cursor.take(length));
        }
        Ok(())
    }

    /// The word of `#word` or `#{word}` that stands here, and the length of the whole.
    fn word_after_hash(&self) -> Option<(&'s str, usize)> {
        let rest = self.cursor.rest().strip_prefix('#')?;
        if let Some(inner) = rest.strip_prefix('{') {
            let word = directive::word(inner).filter(|word| !word.starts_with('@'))?;
            return inner[word.len()..].starts_with('}').then_some((word, word.len() + 3));
        }
        directive::word(rest).map(|word| (word, word.len() + 1))
    }
}
