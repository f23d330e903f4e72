//! Renders the templates of a folder: reads commands from standard input, answers a line each.
//!
//! `throughput FOLDER` is this engine's side of `make bench-vtl`; `show NAME` answers what a template renders as, in
//! hexadecimal, `run NAME MS` how often it was rendered and in how many nanoseconds.

use std::collections::HashMap;
use std::error::Error;
use std::fmt::Write as _;
use std::io::{BufRead as _, Write as _};
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use stagegate_vtl::{Context, Fault, Object, Options, Template, Value, Variables};

/// AWS's `$util` as far as the templates use it; the other side has the same function.
struct Util;

impl Object for Util {
    fn call(&self, method: &str, arguments: &[Value]) -> Result<Option<Value>, Fault> {
        let ("escapeJavaScript", [Value::Text(text)]) = (method, arguments) else { return Ok(None) };
        let mut escaped = String::with_capacity(text.len() + 8);
        for character in text.chars() {
            if matches!(character, '"' | '\'' | '\\' | '/') {
                escaped.push('\\');
            }
            escaped.push(character);
        }
        Ok(Some(Value::text(escaped)))
    }

    fn print(&self) -> String {
        "util".to_owned()
    }
}

/// One request: a context of its own over what all share, the compiled template, a buffer that is used again.
fn render(template: &Template, shared: &Rc<dyn Variables>, output: &mut String) -> Result<(), Box<dyn Error>> {
    output.clear();
    let mut context = Context::over(Rc::clone(shared));
    Ok(template.render(&mut context, &Options::default(), output)?)
}

fn measure(template: &Template, shared: &Rc<dyn Variables>, limit: Duration) -> Result<String, Box<dyn Error>> {
    let mut output = String::new();
    let mut count = 0_u64;
    let begin = Instant::now();
    loop {
        for _ in 0..16 {
            render(template, shared, &mut output)?;
        }
        count += 16;
        let taken = begin.elapsed();
        if taken >= limit {
            return Ok(format!("{count} {}", taken.as_nanos()));
        }
    }
}

fn shown(template: &Template, shared: &Rc<dyn Variables>) -> Result<String, Box<dyn Error>> {
    let mut output = String::new();
    render(template, shared, &mut output)?;
    output.bytes().try_fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}")?;
        Ok(hex)
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: throughput FOLDER")?;
    let folder = Path::new(&folder);
    let mut context = Context::new();
    let prelude = Template::parse(&std::fs::read_to_string(folder.join("context.vm"))?)?;
    prelude.render(&mut context, &Options::default(), &mut String::new())?;
    context.set("util", Value::object(Util));
    let shared: Rc<dyn Variables> = Rc::new(context);
    let mut templates = HashMap::new();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.split(' ');
        let (command, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default().to_owned());
        if !templates.contains_key(&name) {
            let source = std::fs::read_to_string(folder.join("templates").join(format!("{name}.vm")))?;
            templates.insert(name.clone(), Template::parse(&source)?);
        }
        let answer = match (command, words.next()) {
            ("show", None) => shown(&templates[&name], &shared)?,
            ("run", Some(ms)) => measure(&templates[&name], &shared, Duration::from_millis(ms.parse()?))?,
            _ => return Err(format!("what is {line:?}?").into()),
        };
        println!("{answer}");
        std::io::stdout().flush()?;
    }
    Ok(())
}
