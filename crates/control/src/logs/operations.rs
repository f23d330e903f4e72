//! The table of the operations of CloudWatch Logs: those that are not here are not served.

use http::Method as Verb;

use super::{event, filter, group, put, retention, stream, tags};
use crate::operations::{Operation, posted};

/// Every operation that is served.
pub fn logs_operations() -> &'static [Operation] {
    OPERATIONS
}

static OPERATIONS: &[Operation] = posted! {
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
