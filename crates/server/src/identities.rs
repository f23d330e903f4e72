//! Who signs: the settings' identities at the start, and the directory that the feed keeps.

use std::collections::BTreeSet;
use std::sync::Arc;

use arc_swap::ArcSwap;
use miette::Report;
use stagegate_control::{DataPlane, Keyring, Root};
use stagegate_plan::Snapshot;
use stagegate_plan::identity::Directory;
use stagegate_seal::Sealer;
use stagegate_sigv4::Credentials;

use crate::config::Settings;
use crate::feed::Identities;

/// The published snapshot: what the data plane knows and how far it is, the control plane knows too.
#[derive(Clone)]
pub(crate) struct Published(pub(crate) Arc<ArcSwap<Snapshot>>);

impl DataPlane for Published {
    fn serves(&self, revision: u64) -> bool {
        self.0.load().revision >= revision
    }
}

impl Keyring for Published {
    fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.0.load().identities)
    }
}

/// The root users of all accounts, and the users of the settings. No two of them have one access key.
pub(crate) fn of_settings(
    settings: &Settings,
    credentials: &Credentials,
    sealer: Arc<Sealer>,
) -> Result<Identities, Report> {
    let mut directory = Directory::new(Arc::clone(&sealer));
    let mut keys = BTreeSet::new();
    let Credentials { access_key_id, secret, .. } = credentials.clone();
    let main = Root { account_id: settings.account_id.clone(), access_key_id, secret };
    if settings.accounts.iter().any(|root| root.account_id == main.account_id) {
        let account = &main.account_id;
        return Err(miette::miette!("the account {account} is `account_id`, which has its root credential elsewhere"));
    }
    for root in std::iter::once(&main).chain(&settings.accounts) {
        let account = &root.account_id;
        if !keys.insert(root.access_key_id.as_str()) {
            return Err(miette::miette!("the account {account} has an access key of somebody else"));
        }
        root.put_into(&mut directory);
    }
    let further = settings.accounts.iter().map(|root| root.account_id.as_str());
    let accounts: Vec<&str> = std::iter::once(settings.account_id.as_str()).chain(further).collect();
    for user in &settings.users {
        if !keys.insert(user.access_key_id.as_str()) {
            return Err(miette::miette!("the user `{}` has the access key of the root credential", user.name));
        }
        if let Some(account) = user.account.as_deref().filter(|id| !accounts.contains(id)) {
            return Err(miette::miette!(
                help = format!("allowed: {}", accounts.join(", ")),
                "the user `{}` is in the account {account}, which is neither `account_id` nor an `[accounts.{account}]`",
                user.name
            ));
        }
        user.put_into(&settings.account_id, &mut directory);
    }
    Ok(Identities { settings: directory, sealer })
}
