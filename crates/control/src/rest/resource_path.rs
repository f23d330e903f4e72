//! What may be a path part, where it may stand, and the paths that parts make.

use stagegate_model::rest::Resource;

use super::tree::Tree;
use crate::fault::Fault;

/// The path of a child.
pub(crate) fn join(parent: &str, part: &str) -> String {
    if parent == "/" { format!("/{part}") } else { format!("{parent}/{part}") }
}

/// Whether a part is `{name}` or `{name+}`.
pub(crate) fn is_variable(part: &str) -> bool {
    part.starts_with('{')
}

/// Whether a part is `{name+}`.
pub(crate) fn is_greedy(part: &str) -> bool {
    part.ends_with("+}")
}

/// Checks the form of a path part.
pub(crate) fn check_part(part: &str) -> Result<(), Fault> {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-:,".contains(&byte))
    };
    let inner = part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let well = match inner {
        Some(name) => is_name(name.strip_suffix('+').unwrap_or(name)),
        None => is_name(part),
    };
    if well {
        return Ok(());
    }
    Err(Fault::bad_request(
        "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning \
         and the end.",
    ))
}

/// Checks that a part may stand below a parent, beside its other children (fact 33).
pub(crate) fn check_place(tree: &Tree, parent: &Resource, part: &str, moved: Option<&str>) -> Result<(), Fault> {
    if let Some(greedy) = parent.path_part.as_deref().filter(|part| is_greedy(part)) {
        let message = format!("Cannot create a child of a resource with a greedy path variable: {greedy}");
        return Err(Fault::bad_request(message));
    }
    let siblings = tree.children(&parent.id).filter(|sibling| Some(sibling.id.as_str()) != moved);
    for sibling in siblings.filter_map(|sibling| sibling.path_part.as_deref()) {
        if sibling == part {
            let message = format!("Another resource with the same parent already has this name: {part}");
            return Err(Fault::conflict(message));
        }
        if is_variable(sibling) && is_variable(part) {
            return Err(Fault::bad_request(format!(
                "A sibling ({sibling}) of this resource already has a variable path part -- only one is allowed"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_have_aws_form() {
        for good in ["pets", "v1.2", "a_b-c:d", "{id}", "{proxy+}", "{a.b}", "1,2"] {
            assert_eq!(check_part(good), Ok(()), "{good}");
        }
        for bad in ["", "a b", "a/b", "{", "{}", "{+}", "{id", "id}", "a{id}", "{id}a", "{a}{b}", "ä", "a+", "{{a}}"] {
            assert!(check_part(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_checked_part_is_one_segment(part in ".{0,12}") {
            if check_part(&part).is_ok() {
                prop_assert_eq!(join("/a", &part).split('/').count(), 3);
                prop_assert!(!is_greedy(&part) || is_variable(&part));
            }
        }
    }
}
