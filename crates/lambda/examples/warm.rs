//! How long a warm invocation takes: the host alone, with functions that answer with their event.
//!
//! `cargo run --release -p stagegate-lambda --example warm -- [rounds] [callers]`; the program is its own launcher.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use stagegate_lambda::{CodeSource, FunctionHost, FunctionId, FunctionSpec, HostConfig, Invocation, Launcher};

const LAUNCH: &str = "launch";
const PYTHON: &str = "def handler(event, context):\n    return event\n";
const NODE: &str = "exports.handler = async (event) => event;\n";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1).peekable();
    if arguments.next_if(|first| first == LAUNCH).is_some() {
        return Err(Box::new(stagegate_lambda::launcher::launch(arguments)));
    }
    let numbers: Vec<usize> = arguments.filter_map(|number| number.to_str()?.parse().ok()).collect();
    let (rounds, callers) = (numbers.first().copied().unwrap_or(5_000), numbers.get(1).copied().unwrap_or(1));
    let threads = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let folder = std::env::temp_dir().join(format!("stagegate-lambda-warm-{}", std::process::id()));
    let measured = threads.block_on(measure(&folder, rounds, callers.max(1)));
    std::fs::remove_dir_all(&folder)?;
    measured
}

async fn measure(folder: &Path, rounds: usize, callers: usize) -> Result<(), Box<dyn std::error::Error>> {
    let code = folder.join("code");
    std::fs::create_dir_all(&code)?;
    std::fs::write(code.join("app.py"), PYTHON)?;
    std::fs::write(code.join("app.js"), NODE)?;
    let launcher = Launcher { program: std::env::current_exe()?, arguments: vec![LAUNCH.into()] };
    let host = FunctionHost::start(HostConfig::new(folder.join("host"), launcher))?;
    // About what a small API Gateway event weighs.
    let event = format!(r#"{{"path":"/pets","headers":{{"x":"{}"}}}}"#, "y".repeat(2_000));
    for runtime in ["python3.12", "nodejs22.x"] {
        let id = FunctionId::latest(&runtime.replace('.', "-"));
        host.put(FunctionSpec::new(id.clone(), runtime.parse()?, "app.handler", CodeSource::Dir(code.clone()))).await?;
        let began = Instant::now();
        host.invoke(Invocation::new(id.clone(), event.clone())).await?;
        let cold = began.elapsed();
        call(&host, &id, &event, rounds / 10).await?;
        let began = Instant::now();
        let tasks: Vec<_> = (0..callers)
            .map(|_| {
                let (host, id, event) = (Arc::clone(&host), id.clone(), event.clone());
                tokio::spawn(async move { call(&host, &id, &event, rounds / callers).await })
            })
            .collect();
        let mut times = Vec::new();
        for task in tasks {
            times.extend(task.await??);
        }
        report(runtime, cold, began.elapsed(), times);
    }
    host.stop(Duration::from_secs(5)).await;
    Ok(())
}

async fn call(
    host: &FunctionHost,
    id: &FunctionId,
    event: &str,
    times: usize,
) -> Result<Vec<Duration>, stagegate_lambda::InvokeError> {
    let mut measured = Vec::with_capacity(times);
    for _ in 0..times {
        let began = Instant::now();
        host.invoke(Invocation::new(id.clone(), event.to_owned())).await?;
        measured.push(began.elapsed());
    }
    Ok(measured)
}

fn report(runtime: &str, cold: Duration, all: Duration, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
    let rate = u128::try_from(times.len()).unwrap_or_default() * 1_000_000 / all.as_micros().max(1);
    println!(
        "{runtime}: cold {} ms, warm median {} µs, p90 {} µs, p99 {} µs, {rate} invocations/s",
        cold.as_millis(),
        at(50).as_micros(),
        at(90).as_micros(),
        at(99).as_micros(),
    );
}
