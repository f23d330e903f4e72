//! What a crate's `Cargo.toml` says about the workspace's own crates.

use toml::Table;

use crate::problem::Problem;
use crate::repository::TextFile;

/// A crate's folder name and its dependencies on crates of this workspace, without their prefix.
pub(crate) struct Manifest {
    /// The manifest's path.
    pub(crate) path: String,
    /// The crate's folder.
    pub(crate) folder: String,
    /// `[dependencies]` and `[build-dependencies]`.
    pub(crate) imports: Vec<String>,
    /// `[dev-dependencies]`.
    pub(crate) test_imports: Vec<String>,
}

/// Reads the manifest of a member; `None` for any other file.
pub(crate) fn manifest(file: &TextFile) -> Option<Result<Manifest, Problem>> {
    let folder = file.path.strip_suffix("/Cargo.toml")?.rsplit('/').next()?;
    if !file.path.starts_with("crates/") {
        return None;
    }
    Some(file.text.parse::<Table>().map_err(|error| Problem::in_file(&file.path, error.to_string())).map(|table| {
        let own = |section: &str| -> Vec<String> {
            let names = table.get(section).and_then(toml::Value::as_table).into_iter().flat_map(Table::keys);
            names.filter_map(|name| name.strip_prefix("stagegate-")).map(str::to_owned).collect()
        };
        let mut imports = own("dependencies");
        imports.extend(own("build-dependencies"));
        Manifest { path: file.path.clone(), folder: folder.to_owned(), imports, test_imports: own("dev-dependencies") }
    }))
}
