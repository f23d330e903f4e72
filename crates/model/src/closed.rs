//! The macro behind every closed set of wire strings.

/// A string that is not a member of a closed set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not one of {allowed:?}")]
pub struct UnknownValue {
    /// What was given.
    pub value: String,
    /// Every allowed value, in the service model's order.
    pub allowed: &'static [&'static str],
}

/// Declares an enum whose variants are wire strings, with `ALL`, `NAMES`, `as_str`, `Display`, `FromStr` and serde.
macro_rules! closed {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $wire:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_meta])* #[doc = concat!("`", $wire, "` on the wire.")] #[serde(rename = $wire)] $variant,)+
        }

        impl $name {
            /// Every member, in the service model's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];
            /// Every wire string, in the same order.
            pub const NAMES: &'static [&'static str] = &[$($wire,)+];

            /// The wire string.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $wire,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownValue;

            fn from_str(value: &str) -> Result<Self, Self::Err> {
                match value {
                    $($wire => Ok(Self::$variant),)+
                    _ => Err($crate::UnknownValue { value: value.to_owned(), allowed: Self::NAMES }),
                }
            }
        }
    };
}

pub(crate) use closed;
