//! A scripted back end: raw bytes in and out, everything recorded.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::wire::{PATIENCE, find, framed, unchunk};

/// A back end on a loopback port, with a thread for each connection.
pub(crate) struct Backend {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
}

/// One connection to the back end, as its script sees it.
pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
    /// Counts connections from 0.
    pub(crate) number: usize,
    ahead: Vec<u8>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Backend {
    /// Runs the script for every connection; the connection closes when the script returns.
    pub(crate) fn start(script: impl Fn(&mut Peer) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let connections = Arc::new(AtomicUsize::new(0));
        let (script, record, count) = (Arc::new(script), Arc::clone(&seen), Arc::clone(&connections));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                stream.set_read_timeout(Some(PATIENCE)).expect("a live socket");
                stream.set_nodelay(true).expect("a live socket");
                let number = count.fetch_add(1, SeqCst);
                let mut peer = Peer { stream, number, ahead: Vec::new(), seen: Arc::clone(&record) };
                let script = Arc::clone(&script);
                std::thread::spawn(move || script(&mut peer));
            }
        });
        Self { address, seen, connections }
    }

    /// Answers every request with these bytes and keeps the connection.
    pub(crate) fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start(move |peer| while peer.request().is_some() && peer.send(&answer) {})
    }

    /// Answers one request per connection with these bytes, then closes.
    pub(crate) fn answering_once(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start(move |peer| {
            let _ = peer.request().is_some() && peer.send(&answer);
        })
    }

    /// The requests that arrived whole, or the part of the last one that did.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("no panic").clone()
    }

    /// The only request.
    pub(crate) fn only(&self) -> String {
        let seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen[0].clone()
    }

    /// Waits until so many requests were recorded.
    pub(crate) fn wait_for(&self, count: usize) -> Vec<String> {
        let deadline = Instant::now() + PATIENCE;
        while self.seen().len() < count {
            assert!(Instant::now() < deadline, "{:?}", self.seen());
            std::thread::sleep(Duration::from_millis(2));
        }
        self.seen()
    }

    /// How many connections were accepted.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(SeqCst)
    }
}

impl Peer {
    /// Reads and records one whole request; `None` when the connection ended before. What came of it is recorded all the same.
    pub(crate) fn request(&mut self) -> Option<String> {
        loop {
            if let Some(end) = find(&self.ahead, b"\r\n\r\n").and_then(|head| framed(&self.ahead, head + 4)) {
                let rest = self.ahead.split_off(end);
                let request = std::mem::replace(&mut self.ahead, rest);
                return Some(self.record(&request));
            }
            if !self.more() {
                if !self.ahead.is_empty() {
                    let cut = std::mem::take(&mut self.ahead);
                    self.record(&cut);
                }
                return None;
            }
        }
    }

    /// Reads one whole request without recording it; its content.
    pub(crate) fn body(&mut self) -> Option<Vec<u8>> {
        loop {
            let head = find(&self.ahead, b"\r\n\r\n").map(|at| at + 4);
            if let Some((head, end)) = head.and_then(|head| Some((head, framed(&self.ahead, head)?))) {
                let rest = self.ahead.split_off(end);
                let request = std::mem::replace(&mut self.ahead, rest);
                let is_chunked =
                    String::from_utf8_lossy(&request[..head]).contains("\r\nTransfer-Encoding: chunked\r\n");
                return Some(if is_chunked { unchunk(&request[head..]) } else { request[head..].to_vec() });
            }
            if !self.more() {
                return None;
            }
        }
    }

    /// Reads the request's head and records it.
    pub(crate) fn head(&mut self) -> Option<String> {
        loop {
            if let Some(at) = find(&self.ahead, b"\r\n\r\n") {
                let rest = self.ahead.split_off(at + 4);
                let head = std::mem::replace(&mut self.ahead, rest);
                return Some(self.record(&head));
            }
            if !self.more() {
                return None;
            }
        }
    }

    /// Reads until so many bytes behind the head have come; `false` if they never do.
    pub(crate) fn wait_for_bytes(&mut self, count: usize) -> bool {
        while self.ahead.len() < count {
            if !self.more() {
                return false;
            }
        }
        true
    }

    /// Reads until the connection ends, and records what came as one more entry with this mark in front.
    pub(crate) fn rest(&mut self, mark: &str) {
        while self.more() {}
        let rest = std::mem::take(&mut self.ahead);
        self.record(&[mark.as_bytes(), &rest].concat());
    }

    /// Adds an entry to the record.
    pub(crate) fn record(&self, bytes: &[u8]) -> String {
        let text = String::from_utf8_lossy(bytes).into_owned();
        self.seen.lock().expect("no panic").push(text.clone());
        text
    }

    /// Sends bytes; `false` when the connection is gone.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    fn more(&mut self) -> bool {
        let mut piece = [0; 16 * 1024];
        match self.stream.read(&mut piece) {
            Ok(count) if count > 0 => {
                self.ahead.extend_from_slice(&piece[..count]);
                true
            }
            _ => false,
        }
    }
}

/// Waits.
pub(crate) fn pause(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}
