//! The methods that Java's values have, by name: known when a template is compiled, not compared when it is rendered.

use super::compiled::Site;
use crate::value::Text;

/// Declares the methods with their names.
macro_rules! methods {
    ($($variant:ident = $text:literal,)*) => {
        /// A method of Java's values.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Name {
            $($variant,)*
            /// None of them; a host's object may have it.
            Other,
        }

        impl Name {
            fn of(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    _ => Self::Other,
                }
            }
        }
    };
}

methods! {
    ToString = "toString",
    Equals = "equals",
    HashCode = "hashCode",
    GetKey = "getKey",
    GetValue = "getValue",
    HasNext = "hasNext",
    Next = "next",
    GetHasNext = "getHasNext",
    IsFirst = "isFirst",
    IsLast = "isLast",
    Length = "length",
    IsEmpty = "isEmpty",
    IsBlank = "isBlank",
    Trim = "trim",
    Strip = "strip",
    ToLowerCase = "toLowerCase",
    ToUpperCase = "toUpperCase",
    Intern = "intern",
    Contains = "contains",
    StartsWith = "startsWith",
    EndsWith = "endsWith",
    EqualsIgnoreCase = "equalsIgnoreCase",
    CompareTo = "compareTo",
    CompareToIgnoreCase = "compareToIgnoreCase",
    Concat = "concat",
    IndexOf = "indexOf",
    LastIndexOf = "lastIndexOf",
    Substring = "substring",
    SubSequence = "subSequence",
    CharAt = "charAt",
    ToCharArray = "toCharArray",
    Replace = "replace",
    Repeat = "repeat",
    Split = "split",
    Matches = "matches",
    ReplaceAll = "replaceAll",
    ReplaceFirst = "replaceFirst",
    ValueOf = "valueOf",
    Size = "size",
    Get = "get",
    ToArray = "toArray",
    ContainsAll = "containsAll",
    Iterator = "iterator",
    SubList = "subList",
    Add = "add",
    Set = "set",
    AddAll = "addAll",
    Remove = "remove",
    RemoveAll = "removeAll",
    RetainAll = "retainAll",
    Clear = "clear",
    GetOrDefault = "getOrDefault",
    ContainsKey = "containsKey",
    Put = "put",
    PutIfAbsent = "putIfAbsent",
    PutAll = "putAll",
    KeySet = "keySet",
    Values = "values",
    EntrySet = "entrySet",
    ContainsValue = "containsValue",
    IntValue = "intValue",
    LongValue = "longValue",
    DoubleValue = "doubleValue",
    BooleanValue = "booleanValue",
    ParseInt = "parseInt",
    ParseLong = "parseLong",
    ParseDouble = "parseDouble",
    ParseBoolean = "parseBoolean",
    IsNaN = "isNaN",
}

/// A method as a template calls it.
#[derive(Debug)]
pub(crate) struct Called {
    pub(crate) name: Name,
    pub(crate) text: Text,
    /// Where the pattern that the call always uses is kept.
    pub(crate) site: Option<Box<Site>>,
}

/// What `$owner[index]` calls.
pub(crate) static GET: Called = Called { name: Name::Get, text: Text::new_static("get"), site: None };
/// What `#set($map[key] = value)` calls.
pub(crate) static PUT: Called = Called { name: Name::Put, text: Text::new_static("put"), site: None };
/// What `#set($list[index] = value)` calls.
pub(crate) static SET: Called = Called { name: Name::Set, text: Text::new_static("set"), site: None };

impl Called {
    /// A call by name; `keep` tells for one that goes by a pattern whether it keeps that.
    pub(crate) fn new(text: &str, keep: impl FnOnce() -> bool) -> Self {
        let name = Name::of(text);
        let by_pattern = matches!(name, Name::Matches | Name::Split | Name::ReplaceAll | Name::ReplaceFirst);
        let site = (by_pattern && keep()).then(Box::default);
        Self { name, text: text.into(), site }
    }
}
