//! The table of the operations of CloudWatch Logs: those that are not here are not served.

use http::Method as Verb;

use super::{event, filter, group, put, retention, stream, tags};
use crate::operations::Operation;

/// Every operation that is served.
pub fn logs_operations() -> &'static [Operation] {
    OPERATIONS
}

macro_rules! target_table {
    ($($name:ident => $run:path;)*) => {
        &[$(Operation {
            name: stringify!($name),
            verb: Verb::POST,
            path: "/",
            status: 200,
            run: Some(|call, _| Box::pin($run(call))),
            query: None,
        },)*]
    };
}

static OPERATIONS: &[Operation] = target_table! {
    CreateLogGroup => group::create;
    CreateLogStream => stream::create;
    DeleteLogGroup => group::delete;
    DeleteLogStream => stream::delete;
    DeleteRetentionPolicy => retention::delete;
    DescribeLogGroups => group::describe;
    DescribeLogStreams => stream::describe;
    FilterLogEvents => filter::filter;
    GetLogEvents => event::get;
    ListTagsForResource => tags::list;
    ListTagsLogGroup => tags::list_of_group;
    PutLogEvents => put::put;
    PutRetentionPolicy => retention::put;
    TagLogGroup => tags::tag_group;
    TagResource => tags::tag;
    UntagLogGroup => tags::untag_group;
    UntagResource => tags::untag;
};
