//! When access keys were last used: in memory, since the process started.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::authenticate::{Caller, Service};

/// One use of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Used {
    pub(crate) at_s: i64,
    pub(crate) service: &'static str,
    pub(crate) region: String,
}

/// The last use of every long-term key. It has at most as many entries as there were keys.
#[derive(Debug, Default)]
pub(crate) struct LastUsed(Mutex<HashMap<String, Used>>);

impl LastUsed {
    /// Notes a use, once a second for each key.
    pub(crate) fn note(&self, caller: &Caller, now_s: i64) {
        if caller.principal.issued_at_s.is_some() {
            return;
        }
        let service = match caller.service {
            Service::ApiGateway => "apigateway",
            Service::Lambda => "lambda",
            Service::Logs => "logs",
            Service::Monitoring => "monitoring",
            Service::Iam => "iam",
            Service::Sts => "sts",
        };
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = |last: &Used| last.at_s == now_s && last.service == service && last.region == caller.region;
        if !used.get(&caller.access_key_id).is_some_and(is_known) {
            used.insert(caller.access_key_id.clone(), Used { at_s: now_s, service, region: caller.region.clone() });
        }
    }

    /// The last use of a key.
    pub(crate) fn of(&self, access_key_id: &str) -> Option<Used> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(access_key_id).cloned()
    }

    /// Forgets a key that is gone.
    pub(crate) fn forget(&self, access_key_id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(access_key_id);
    }
}
