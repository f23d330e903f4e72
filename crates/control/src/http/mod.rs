//! HTTP APIs: service `apigatewayv2`, its operations and its nouns, one per file.

mod api;
mod authorizer;
mod deployment;
mod edit;
mod export;
mod import;
mod integration;
mod issuers;
mod members;
mod operations;
mod page;
mod plant;
mod route;
mod stage;
mod subtype;
mod tags;
mod verbs;
mod vpc_link;

use stagegate_model::http::DateTime;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::call::Call;

pub use operations::http_operations;

/// Now, as version 2 writes it: whole seconds of UTC.
fn now(call: &Call) -> DateTime {
    let moment = OffsetDateTime::from(call.world.clock.now()).replace_nanosecond(0);
    let text = moment.ok().and_then(|moment| moment.format(&Rfc3339).ok());
    DateTime(text.unwrap_or_default())
}
