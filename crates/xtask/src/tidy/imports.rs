//! Who may import whom: the architecture's direction, as a table.

use super::manifest::{Manifest, manifest};
use super::rust_file::RustFile;
use crate::problem::Problem;
use crate::repository::TextFile;

/// The pure languages.
const LANGUAGES: &[&str] = &["http1", "vtl", "jsonpath", "jwt", "mapping", "policy", "sigv4", "seal", "tls"];

/// What a crate may import besides third parties.
enum May {
    /// These crates.
    Import(&'static [&'static str]),
    /// These crates and every language.
    ImportWithLanguages(&'static [&'static str]),
    /// Every crate but the server.
    ImportAllButServer,
    /// Every crate.
    ImportAll,
}

/// The table of ARCHITECTURE.md, "Who may import whom".
fn may(folder: &str) -> Option<May> {
    Some(match folder {
        folder if LANGUAGES.contains(&folder) => May::ImportWithLanguages(&[]),
        "model" | "store" | "state" | "telemetry" | "console" | "lambda" => May::Import(&[]),
        "openapi" | "sdk" => May::Import(&["model"]),
        "plan" => May::ImportWithLanguages(&["state"]),
        "compile" => May::ImportWithLanguages(&["model", "plan", "state"]),
        "store-sql" => May::Import(&["store"]),
        "state-local" | "state-valkey" => May::Import(&["state"]),
        "control" => May::Import(&[
            "mapping",
            "model",
            "openapi",
            "sdk",
            "compile",
            "plan",
            "store",
            "state",
            "policy",
            "seal",
            "sigv4",
            "telemetry",
            "tls",
        ]),
        "gateway" => May::ImportWithLanguages(&["plan", "state", "telemetry"]),
        "server" => May::ImportAll,
        "testkit" => May::ImportAllButServer,
        "xtask" => May::Import(&["model", "control"]),
        _ => return None,
    })
}

fn allowed(may: &May, import: &str) -> bool {
    match may {
        May::Import(crates) => crates.contains(&import),
        May::ImportWithLanguages(crates) => crates.contains(&import) || LANGUAGES.contains(&import),
        May::ImportAllButServer => import != "server",
        May::ImportAll => import != "testkit",
    }
}

/// Checks manifests and the names that code mentions. Tests may use every crate but the server, save that the gateway's
/// wall holds for its tests too.
pub(crate) fn check(files: &[TextFile], rust: &[RustFile<'_>]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for found in files.iter().filter_map(manifest) {
        match found {
            Ok(manifest) => problems.extend(check_manifest(&manifest)),
            Err(problem) => problems.push(problem),
        }
    }
    problems.extend(rust.iter().flat_map(check_code));
    problems
}

fn check_manifest(manifest: &Manifest) -> Vec<Problem> {
    let Some(may) = may(&manifest.folder) else {
        let what = format!("the crate `{}` has no row in the table of who may import whom", manifest.folder);
        return vec![Problem::in_file(&manifest.path, what)];
    };
    let direct = manifest.imports.iter().filter(|import| !allowed(&may, import));
    let test = manifest.test_imports.iter().filter(|import| !allowed_in_tests(&manifest.folder, import));
    direct.chain(test).map(|import| Problem::in_file(&manifest.path, forbidden(&manifest.folder, import))).collect()
}

fn allowed_in_tests(folder: &str, import: &str) -> bool {
    import != "server" && !(folder == "gateway" && matches!(import, "model" | "store" | "store-sql" | "control"))
}

fn check_code(file: &RustFile<'_>) -> Vec<Problem> {
    let Some((folder, _)) = file.path.strip_prefix("crates/").and_then(|path| path.split_once('/')) else {
        return Vec::new();
    };
    let Some(may) = may(folder) else { return Vec::new() };
    let mention = |at: usize| {
        let word = file.code[at..].split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next()?;
        let import = word.strip_prefix("stagegate_")?.replace('_', "-");
        let permitted =
            import == folder || allowed(&may, &import) || (file.is_test(at) && allowed_in_tests(folder, &import));
        (!permitted).then(|| Problem::at(file.path, file.line_of(at), forbidden(folder, &import)))
    };
    let starts_word = |at: &usize| {
        at.checked_sub(1).is_none_or(|before| {
            let byte = file.code.as_bytes()[before];
            !(byte.is_ascii_alphanumeric() || byte == b'_')
        })
    };
    file.occurrences("stagegate_").filter(starts_word).filter_map(mention).collect()
}

fn forbidden(folder: &str, import: &str) -> String {
    format!("`{folder}` may not import `{import}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> TextFile {
        TextFile { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn manifests_are_held_to_the_table() {
        for (folder, section, import, fine) in [
            ("gateway", "dependencies", "plan", true),
            ("gateway", "dependencies", "http1", true),
            ("gateway", "dependencies", "model", false),
            ("gateway", "dependencies", "compile", false),
            ("gateway", "dev-dependencies", "store", false),
            ("gateway", "dev-dependencies", "testkit", true),
            ("control", "dependencies", "store-sql", false),
            ("control", "dev-dependencies", "store-sql", true),
            ("control", "dependencies", "gateway", false),
            ("plan", "dependencies", "model", false),
            ("model", "dependencies", "plan", false),
            ("server", "dependencies", "store-sql", true),
            ("server", "dependencies", "testkit", false),
            ("store-sql", "dependencies", "store", true),
            ("openapi", "dependencies", "control", false),
            ("testkit", "dependencies", "server", false),
            ("lambda", "dependencies", "gateway", false),
            ("mystery", "dependencies", "model", false),
        ] {
            let text = format!("[package]\nname = \"x\"\n[{section}]\nstagegate-{import}.workspace = true\n");
            let problems = check(&[file(&format!("crates/{folder}/Cargo.toml"), &text)], &[]);
            assert_eq!(problems.is_empty(), fine, "{folder} {section} {import}");
        }
    }

    #[test]
    fn code_is_held_to_the_table() {
        for (path, text, fine) in [
            ("crates/gateway/src/a.rs", "use stagegate_model::keys;", false),
            ("crates/gateway/src/a.rs", "use stagegate_plan::Verb;", true),
            ("crates/gateway/src/a.rs", "// use stagegate_model::keys;", true),
            ("crates/gateway/tests/a.rs", "use stagegate_gateway::Gateway;", true),
            ("crates/plan/src/a.rs", "fn f() { stagegate_model::keys::x() }", false),
            ("crates/control/tests/a.rs", "use stagegate_store_sql::SqliteStore;", true),
            ("crates/control/src/a.rs", "use stagegate_store_sql::SqliteStore;", false),
        ] {
            let file = file(path, text);
            let problems = check(&[], &[RustFile::of(&file).unwrap()]);
            assert_eq!(problems.is_empty(), fine, "{path} {text}");
        }
    }

    #[test]
    fn a_broken_manifest_is_a_problem() {
        assert_eq!(check(&[file("crates/model/Cargo.toml", "[dependencies\n")], &[]).len(), 1);
    }
}
