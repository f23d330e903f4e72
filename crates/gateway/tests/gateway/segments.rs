//! However TCP cuts the bytes of a conversation, it means the same (properties).

use std::sync::OnceLock;

use proptest::prelude::*;

use crate::backend::Backend;
use crate::plans::{Api, proxy, says};
use crate::wire::{framed, unchunk};
use crate::world::{World, request};

/// One request of a conversation, and what is expected back.
#[derive(Debug, Clone)]
enum Step {
    Mock,
    Missing,
    Length(usize),
    Chunked(Vec<usize>),
}

impl Step {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Mock => request("GET /s/m", "").into_bytes(),
            Self::Missing => request("GET /s/none", "").into_bytes(),
            Self::Length(size) => {
                let head = request("POST /s/p", &format!("Content-Length: {size}\r\n"));
                [head.into_bytes(), content(*size)].concat()
            }
            Self::Chunked(sizes) => {
                let mut bytes = request("POST /s/p", "Transfer-Encoding: chunked\r\n").into_bytes();
                for size in sizes {
                    bytes.extend_from_slice(format!("{size:X};a=\"b\"\r\n").as_bytes());
                    bytes.extend_from_slice(&content(*size));
                    bytes.extend_from_slice(b"\r\n");
                }
                bytes.extend_from_slice(b"0\r\nT: 1\r\n\r\n");
                bytes
            }
        }
    }

    fn expected(&self) -> Vec<u8> {
        match self {
            Self::Mock => b"m".to_vec(),
            Self::Missing => b"{\"message\":\"Missing Authentication Token\"}".to_vec(),
            Self::Length(size) => content(*size),
            Self::Chunked(sizes) => sizes.iter().flat_map(|size| content(*size)).collect(),
        }
    }
}

/// Content that looks like a request and like chunks, so that a slip shows.
fn content(size: usize) -> Vec<u8> {
    b"0\r\n\r\nGET /s/m HTTP/1.1\r\nHost: x\r\n\r\n5\r\n".iter().copied().cycle().take(size).collect()
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Mock),
        Just(Step::Missing),
        (0_usize..3_000).prop_map(Step::Length),
        proptest::collection::vec(1_usize..900, 0..5).prop_map(Step::Chunked),
    ]
}

/// A gateway in front of a back end that sends content back, in the framing it came in.
fn world() -> &'static World {
    static WORLD: OnceLock<(World, Backend)> = OnceLock::new();
    let (world, _backend) = WORLD.get_or_init(|| {
        let backend = Backend::start(|peer| {
            while let Some(body) = peer.body() {
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
                peer.send([head.into_bytes(), body].concat());
            }
        });
        let api = Api::default().route("POST /p", proxy(backend.address)).route("GET /m", says("m"));
        (World::start(api), backend)
    });
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn pipelined_requests_mean_the_same_however_they_are_cut(
        steps in proptest::collection::vec(step(), 1..8),
        cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..12),
    ) {
        let bytes: Vec<u8> = steps.iter().flat_map(Step::bytes).collect();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let mut client = world().client();
        for pair in cuts.windows(2) {
            client.send(&bytes[pair[0]..pair[1]]);
            std::thread::sleep(std::time::Duration::from_micros(300));
        }
        for step in &steps {
            prop_assert_eq!(client.reply().body, step.expected());
        }
    }

    #[test]
    fn answers_mean_the_same_however_they_are_cut(
        sizes in proptest::collection::vec(1_usize..40_000, 0..6),
        framing in 0..3,
        cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..8),
    ) {
        let whole: Vec<u8> = sizes.iter().flat_map(|size| content(*size)).collect();
        let mut bytes = match framing {
            0 => format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", whole.len()),
            1 => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(),
            _ => "HTTP/1.1 200 OK\r\n\r\n".to_owned(),
        }.into_bytes();
        if framing == 1 {
            for size in &sizes {
                bytes.extend_from_slice(format!("{size:x}\r\n").as_bytes());
                bytes.extend_from_slice(&content(*size));
                bytes.extend_from_slice(b"\r\n");
            }
            bytes.extend_from_slice(b"0\r\n\r\n");
        } else {
            bytes.extend_from_slice(&whole);
        }
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let backend = Backend::start(move |peer| {
            peer.request();
            for pair in cuts.windows(2) {
                peer.send(&bytes[pair[0]..pair[1]]);
                std::thread::sleep(std::time::Duration::from_micros(300));
            }
        });
        let world = World::start(Api::default().route("GET /p", proxy(backend.address)));
        let reply = world.get("/s/p");
        prop_assert!(reply.is_whole && reply.status == 200);
        prop_assert_eq!(reply.body, whole);
    }
}

#[test]
fn the_tools_of_these_tests_read_chunks() {
    let message = b"H\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nrest";
    assert_eq!(framed(message, 33), Some(message.len() - 4));
    assert_eq!(unchunk(&message[33..]), b"abc");
}
