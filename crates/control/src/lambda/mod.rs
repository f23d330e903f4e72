//! Lambda's API for the functions beside the gateway: REST-JSON of the versions 2014-11-13 to 2021-11-15, signed for `lambda`.
//!
//! A function is one row. What runs it stands behind the port [`Functions`], and hears of a change when it is committed.

mod alias;
mod answer;
mod authorize;
mod code;
mod concurrency;
mod configuration;
mod event_stream;
mod fault;
mod function;
mod invoke;
mod name;
mod operations;
mod page;
mod permission;
mod port;
mod row;
mod settings;
mod streamed;
mod tags;
mod url;
mod version;

pub(crate) use authorize::{asked, fill_request, fill_stored};
pub(crate) use row::{invokes, touched};

pub use fault::{LambdaFault, ThrottleReason};
pub use operations::lambda_operations;
pub use port::{
    Candidate, FunctionAnswer, FunctionCall, FunctionPayload, FunctionPieces, Functions, InvocationType, NoFunctions,
    NotInvoked, NotInvokedKind,
};
pub use streamed::{Events, StreamedBody};
