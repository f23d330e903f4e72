//! `JSONPath` in Jayway's dialect (`com.jayway.jsonpath`), as API Gateway's `$input.path` and parameter mappings use it.
//!
//! A [`Path`] is compiled once and evaluated over [`serde_json::Value`]s within a [`Budget`]. Jayway's default options
//! hold: a definite path that meets nothing is missing, and an indefinite one lists what it meets, perhaps nothing.
//!
//! ```
//! use serde_json::json;
//! use stagegate_jsonpath::{Budget, Found, Path};
//!
//! // Once, where the configuration is compiled:
//! let title = Path::parse("$.store.books[0].title")?;
//! let cheap = Path::parse("$..books[?(@.price < 10)].title")?;
//! assert!(title.is_definite() && !cheap.is_definite());
//! assert!(Path::parse("$.books[?(@.price <)]").is_err());
//!
//! // For each document; what is found is borrowed from it:
//! let document = json!({"store": {"books": [{"title": "Moby Dick", "price": 8.99}, {"title": "Ulysses", "price": 22}]}});
//! let budget = Budget::default();
//! match title.evaluate(&document, &budget)? {
//!     Found::One(title) => assert_eq!(*title, "Moby Dick"),
//!     found => unreachable!("a definite path finds one value or none: {found:?}"),
//! }
//! assert_eq!(cheap.evaluate(&document, &budget)?.into_value(), Some(json!(["Moby Dick"])));
//! assert_eq!(Path::parse("$.shop")?.evaluate(&document, &budget)?, Found::Missing);
//!
//! // A budget that is used up is an error, never a shorter answer.
//! let budget = Budget { max_steps: 3, ..budget };
//! assert!(cheap.evaluate(&document, &budget).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod budget;
mod decimal;
mod error;
mod evaluate;
mod parse;
mod path;

pub use budget::Budget;
pub use error::{EvalError, ParseError};
pub use path::{Found, Path};
