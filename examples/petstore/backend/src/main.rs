//! The pet store example's HTTP back end: a few pets in memory, on one address.
//!
//! Usage: `petstore-backend [ADDRESS]`, by default `127.0.0.1:8090`.

mod routes;
mod shelter;

use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::shelter::Shelter;

const DEFAULT_ADDRESS: &str = "127.0.0.1:8090";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address: SocketAddr = std::env::args().nth(1).unwrap_or_else(|| DEFAULT_ADDRESS.to_owned()).parse()?;
    let listener = TcpListener::bind(address).await?;
    println!("pet store back end on http://{}", listener.local_addr()?);

    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        served = serve(listener) => served?,
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(())
}

/// Accepts connections for ever; each one is a task over the one shared shelter.
async fn serve(listener: TcpListener) -> std::io::Result<()> {
    let shelter = Arc::new(Mutex::new(Shelter::with_first_pets()));
    loop {
        let (stream, _) = listener.accept().await?;
        let shelter = Arc::clone(&shelter);
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let shelter = Arc::clone(&shelter);
                async move { Ok::<_, Infallible>(routes::answer(&shelter, request).await) }
            });
            let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                eprintln!("connection: {error}");
            }
        });
    }
}
