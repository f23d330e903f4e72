//! The runtime clients that are embedded in the binary, and where they lie on disk.

use std::path::{Path, PathBuf};

/// Each client's file name and text.
const FILES: &[(&str, &str)] = &[
    (PYTHON, include_str!("clients/python.py")),
    (NODE, include_str!("clients/node.mjs")),
    ("http_client.mjs", include_str!("clients/http_client.mjs")),
    ("response_stream.mjs", include_str!("clients/response_stream.mjs")),
    ("handler.mjs", include_str!("clients/handler.mjs")),
    ("console.mjs", include_str!("clients/console.mjs")),
];
const PYTHON: &str = "python.py";
const NODE: &str = "node.mjs";

/// The folder of the clients: `LAMBDA_RUNTIME_DIR`.
#[derive(Debug, Clone)]
pub(crate) struct Clients(PathBuf);

impl Clients {
    /// Writes the clients into a folder that exists.
    pub(crate) fn write(directory: &Path) -> std::io::Result<Self> {
        for (name, text) in FILES {
            std::fs::write(directory.join(name), text)?;
        }
        Ok(Self(directory.to_owned()))
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.0
    }

    pub(crate) fn python(&self) -> PathBuf {
        self.0.join(PYTHON)
    }

    pub(crate) fn node(&self) -> PathBuf {
        self.0.join(NODE)
    }
}
