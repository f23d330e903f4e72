//! Where handlers are found: in folders, in packages, as `CommonJS` and as ESM, with dependencies.

mod support;

use std::path::Path;

use stagegate_lambda::CodeSource;
use support::{function, host};

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    std::fs::write(path, text).expect("written");
}

#[tokio::test]
async fn handlers_are_found_where_aws_finds_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    write(root, "app.py", "import pkg.dep\ndef handler(event, context): return pkg.dep.NAME\n");
    write(root, "pkg/__init__.py", "");
    write(root, "pkg/dep.py", "NAME = 'dep'\n");
    write(root, "pkg/inner.py", "def handler(event, context): return 'inner'\n");
    // The same name as one of the host's own files, and as a module of the standard library's client.
    write(root, "python.py", "def handler(event, context): return 'mine'\n");
    write(root, "cjs.js", "const dep = require('dep'); exports.handler = async () => dep.name;\n");
    write(root, "node_modules/dep/index.js", "exports.name = 'dep';\n");
    write(root, "node_modules/esm/package.json", r#"{"name": "esm", "type": "module", "exports": "./main.js"}"#);
    write(root, "node_modules/esm/main.js", "export const name = 'esm dep';\n");
    write(root, "lib/app.mjs", "import { name } from 'esm'; export const handler = async () => name;\n");
    write(root, "awaits.mjs", "const word = await Promise.resolve('top'); export const handler = async () => word;\n");
    write(root, "default.mjs", "export default { handler: async () => 'default' };\n");
    write(root, "typed/package.json", r#"{"type": "module"}"#);
    write(root, "typed/app.js", "export const handler = async () => import.meta.url.endsWith('app.js') && 'typed';\n");
    write(root, "explicit.cjs", "exports.handler = async () => 'explicit';\n");
    write(root, "folder/index.js", "exports.handler = async () => 'index';\n");
    let host = host(|_| {});
    for (runtime, handler, expected) in [
        ("python3.12", "app.handler", "dep"),
        ("python3.12", "pkg.inner.handler", "inner"),
        ("python3.12", "pkg/inner.handler", "inner"),
        ("python3.12", "python.handler", "mine"),
        ("nodejs22.x", "cjs.handler", "dep"),
        ("nodejs22.x", "lib/app.handler", "esm dep"),
        ("nodejs22.x", "awaits.handler", "top"),
        ("nodejs22.x", "default.handler", "default"),
        ("nodejs22.x", "typed/app.handler", "typed"),
        ("nodejs22.x", "explicit.handler", "explicit"),
        ("nodejs22.x", "folder.handler", "index"),
    ] {
        let mut spec = function("found", runtime, handler);
        spec.code = CodeSource::Dir(root.to_owned());
        host.host.put(spec).await.expect("allowed");
        assert_eq!(host.json("found", "{}").await, expected, "{runtime} {handler}");
    }
    // Compiled Python went to the host's folder.
    assert!(!root.join("__pycache__").exists() && !root.join("pkg/__pycache__").exists());
}
