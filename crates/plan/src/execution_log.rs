//! Execution logs of a stage: where their lines go, and how much is written for each route.

use std::sync::Arc;

use crate::tree::RouteId;

/// How much of a request's way is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogLevel {
    /// `ERROR`: what went wrong.
    Error,
    /// `INFO`: every step.
    Info,
}

/// The execution log of one route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RouteLogging {
    /// The level.
    pub level: LogLevel,
    /// `dataTraceEnabled`: headers, parameters and bodies as well (fact L14).
    pub has_data: bool,
}

/// The execution logs of a stage of which at least one route has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionLogPlan {
    /// The ARN of the log group `API-Gateway-Execution-Logs_{api}/{stage}` (fact L1).
    pub destination_arn: Arc<str>,
    /// Where each line is written a second time: the canary's own group, `…/{stage}/Canary` (fact N2).
    pub copy_arn: Option<Arc<str>>,
    /// What is written for each route, by route id.
    pub routes: Box<[Option<RouteLogging>]>,
}

impl ExecutionLogPlan {
    /// What is written for a route.
    pub fn of(&self, route: RouteId) -> Option<RouteLogging> {
        *self.routes.get(route.0 as usize)?
    }
}
