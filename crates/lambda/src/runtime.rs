//! The identifiers of runtimes: `python3.12`, `nodejs22.x`, `provided.al2023`.

use std::fmt;
use std::str::FromStr;

/// A runtime, whatever its minor version: the interpreter on the search path serves them all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Runtime {
    /// `python3.{minor}`.
    Python {
        /// The minor version that was asked for.
        minor: u16,
    },
    /// `nodejs{major}.x`.
    Node {
        /// The major version that was asked for.
        major: u16,
    },
    /// `provided`, `provided.al2` or `provided.al2023`: an executable `bootstrap`.
    Provided {
        /// What follows `provided.`, or nothing.
        base: &'static str,
    },
}

/// A runtime that is not served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the runtime `{0}` is not served: allowed are python3.N, nodejsN.x, provided, provided.al2 and provided.al2023"
)]
pub struct UnknownRuntime(pub String);

impl FromStr for Runtime {
    type Err = UnknownRuntime;

    fn from_str(text: &str) -> Result<Self, UnknownRuntime> {
        let number = |text: &str| {
            let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
            is_plain.then(|| text.parse::<u16>().ok()).flatten()
        };
        let runtime = match text {
            "provided" => Some(Self::Provided { base: "" }),
            "provided.al2" => Some(Self::Provided { base: "al2" }),
            "provided.al2023" => Some(Self::Provided { base: "al2023" }),
            _ => {
                let python = text.strip_prefix("python3.").and_then(number).map(|minor| Self::Python { minor });
                let node = text.strip_prefix("nodejs").and_then(|rest| rest.strip_suffix(".x")).and_then(number);
                python.or_else(|| node.map(|major| Self::Node { major }))
            }
        };
        runtime.ok_or_else(|| UnknownRuntime(text.chars().take(64).collect()))
    }
}

impl fmt::Display for Runtime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Python { minor } => write!(formatter, "python3.{minor}"),
            Self::Node { major } => write!(formatter, "nodejs{major}.x"),
            Self::Provided { base: "" } => formatter.write_str("provided"),
            Self::Provided { base } => write!(formatter, "provided.{base}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_read_and_written() {
        for text in
            ["python3.8", "python3.14", "nodejs18.x", "nodejs24.x", "provided", "provided.al2", "provided.al2023"]
        {
            assert_eq!(text.parse::<Runtime>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn other_runtimes_are_refused() {
        for text in ["", "python2.7", "python3", "python3.", "python3.x", "python3.+9", "nodejs", "nodejs20", "java21"]
        {
            assert!(text.parse::<Runtime>().is_err(), "{text}");
        }
    }
}
