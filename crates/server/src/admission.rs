//! The engines that rates and quotas are counted with, in process.

use std::path::Path;
use std::sync::Arc;

use miette::{IntoDiagnostic as _, Report};
use stagegate_seal::Sealer;
use stagegate_state::Clock;
use stagegate_state::SystemClock;
use stagegate_state_local::{LocalLimiter, LocalQuotas};

use crate::config::Settings;
use crate::feed::Admission;

/// The journal of quotas, beside the database.
const JOURNAL: &str = "quotas.journal";
/// AWS's limits of an account in a region, which hold where they are set.
const ACCOUNT_RATE: &str = "account_rate_per_second";
const ACCOUNT_BURST: &str = "account_burst_count";

/// Starts the engines.
pub(crate) fn start(settings: &Settings, sealer: Arc<Sealer>, database: &Path) -> Result<Admission, Report> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let quotas = LocalQuotas::open(&database.with_file_name(JOURNAL), Arc::clone(&clock)).into_diagnostic()?;
    Ok(Admission {
        limiter: Arc::new(LocalLimiter::new(clock)),
        quotas: Arc::new(quotas),
        sealer,
        account_limit: account_limit(settings),
    })
}

/// The limit of every account in every region, if somebody set one.
fn account_limit(settings: &Settings) -> Option<(f64, u32)> {
    let is_set = settings.quotas.set_ones().any(|(name, _)| name == ACCOUNT_RATE || name == ACCOUNT_BURST);
    if !is_set && !settings.aws_quotas {
        return None;
    }
    let value = |name: &str| {
        let value = settings.quotas.value_of(name).expect("the quota is in the table");
        u32::try_from(value).unwrap_or(u32::MAX)
    };
    Some((f64::from(value(ACCOUNT_RATE)), value(ACCOUNT_BURST)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::defaults;

    #[test]
    fn an_account_is_limited_where_somebody_says_so() {
        let mut settings = defaults();
        assert_eq!(account_limit(&settings), None);
        settings.aws_quotas = true;
        assert_eq!(account_limit(&settings), Some((10_000.0, 5_000)));
        settings.aws_quotas = false;
        settings.quotas.set(ACCOUNT_RATE, 7).expect("a quota");
        assert_eq!(account_limit(&settings), Some((7.0, 5_000)));
    }
}
