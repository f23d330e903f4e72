//! Temporary credentials: renewed before they expire, by one asker at a time.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use stagegate_sigv4::Credentials;
use time::OffsetDateTime;

/// How long before their end credentials are renewed.
const EARLY: Duration = Duration::from_mins(5);

/// Credentials and when they expire.
#[derive(Debug, Clone)]
pub(super) struct Temporary {
    pub(super) credentials: Arc<Credentials>,
    pub(super) expires: OffsetDateTime,
}

/// The credentials of one role, or of one place that gives temporary ones.
#[derive(Debug, Default)]
pub(super) struct Session {
    held: Mutex<Option<Temporary>>,
    turn: tokio::sync::Mutex<()>,
}

impl Session {
    /// The credentials, got by `renew` where there are none or they are about to expire. While they are renewed early, others
    /// go on with the old ones; a renewal that fails is no error before the old ones have expired.
    pub(super) async fn credentials<R: Future<Output = Result<Temporary, String>>>(
        &self,
        renew: impl FnOnce() -> R,
    ) -> Result<Arc<Credentials>, String> {
        let turn = match self.usable() {
            Usable::Long(credentials) => return Ok(credentials),
            Usable::Briefly(credentials) => match self.turn.try_lock() {
                Ok(turn) => turn,
                Err(_somebody_renews) => return Ok(credentials),
            },
            Usable::Not => self.turn.lock().await,
        };
        // Whoever had the turn before may have brought new ones.
        let old = match self.usable() {
            Usable::Long(credentials) => return Ok(credentials),
            Usable::Briefly(credentials) => Some(credentials),
            Usable::Not => None,
        };
        let renewed = renew().await;
        let outcome = match (renewed, old) {
            (Ok(temporary), _) => {
                let credentials = Arc::clone(&temporary.credentials);
                *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(temporary);
                Ok(credentials)
            }
            (Err(why), Some(credentials)) => {
                tracing::warn!(why, "credentials could not be renewed; the old ones are used until they expire");
                Ok(credentials)
            }
            (Err(why), None) => Err(why),
        };
        drop(turn);
        outcome
    }

    fn usable(&self) -> Usable {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = OffsetDateTime::now_utc();
        match &*held {
            Some(temporary) if now + EARLY < temporary.expires => Usable::Long(Arc::clone(&temporary.credentials)),
            Some(temporary) if now < temporary.expires => Usable::Briefly(Arc::clone(&temporary.credentials)),
            _ => Usable::Not,
        }
    }
}

/// What is held.
enum Usable {
    Long(Arc<Credentials>),
    Briefly(Arc<Credentials>),
    Not,
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use stagegate_sigv4::Secret;

    use super::*;

    fn lasting(key: usize, seconds: i64) -> Temporary {
        let credentials =
            Credentials { access_key_id: format!("ASIA{key}"), secret: Secret::new("s"), session_token: None };
        let expires = OffsetDateTime::now_utc() + time::Duration::seconds(seconds);
        Temporary { credentials: Arc::new(credentials), expires }
    }

    #[tokio::test]
    async fn many_askers_renew_once() {
        let (session, renewals) = (Arc::new(Session::default()), Arc::new(AtomicUsize::new(0)));
        let asker = || {
            let (session, renewals) = (Arc::clone(&session), Arc::clone(&renewals));
            tokio::spawn(async move {
                let renew = || async {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    Ok(lasting(renewals.fetch_add(1, SeqCst), 3600))
                };
                session.credentials(renew).await.expect("credentials").access_key_id.clone()
            })
        };
        let askers: Vec<_> = (0..20).map(|_| asker()).collect();
        for asker in askers {
            assert_eq!(asker.await.expect("done"), "ASIA0");
        }
        assert_eq!(renewals.load(SeqCst), 1);
    }

    #[tokio::test]
    async fn credentials_that_end_soon_are_renewed_and_survive_a_failure() {
        let session = Session::default();
        let first = session.credentials(|| async { Ok(lasting(1, 60)) }).await.expect("credentials");
        assert_eq!(first.access_key_id, "ASIA1");
        let kept = session.credentials(|| async { Err("down".to_owned()) }).await.expect("the old ones");
        assert_eq!(kept.access_key_id, "ASIA1");
        let renewed = session.credentials(|| async { Ok(lasting(2, 3600)) }).await.expect("credentials");
        assert_eq!(renewed.access_key_id, "ASIA2");
        let kept = session.credentials(|| async { Err("never asked".to_owned()) }).await.expect("credentials");
        assert_eq!(kept.access_key_id, "ASIA2");
    }

    #[tokio::test]
    async fn without_any_the_failure_is_told_and_expired_ones_are_not_used() {
        let session = Session::default();
        let renewed = session.credentials(|| async { Ok(lasting(1, -1)) }).await;
        assert!(renewed.is_ok(), "what was just given is used");
        let failed = session.credentials(|| async { Err("down".to_owned()) }).await;
        assert_eq!(failed.map(|it| it.access_key_id.clone()), Err("down".to_owned()));
    }
}
