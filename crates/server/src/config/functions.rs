//! `[functions.NAME]`: Lambda functions that this process runs from folders.

use std::path::Path;

use stagegate_lambda::{CodeSource, FunctionId, FunctionSpec, Runtime};
use toml_edit::{Item, TableLike};

use super::file::{Reader, key_span};
use super::{ConfigError, Settings};

/// The table of functions.
pub(super) const FUNCTIONS: &str = "functions";
/// The keys of a function.
const KEYS: [&str; 7] =
    ["code", "handler", "runtime", "environment", "timeout_ms", "memory_mb", "reserved_concurrency"];

/// Reads the table.
pub(super) fn read(reader: &Reader<'_>, item: &Item, settings: &mut Settings) -> Result<(), ConfigError> {
    let table = reader.table(FUNCTIONS, item)?;
    for (name, item) in table.iter() {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if !(1..=64).contains(&name.len()) || !name.bytes().all(is_name) {
            let help = "allowed: 1 to 64 letters, digits, `-` and `_`".to_owned();
            return Err(reader.refuse(key_span(table, name), format!("no function may be named `{name}`"), help));
        }
        settings.functions.push(Function { reader, name, item }.read()?);
    }
    Ok(())
}

/// A function being read.
struct Function<'r> {
    reader: &'r Reader<'r>,
    name: &'r str,
    item: &'r Item,
}

impl Function<'_> {
    fn read(&self) -> Result<FunctionSpec, ConfigError> {
        let table = self.reader.table(&format!("{FUNCTIONS}.{}", self.name), self.item)?;
        if let Some((key, _)) = table.iter().find(|(key, _)| !KEYS.contains(key)) {
            return Err(self.reader.unknown(key_span(table, key), key, &KEYS));
        }
        let folder = self.folder(table)?;
        let runtime = self.text(table, "runtime")?;
        let runtime: Runtime = runtime
            .parse()
            .map_err(|error: stagegate_lambda::UnknownRuntime| self.refuse(table, "runtime", &error.to_string()))?;
        let handler = match (&runtime, table.get("handler")) {
            (Runtime::Provided { .. }, None) => "bootstrap",
            _ => self.text(table, "handler")?,
        };
        let id = FunctionId::latest(self.name);
        let mut spec = FunctionSpec::new(id, runtime, handler, CodeSource::Dir(folder));
        if let Some(timeout_ms) = self.number(table, "timeout_ms")? {
            spec.timeout_ms = timeout_ms;
        }
        if let Some(memory_mb) = self.number(table, "memory_mb")? {
            spec.memory_mb = memory_mb;
        }
        spec.reserved_concurrency = match self.number(table, "reserved_concurrency")? {
            Some(number) => Some(u32::try_from(number).map_err(|_error| {
                self.refuse(table, "reserved_concurrency", "allowed: a whole number, at most 4294967295")
            })?),
            None => None,
        };
        let environment = table.get("environment").map(|item| self.reader.table("environment", item)).transpose()?;
        for (variable, value) in environment.into_iter().flat_map(|environment| environment.iter()) {
            let value = value.as_str().ok_or_else(|| {
                self.refuse(table, "environment", &format!("the variable `{variable}` must be a string"))
            })?;
            spec.environment.insert(variable.to_owned(), value.to_owned());
        }
        Ok(spec)
    }

    fn folder(&self, table: &dyn TableLike) -> Result<std::path::PathBuf, ConfigError> {
        let folder = self.reader.folder.join(Path::new(self.text(table, "code")?));
        if folder.is_dir() {
            return Ok(folder);
        }
        let help = format!(
            "allowed: the path of a folder, from the folder of this file; there is none at {}",
            folder.display()
        );
        Err(self.refuse(table, "code", &help))
    }

    fn text<'t>(&self, table: &'t dyn TableLike, key: &str) -> Result<&'t str, ConfigError> {
        table.get(key).and_then(Item::as_str).ok_or_else(|| {
            let span = key_span(table, key).or_else(|| self.item.span());
            let help = "a function has `code`, `handler` and `runtime`, all strings".to_owned();
            self.reader.refuse(span, format!("the function `{}` needs `{key}`", self.name), help)
        })
    }

    fn number(&self, table: &dyn TableLike, key: &str) -> Result<Option<u64>, ConfigError> {
        let number = |item: &Item| item.as_integer().and_then(|number| u64::try_from(number).ok());
        let found = table
            .get(key)
            .map(|item| number(item).ok_or_else(|| self.refuse(table, key, "allowed: a whole number, at least 0")));
        found.transpose()
    }

    fn refuse(&self, table: &dyn TableLike, key: &str, help: &str) -> ConfigError {
        let span = table.get(key).and_then(Item::span);
        self.reader.refuse(span, format!("`{key}` of the function `{}` is refused", self.name), help.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use miette::Diagnostic as _;

    use crate::config::file::apply;
    use crate::config::load::defaults;

    #[test]
    fn functions_are_read() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("pets")).expect("a folder");
        let name = folder.path().join("stagegate.toml").display().to_string();
        let text = "[functions.pets]\ncode = './pets'\nhandler = 'app.handler'\nruntime = 'python3.12'\n\
                    timeout_ms = 5000\nmemory_mb = 256\nreserved_concurrency = 2\nenvironment = {TABLE = 'pets'}\n\
                    [functions.tool]\ncode = 'pets'\nruntime = 'provided.al2023'\n";
        let mut settings = defaults();
        apply(&name, text, &mut settings).expect("allowed");
        let [pets, tool] = &settings.functions[..] else { panic!("{:?}", settings.functions) };
        assert_eq!(
            (&*pets.id.name, pets.handler.as_str(), pets.runtime.to_string()),
            ("pets", "app.handler", "python3.12".to_owned())
        );
        assert_eq!((pets.timeout_ms, pets.memory_mb, pets.reserved_concurrency), (5000, 256, Some(2)));
        assert_eq!(pets.environment["TABLE"], "pets");
        assert_eq!((tool.handler.as_str(), tool.timeout_ms), ("bootstrap", 3000));
    }

    #[test]
    fn refusals_say_what_is_allowed() {
        for (text, message, help) in [
            ("functions = 1", "`functions` must be a table", "[functions]"),
            ("[functions.'a b']\ncode = '.'", "no function may be named `a b`", "64 letters"),
            ("[functions.a]\nhandler = 'x'", "needs `code`", "all strings"),
            ("[functions.a]\ncode = './none'", "`code` of the function `a`", "path of a folder"),
            ("[functions.a]\ncode = '.'\nhandler = 'x'", "needs `runtime`", "all strings"),
            ("[functions.a]\ncode = '.'\nruntime = 'python3.12'", "needs `handler`", "all strings"),
            ("[functions.a]\ncode = '.'\nhandler = 'x'\nruntime = 'cobol'", "`runtime` of", "allowed are python3.N"),
            (
                "[functions.a]\ncode = '.'\nhandler = 'x'\nruntime = 'nodejs22.x'\ntimeout_ms = -1",
                "`timeout_ms` of",
                "a whole",
            ),
            (
                "[functions.a]\ncode = '.'\nhandler = 'x'\nruntime = 'nodejs22.x'\nenvironment = {A = 1}",
                "`environment` of",
                "`A`",
            ),
            ("[functions.a]\ncod = '.'", "there is no setting `cod`", "`code`"),
        ] {
            let error = apply("test.toml", text, &mut defaults()).expect_err(text);
            assert!(error.to_string().contains(message), "{text}: {error}");
            let given = error.help().expect("help").to_string();
            assert!(given.contains(help), "{text}: {given}");
        }
    }
}
