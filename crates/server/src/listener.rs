//! HTTP/1.1 on the control and status ports: connection limit, time limits, drain.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use crate::port_body::PortBody;
use crate::shutdown::Stop;

/// From the end of one request to the end of the next one's head: idle connections and slow heads alike.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// The most bytes of a request's head.
const HEAD_LIMIT_BYTES: usize = 64 * 1024;
/// How long accepting pauses when the process is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What one port answers.
pub(crate) trait Answer: Send + Sync + 'static {
    /// Answers one request that arrived on a connection from `peer` to `local`, one of our addresses.
    fn answer(
        &self,
        request: Request<Incoming>,
        local: SocketAddr,
        peer: SocketAddr,
    ) -> impl Future<Output = Response<PortBody>> + Send;
}

/// Serves a port until told to stop, then waits for running requests.
///
/// Connections over `connections_max` are closed as soon as they come.
pub(crate) async fn serve<A: Answer>(listener: TcpListener, connections_max: usize, answer: Arc<A>, mut stop: Stop) {
    let free = Arc::new(Semaphore::new(connections_max));
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.stopped() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    if let Ok(permit) = Arc::clone(&free).try_acquire_owned() {
                        connections.spawn(connection(stream, peer, permit, Arc::clone(&answer), stop.clone()));
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn connection<A: Answer>(
    stream: TcpStream,
    peer: SocketAddr,
    _permit: OwnedSemaphorePermit,
    answer: Arc<A>,
    mut stop: Stop,
) {
    let Ok(local) = prepare(&stream) else { return };
    let service = service_fn(move |request| {
        let answer = Arc::clone(&answer);
        async move { Ok::<_, Infallible>(answer.answer(request, local, peer).await) }
    });
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_LIMIT_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let mut served = std::pin::pin!(served);
    let result = tokio::select! {
        result = served.as_mut() => result,
        () = stop.stopped() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "a connection broke");
    }
}

fn prepare(stream: &TcpStream) -> io::Result<SocketAddr> {
    stream.set_nodelay(true)?;
    stream.local_addr()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http_body_util::{BodyExt as _, Full};
    use stagegate_testkit::send;

    use super::*;
    use crate::shutdown::channel;

    /// Answers after a while.
    struct Slow;

    impl Answer for Slow {
        async fn answer(
            &self,
            request: Request<Incoming>,
            _local: SocketAddr,
            _peer: SocketAddr,
        ) -> Response<PortBody> {
            tokio::time::sleep(Duration::from_millis(150)).await;
            let body = request.into_body().collect().await.expect("whole").to_bytes();
            Response::new(Full::new(body).into())
        }
    }

    fn post() -> Request<Bytes> {
        Request::post("/").header("host", "x").body(Bytes::from("hello")).expect("a request")
    }

    #[tokio::test]
    async fn a_running_request_finishes_and_no_new_one_starts_once_told_to_stop() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let address = listener.local_addr().expect("an address");
        let (stopper, stop) = channel();
        let serving = tokio::spawn(serve(listener, 8, Arc::new(Slow), stop));
        let running = tokio::spawn(send(address, post()));
        tokio::time::sleep(Duration::from_millis(50)).await;
        stopper.stop();
        let answered = running.await.expect("sent").expect("answered");
        assert_eq!(answered.body(), "hello");
        serving.await.expect("drained");
        assert!(send(address, post()).await.is_err(), "nobody listens any more");
    }

    #[tokio::test]
    async fn connections_over_the_limit_are_closed_and_the_others_are_served() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let address = listener.local_addr().expect("an address");
        let (_stopper, stop) = channel();
        let serving = tokio::spawn(serve(listener, 1, Arc::new(Slow), stop));
        let first = tokio::spawn(send(address, post()));
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(send(address, post()).await.is_err(), "the second is one too many");
        assert_eq!(first.await.expect("sent").expect("answered").body(), "hello");
        assert!(send(address, post()).await.is_ok(), "there is room again");
        serving.abort();
    }
}
