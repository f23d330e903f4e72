//! What an unquoted YAML scalar is, by the core schema of YAML 1.2 (§10.3.2): `yes`, `on` and `012` are not special.

use super::Value;

/// Resolves a plain scalar.
pub(super) fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Boolean(true),
        "false" | "False" | "FALSE" => Value::Boolean(false),
        _ if is_number(text) => Value::Number(text.into()),
        _ => Value::Text(text.into()),
    }
}

/// Whether the text is a decimal, octal (`0o17`) or hexadecimal (`0xff`) integer or a decimal fraction.
fn is_number(text: &str) -> bool {
    if let Some(digits) = text.strip_prefix("0o") {
        return !digits.is_empty() && digits.bytes().all(|digit| matches!(digit, b'0'..=b'7'));
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|digit| digit.is_ascii_digit());
    let exponent_is_valid = exponent.is_none_or(|text| {
        let text = text.strip_prefix(['+', '-']).unwrap_or(text);
        !text.is_empty() && digits(text)
    });
    !(whole.is_empty() && fraction.is_empty()) && digits(whole) && digits(fraction) && exponent_is_valid
}

/// The JSON number that a lexeme stands for; text where JSON has none (1e999).
pub(super) fn json_number(lexeme: &str) -> serde_json::Value {
    let radix = |prefix, radix| lexeme.strip_prefix(prefix).and_then(|digits| u64::from_str_radix(digits, radix).ok());
    let plain = lexeme.strip_prefix('+').unwrap_or(lexeme);
    if let Some(value) = radix("0o", 8).or_else(|| radix("0x", 16)).or_else(|| plain.parse().ok()) {
        return value.into();
    }
    if let Ok(value) = plain.parse::<i64>() {
        return value.into();
    }
    let fraction = plain.parse().ok().and_then(serde_json::Number::from_f64);
    fraction.map_or_else(|| lexeme.into(), serde_json::Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_follow_the_core_schema_and_not_yaml_1_1() {
        for text in
            ["yes", "no", "on", "off", "y", "0b1", "1_000", "12:30:45", "2024-01-01", "-", ".", "1e", "0x", "e5"]
        {
            assert!(matches!(plain(text), Value::Text(_)), "{text}");
        }
        for text in ["200", "-1", "+3", "1.0", ".5", "5.", "6e7", "6E-7", "0o17", "0xfF", "012"] {
            assert!(matches!(plain(text), Value::Number(_)), "{text}");
        }
        for text in ["", "~", "null"] {
            assert!(matches!(plain(text), Value::Null), "{text}");
        }
    }

    #[test]
    fn lexemes_become_the_json_numbers_they_stand_for() {
        for (lexeme, expected) in [
            ("200", serde_json::json!(200)),
            ("-1", serde_json::json!(-1)),
            ("+3", serde_json::json!(3)),
            ("0o17", serde_json::json!(15)),
            ("0xff", serde_json::json!(255)),
            ("1.5", serde_json::json!(1.5)),
            ("18446744073709551615", serde_json::json!(u64::MAX)),
            ("1e999", serde_json::json!("1e999")),
        ] {
            assert_eq!(json_number(lexeme), expected, "{lexeme}");
        }
    }
}
