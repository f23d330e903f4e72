//! `stagegate serve`: from the settings to the exit, one step after the other.

use std::sync::Arc;
use std::time::Duration;

use miette::{IntoDiagnostic as _, Report};
use stagegate_sigv4::Credentials;

use crate::client::Client;
use crate::config::Settings;
use crate::credentials;
use crate::data_dir::DataDir;
use crate::greeting::{self, Invited};
use crate::import::{self, Protocol, Source};
use crate::progress::Progress;
use crate::secret_key;
use crate::shutdown::Signals;
use crate::wiring::{self, Running};

/// How long the data plane may take to serve what was just imported, before the start counts as failed.
const IMPORT_LIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// Runs the server until it is told to stop and has drained.
pub(crate) async fn serve(settings: Settings) -> Result<(), Report> {
    let mut signals = Signals::catch().into_diagnostic()?;
    let source = source(&settings)?;
    let data_dir = DataDir::open(&settings.data_dir)?;
    let credentials = root_credentials(&settings)?;
    let sealer = Arc::new(secret_key::sealer(&settings.data_dir, |name| std::env::var(name).ok())?);
    let running = wiring::start(&settings, &credentials, sealer, &data_dir.database()).await?;
    let signal = tokio::select! {
        started = welcome(&running, &settings, credentials, source.as_ref()) => {
            started?;
            signals.received().await
        }
        signal = signals.received() => signal,
    };
    tracing::info!(signal, limit_ms = settings.drain_timeout_ms, "draining");
    tokio::select! {
        all_finished = running.drain(Duration::from_millis(settings.drain_timeout_ms)) => {
            tracing::info!(all_finished, "stopped");
            Ok(())
        }
        signal = signals.received() => Err(miette::miette!("stopped by a second {signal}, with requests still running")),
    }
}

/// Reads the definition of `--import`, and refuses what is broken before anything starts.
fn source(settings: &Settings) -> Result<Option<Source>, Report> {
    let Some(file) = &settings.import else { return Ok(None) };
    let source = Source::read(file, Protocol::default(), settings.import_limit_bytes())?;
    source.check()?;
    Ok(Some(source))
}

/// The credential that the environment sets, or the one of the data directory, made if it is not there.
fn root_credentials(settings: &Settings) -> Result<Credentials, Report> {
    match credentials::from_environment(|name| std::env::var(name).ok())? {
        Some(given) => {
            credentials::keep(&settings.data_dir, &given)?;
            Ok(given)
        }
        None => Ok(credentials::read_or_make(&settings.data_dir)?),
    }
}

/// Imports what is to be imported, then says that everything is ready.
async fn welcome(
    running: &Running,
    settings: &Settings,
    credentials: Credentials,
    source: Option<&Source>,
) -> Result<(), Report> {
    let invited = match source {
        Some(source) => {
            let client = Client::new(running.addresses.control, credentials, &settings.region);
            Some(invite(running, settings, &client, source).await?)
        }
        None => None,
    };
    running.readiness.set(true);
    print!("{}", greeting::text(&running.served, &running.addresses, invited.as_ref()));
    Ok(())
}

/// Imports a definition and waits until the data plane serves it.
async fn invite(running: &Running, settings: &Settings, client: &Client, source: &Source) -> Result<Invited, Report> {
    let stage = settings.stage.clone().expect("`import` and `stage` are only set together");
    let progress = Progress::start();
    let turn = import::take_turn(&settings.data_dir).await;
    let imported = import::import(client, source, &stage, &progress, turn.as_ref()).await?;
    drop((progress, turn));
    for warning in &imported.warnings {
        tracing::warn!(file = %source.path.display(), "{warning}");
    }
    let live = async {
        loop {
            let found = running.served.reports.all().into_iter().find(|report| report.id == imported.api_id);
            if let Some(report) = found.filter(|report| report.stages.iter().any(|known| known.name == stage)) {
                return report;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let report = tokio::time::timeout(IMPORT_LIVE_TIMEOUT, live)
        .await
        .map_err(|_| miette::miette!("the API {} was imported but is not served; see the log", imported.api_id))?;
    Ok(Invited { report, stage, outcome: imported.outcome.in_a_word() })
}
