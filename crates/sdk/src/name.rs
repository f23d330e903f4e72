//! What an operation is called in a client.

use std::collections::BTreeSet;

/// Words that one of the languages keeps for itself, or that an object has already.
const TAKEN: &[&str] = &[
    "abstract",
    "alias",
    "and",
    "as",
    "assert",
    "associatedtype",
    "await",
    "begin",
    "boolean",
    "break",
    "builder",
    "byte",
    "call",
    "case",
    "catch",
    "char",
    "class",
    "clone",
    "configuration",
    "const",
    "continue",
    "def",
    "default",
    "defer",
    "define",
    "deinit",
    "display",
    "do",
    "double",
    "dup",
    "else",
    "elsif",
    "end",
    "ensure",
    "enum",
    "equals",
    "extend",
    "extends",
    "fallthrough",
    "false",
    "fileprivate",
    "final",
    "finalize",
    "finally",
    "float",
    "for",
    "freeze",
    "func",
    "getClass",
    "goto",
    "guard",
    "hash",
    "hashCode",
    "if",
    "implements",
    "import",
    "in",
    "init",
    "initialize",
    "inout",
    "inspect",
    "instanceof",
    "int",
    "interface",
    "internal",
    "is",
    "let",
    "long",
    "method",
    "methods",
    "module",
    "native",
    "new",
    "next",
    "nil",
    "not",
    "notify",
    "notifyAll",
    "null",
    "operator",
    "or",
    "package",
    "precedencegroup",
    "private",
    "protected",
    "protocol",
    "public",
    "redo",
    "repeat",
    "rescue",
    "rethrows",
    "retry",
    "return",
    "self",
    "send",
    "short",
    "static",
    "strictfp",
    "struct",
    "subscript",
    "super",
    "switch",
    "synchronized",
    "tap",
    "then",
    "this",
    "throw",
    "throws",
    "transient",
    "true",
    "try",
    "typealias",
    "undef",
    "unless",
    "until",
    "var",
    "void",
    "volatile",
    "wait",
    "when",
    "where",
    "while",
    "yield",
];

/// The name of a method: the operation's own, or AWS's: the path's words and the verb, such as `petsPetIdGet`.
pub(crate) fn of(operation_name: Option<&str>, path: &str, verb: &str) -> String {
    let own = operation_name.map(camel).filter(|name| name.starts_with(|first: char| first.is_ascii_alphabetic()));
    let name = own.unwrap_or_else(|| {
        let words = camel(path);
        let words = if words.is_empty() { "root".to_owned() } else { words };
        let start = if words.starts_with(|first: char| first.is_ascii_digit()) { "_" } else { "" };
        format!("{start}{words}{}", upper_first(&verb.to_ascii_lowercase()))
    });
    if TAKEN.contains(&name.as_str()) { format!("{name}Operation") } else { name }
}

/// The name, or the name with the first number that makes it one of its own. Letter case makes no difference.
pub(crate) fn distinct(name: String, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2_usize..).map(|number| format!("{name}{number}"));
    let free = std::iter::once(name.clone()).chain(numbered).find(|one| taken.insert(one.to_ascii_lowercase()));
    free.unwrap_or(name)
}

/// The letters and digits as one word, `pets/{petId}` as `petsPetId`.
pub(crate) fn camel(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let joined: String = words.map(upper_first).collect();
    lower_first(&joined)
}

/// `petsPetIdGet` as `pets_pet_id_get`: a word begins at a capital that follows a small letter or stands before one.
pub(crate) fn snake(name: &str) -> String {
    let mut snake = String::new();
    let mut before = None;
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        let ends_word = before.is_some_and(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
        let begins_word =
            before.is_some_and(|c| c.is_ascii_uppercase()) && letters.peek().is_some_and(char::is_ascii_lowercase);
        if letter.is_ascii_uppercase() && (ends_word || begins_word) {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
        before = Some(letter);
    }
    snake
}

/// With a capital at the beginning.
pub(crate) fn upper_first(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

fn lower_first(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_named_after_their_operation_or_their_path_and_verb() {
        for (own, path, verb, name) in [
            (None, "/", "GET", "rootGet"),
            (None, "/pets", "POST", "petsPost"),
            (None, "/pets/{petId}", "GET", "petsPetIdGet"),
            (None, "/pets/{petId}/tags-of.it", "DELETE", "petsPetIdTagsOfItDelete"),
            (None, "/{proxy+}", "PUT", "proxyPut"),
            (None, "/2nd", "GET", "_2ndGet"),
            (Some("ListPets"), "/pets", "GET", "listPets"),
            (Some("list_all pets"), "/pets", "GET", "listAllPets"),
            (Some("1st"), "/pets", "GET", "petsGet"),
            (Some("delete"), "/pets", "DELETE", "delete"),
            (Some("class"), "/pets", "GET", "classOperation"),
            (Some("then"), "/pets", "GET", "thenOperation"),
        ] {
            assert_eq!(of(own, path, verb), name, "{own:?} {verb} {path}");
        }
    }

    #[test]
    fn names_are_told_apart_whatever_their_letter_case() {
        let mut taken = BTreeSet::new();
        let names = ["petsGet", "PetsGet", "petsGet", "other"].map(|name| distinct(name.to_owned(), &mut taken));
        assert_eq!(names, ["petsGet", "PetsGet2", "petsGet3", "other"]);
    }

    #[test]
    fn ruby_names_have_underscores_between_words() {
        for (camel, expected) in [
            ("petsPetIdGet", "pets_pet_id_get"),
            ("getHTTP2Url", "get_http2_url"),
            ("xYOptions", "x_y_options"),
            ("HTTPGet", "http_get"),
        ] {
            assert_eq!(snake(camel), expected);
        }
    }
}
