//! The names of entries: relative, inside the package, and nothing else.

use std::path::PathBuf;

/// Bytes of a name, as Linux allows for a path.
const NAME_BYTES: usize = 4_096;
/// Bytes of one part of it.
const PART_BYTES: usize = 255;
/// Folders in folders.
const DEPTH: usize = 64;

/// The path of an entry inside the package; a folder's name ends in `/`.
///
/// # Errors
/// What is wrong with the name.
pub(super) fn inside(name: &str) -> Result<PathBuf, &'static str> {
    if name.len() > NAME_BYTES {
        return Err("has a name of over 4096 bytes");
    }
    if name.contains('\0') {
        return Err("has a NUL in its name");
    }
    if name.contains('\\') {
        return Err("has a backslash in its name; folders are separated by slashes");
    }
    if name.starts_with('/') {
        return Err("has an absolute name");
    }
    let parts: Vec<&str> = name.trim_end_matches('/').split('/').filter(|part| *part != ".").collect();
    if parts.len() > DEPTH {
        return Err("lies in more than 64 folders");
    }
    for part in &parts {
        match *part {
            "" => return Err("has an empty part in its name"),
            ".." => return Err("leads out of the package"),
            part if part.len() > PART_BYTES => return Err("has a part of over 255 bytes in its name"),
            _ => {}
        }
    }
    Ok(parts.iter().collect())
}

/// Checks the target of a symbolic link that lies `depth` folders deep: it may go up only at its start and never out of the
/// package. As no entry is written through a link, a link's own folder is a real one, and by induction every link that
/// passes ends inside.
pub(super) fn link_target(target: &str, depth: usize) -> Result<(), &'static str> {
    if target.is_empty() || target.len() > NAME_BYTES || target.contains('\0') {
        return Err("is a symbolic link without a usable target");
    }
    if target.starts_with('/') {
        return Err("is a symbolic link to an absolute path");
    }
    let mut ups = 0;
    let mut is_down = false;
    for part in target.split('/').filter(|part| !matches!(*part, "" | ".")) {
        if part != ".." {
            is_down = true;
        } else if is_down {
            return Err("is a symbolic link that goes up after it went down");
        } else {
            ups += 1;
        }
    }
    if ups > depth { Err("is a symbolic link that leads out of the package") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::path::{Component, Path};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ordinary_names_stay_what_they_are() {
        for (name, path) in
            [("app.py", "app.py"), ("a/b/", "a/b"), ("./a.py", "a.py"), ("a/./b", "a/b"), ("ä/…", "ä/…")]
        {
            assert_eq!(inside(name).expect(name), Path::new(path));
        }
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in ["../a", "a/../../b", "a/..", "..", "/etc/passwd", "//a", "a//b", "a\\..\\b", "a\0b", "C:\\a", ""] {
            assert!(inside(name).is_err(), "{name}");
        }
        assert!(inside(&"a/".repeat(65)).is_err());
        assert!(inside(&"a".repeat(256)).is_err());
    }

    #[test]
    fn links_stay_inside() {
        for (target, depth, fine) in [
            ("a", 0, true),
            ("../a", 1, true),
            ("../../a/b", 2, true),
            ("./a", 0, true),
            ("..", 1, true),
            ("..", 0, false),
            ("../..", 1, false),
            ("a/..", 3, false),
            ("a/../../b", 1, false),
            ("/etc", 3, false),
            ("", 3, false),
            ("a\0", 3, false),
        ] {
            assert_eq!(link_target(target, depth).is_ok(), fine, "{target:?} at {depth}");
        }
    }

    proptest! {
        #[test]
        fn no_name_leads_out(name in r"(\.{0,3}/?|[a-z]{0,3}/?|\\|\x00|C:|~){0,12}") {
            if let Ok(path) = inside(&name) {
                prop_assert!(path.components().all(|part| matches!(part, Component::Normal(_))), "{path:?}");
            }
        }

        #[test]
        fn any_text_is_judged_without_fail(name in ".{0,64}") {
            let _ = (inside(&name), link_target(&name, 2));
        }
    }
}
