//! The nouns of Lambda (service `lambda`, version 2015-03-31) as far as functions beside the gateway need them.

mod alias;
mod configuration;
mod function;
mod url;

pub use alias::{Alias, AliasRouting};
pub use configuration::{Environment, FunctionConfiguration};
pub use function::{FunctionRow, FunctionVersion, LATEST, ResourcePolicy, function_arn};
pub use url::{Cors, FunctionUrlAuthType, FunctionUrlConfig, InvokeMode};
