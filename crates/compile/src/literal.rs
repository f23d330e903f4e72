//! Templates without directives, which need no template engine.

/// The template as it would be rendered, or `None` when it needs Velocity.
///
/// Velocity copies a `$` or `#` that starts no reference or directive; so does this, and it takes every other one for
/// Velocity's, even where Velocity would find no such macro.
pub(crate) fn literal(template: &str) -> Option<&str> {
    let bytes = template.as_bytes();
    let is_literal = |(at, byte): (usize, &u8)| {
        let next = bytes.get(at + 1).copied();
        match byte {
            b'$' => !next.is_some_and(|byte| byte.is_ascii_alphabetic() || b"_!{$\\".contains(&byte)),
            b'#' => !next.is_some_and(|byte| byte.is_ascii_alphabetic() || b"_@{#*[\\".contains(&byte)),
            _ => true,
        }
    };
    bytes.iter().enumerate().all(is_literal).then_some(template)
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn references_and_directives_need_velocity() {
        for template in [
            "$input.body",
            "$!x",
            "${x}",
            "$_x",
            "a #set($x = 1)",
            "## comment",
            "#* block *#",
            "#[[ raw ]]#",
            "#{if}(true)#{end}",
            "#@macro",
            "\\$x",
            "$$x",
            "$\\!x",
            "#fff",
        ] {
            assert_eq!(literal(template), None, "{template}");
        }
    }

    #[test]
    fn plain_text_is_copied() {
        for template in ["", "{\"statusCode\": 200}", "costs $5", "100 $", "item # 1", "a\\b", "#", "# heading", "äß€"]
        {
            assert_eq!(literal(template), Some(template));
        }
    }

    proptest::proptest! {
        #[test]
        fn text_without_sigils_is_literal(text in "[^$#]{0,60}") {
            proptest::prop_assert_eq!(literal(&text), Some(text.as_str()));
        }
    }
}
