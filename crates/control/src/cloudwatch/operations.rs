//! The table of the operations of CloudWatch: those that are not here are not served.

use http::Method as Verb;

use super::{list_metrics, metric_data, metric_statistics};
use crate::call::Call;
use crate::operations::{Operation, posted};

/// Every operation that is served.
pub fn cloudwatch_operations() -> &'static [Operation] {
    OPERATIONS
}

static OPERATIONS: &[Operation] = posted! {
    GetMetricData => metric_data::get_metric_data;
    GetMetricStatistics => metric_statistics::get_metric_statistics;
    ListMetrics => list_metrics::list_metrics;
};

/// The action of a call, and the resource that it is about: these actions have none (Service Authorization Reference, "Actions,
/// resources, and condition keys for Amazon CloudWatch").
pub(crate) fn asked(call: &Call) -> (String, String) {
    (format!("cloudwatch:{}", call.operation.name), "*".to_owned())
}
