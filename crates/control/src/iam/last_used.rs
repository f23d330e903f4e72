//! When access keys were last used: noted in memory, and written to the store now and then, not with each call.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use stagegate_model::iam::AccessKeyUse;
use stagegate_model::keys::IamNoun;
use stagegate_store::Store;

use super::access_key::key_row;
use super::entity::key;
use crate::authenticate::{Caller, Service};
use crate::fault::Fault;
use crate::transaction::{Outcome, Transaction};

/// Uses written in one commit.
const BATCH: usize = 500;

/// The last use of a key since the process started.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Used {
    at_s: i64,
    service: &'static str,
    region: String,
    account: String,
    /// Whether the store has it, or need not have it.
    is_kept: bool,
}

/// The last use of every long-term key. It has at most as many entries as there were keys.
#[derive(Debug, Default)]
pub(crate) struct LastUsed(Mutex<HashMap<String, Used>>);

impl LastUsed {
    fn map(&self) -> MutexGuard<'_, HashMap<String, Used>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

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
        let mut used = self.map();
        let is_known = |last: &Used| last.at_s == now_s && last.service == service && last.region == caller.region;
        if !used.get(&caller.access_key_id).is_some_and(is_known) {
            let (region, account) = (caller.region.clone(), caller.principal.account.to_string());
            let now = Used { at_s: now_s, service, region, account, is_kept: false };
            used.insert(caller.access_key_id.clone(), now);
        }
    }

    /// The last use of a key since the process started.
    pub(super) fn of(&self, access_key_id: &str) -> Option<AccessKeyUse> {
        self.map().get(access_key_id).map(|used| AccessKeyUse {
            at_s: used.at_s,
            service: used.service.to_owned(),
            region: used.region.clone(),
        })
    }

    /// Forgets a key that is gone.
    pub(super) fn forget(&self, access_key_id: &str) {
        self.map().remove(access_key_id);
    }

    fn unkept(&self) -> Vec<(String, Used)> {
        let used = self.map();
        used.iter().filter(|(_, used)| !used.is_kept).map(|(id, used)| (id.clone(), used.clone())).collect()
    }

    /// What was used since is to be written again.
    fn keep(&self, batch: &[(String, Used)]) {
        let mut map = self.map();
        for (id, written) in batch {
            if let Some(used) = map.get_mut(id).filter(|used| *used == written) {
                used.is_kept = true;
            }
        }
    }
}

/// The row of a key's last use.
pub(super) fn use_row(account: &str, id: &str) -> String {
    key(account, IamNoun::AccessKeyUse, id)
}

/// Writes last uses to the store. It is the only one that does, so that whoever calls it says how often.
pub struct AccessKeyUses {
    pub(crate) last_used: Arc<LastUsed>,
    pub(crate) store: Arc<dyn Store>,
}

impl AccessKeyUses {
    /// Writes what was used since the last time, 500 keys in a commit; nothing where nothing was. Keys of the settings, whose
    /// use nobody can ask for, and keys that are gone are passed over.
    ///
    /// # Errors
    /// What the store says. Uses that were not written are tried again the next time.
    pub async fn persist(&self) -> Result<(), Fault> {
        for batch in self.last_used.unkept().chunks(BATCH) {
            let mut transaction = Transaction::new(Arc::clone(&self.store));
            for (id, used) in batch {
                if transaction.exists(&key_row(&used.account, id)).await? {
                    let (service, region) = (used.service.to_owned(), used.region.clone());
                    let row = AccessKeyUse { at_s: used.at_s, service, region };
                    transaction.put(&use_row(&used.account, id), &row)?;
                }
            }
            if transaction.finish().await? == Outcome::Done {
                self.last_used.keep(batch);
            }
        }
        Ok(())
    }
}
