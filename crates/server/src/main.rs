//! The `stagegate` binary: configuration, wiring, feed and shutdown.

mod access_key_uses;
mod admission;
mod answer;
mod apis;
mod atomic_file;
mod aws;
mod cli;
mod client;
mod config;
mod control_listener;
mod credentials;
mod data_dir;
mod descriptors;
mod discovery;
mod explain;
mod feed;
mod functions;
mod gateway_port;
mod greeting;
mod guard;
mod identities;
mod import;
mod jwks;
mod listener;
mod logging;
mod logs;
mod memory;
mod metrics;
mod otlp;
mod port_body;
mod private;
mod progress;
mod rehearsal;
mod response_caches;
mod secret_key;
mod serve;
mod served;
mod shutdown;
mod status;
mod telemetry;
mod tls;
mod traces;
mod wiring;
mod xray;

use std::path::Path;
use std::process::ExitCode;

use miette::{IntoDiagnostic as _, MietteHandlerOpts, Report};

use crate::cli::{Action, Invocation};
use crate::client::Client;
use crate::config::Settings;
use crate::import::{Protocol, Source};
use crate::progress::Progress;

fn main() -> ExitCode {
    functions::launch_if_asked();
    // Paths and addresses in errors must stay in one piece.
    miette::set_hook(Box::new(|_| Box::new(MietteHandlerOpts::new().wrap_lines(false).break_words(false).build())))
        .expect("the hook is set once, before any error");
    let invocation = match cli::parse(std::env::args_os(), std::env::vars_os()) {
        Ok(invocation) => invocation,
        Err(error) => error.exit(),
    };
    match run(&invocation) {
        Ok(()) => ExitCode::SUCCESS,
        Err(report) => {
            eprintln!("{report:?}");
            ExitCode::FAILURE
        }
    }
}

fn run(invocation: &Invocation) -> Result<(), Report> {
    if matches!(invocation.action, Action::Settings) {
        print!("{}", config::markdown());
        return Ok(());
    }
    let (settings, warnings) = config::load(&invocation.sources)?;
    logging::start(&settings);
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().into_diagnostic()?;
    runtime.block_on(async {
        match &invocation.action {
            Action::Serve | Action::Settings => serve::serve(settings).await,
            Action::Import { file, stage, protocol } => import(&settings, file, stage, *protocol).await,
            Action::Explain(asked) => {
                print!("{}", explain::explain(&client(&settings)?, asked).await?);
                Ok(())
            }
            Action::Apis => {
                print!("{}", apis::list(&client(&settings)?).await?);
                Ok(())
            }
        }
    })
}

async fn import(settings: &Settings, file: &Path, stage: &str, protocol: Protocol) -> Result<(), Report> {
    let source = Source::read(file, protocol, settings.import_limit_bytes())?;
    let client = client(settings)?;
    let progress = Progress::start();
    progress.step("waiting for other imports");
    let turn = import::take_turn(&settings.data_dir).await;
    let imported = import::import(&client, &source, stage, &progress, turn.as_ref()).await?;
    drop(turn);
    progress.step("waiting until it is served");
    let url = apis::invoke_url(&client, &imported.api_id, stage).await?;
    drop(progress);
    for warning in &imported.warnings {
        eprintln!("warning: {}: {warning}", file.display());
    }
    println!("{} {} on stage {stage}", imported.api_id, imported.outcome.in_a_word());
    if let Some(url) = url {
        println!("{url}");
    }
    Ok(())
}

/// A client of the running control plane, as the settings describe it.
fn client(settings: &Settings) -> Result<Client, Report> {
    let given = credentials::from_environment(|name| std::env::var(name).ok())?;
    let credentials = given.map_or_else(|| credentials::read(&settings.data_dir), Ok)?;
    Ok(Client::new(settings.control, credentials, &settings.region))
}
