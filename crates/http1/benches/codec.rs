//! Nanoseconds per head and per chunked body, best and median of several rounds; no framework, so that it builds in a
//! moment: `cargo bench -p stagegate-http1`.

use std::hint::black_box;
use std::time::Instant;

use stagegate_http1::{BodyDecoder, BodyLength, ChunkLimits, HeadLimits, RequestHead, ResponseHead, encode};

const ROUNDS: usize = 15;
const REPEATS: u32 = 100_000;

const BROWSER: &[u8] = b"GET /petstore/pets/4711?limit=20&sort=name HTTP/1.1\r\n\
    Host: a1b2c3d4e5.execute-api.us-east-1.localhost:8080\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n\
    Accept: application/json, text/plain, */*\r\n\
    Accept-Language: en-US,en;q=0.5\r\n\
    Accept-Encoding: gzip, deflate\r\n\
    Referer: http://localhost:3000/pets\r\n\
    Origin: http://localhost:3000\r\n\
    Authorization: Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N\r\n\
    Connection: keep-alive\r\n\
    Cookie: session=0123456789abcdef0123456789abcdef\r\n\r\n";

const LOAD_TOOL: &[u8] =
    b"GET /petstore/pets/4711 HTTP/1.1\r\nHost: a1b2c3d4e5.execute-api.us-east-1.localhost:8080\r\n\r\n";

const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sun, 22 Nov 2026 13:00:00 GMT\r\n\
    Content-Type: application/json\r\nContent-Length: 256\r\nConnection: keep-alive\r\nETag: \"66f0a1b2-100\"\r\n\r\n";

/// Runs `work` in rounds and prints nanoseconds per call.
fn measure(name: &str, bytes: usize, mut work: impl FnMut()) {
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..REPEATS {
                work();
            }
            start.elapsed().as_secs_f64() * 1e9 / f64::from(REPEATS)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    println!("{name:<36} {bytes:>6} bytes  best {:>7.1} ns  median {:>7.1} ns", rounds[0], rounds[ROUNDS / 2]);
}

fn measure_request(name: &str, raw: &[u8]) {
    let limits = HeadLimits::default();
    let mut head = RequestHead::new();
    let mut input = Vec::new();
    measure(name, raw.len(), || {
        input.extend_from_slice(black_box(raw));
        assert_eq!(head.parse(&mut input, &limits), Ok(true));
        black_box(&head);
    });
}

fn measure_chunked(name: &str, chunk_bytes: usize, chunks: usize) {
    let mut raw = Vec::new();
    for _ in 0..chunks {
        encode::chunk(&mut raw, &vec![b'x'; chunk_bytes]);
    }
    encode::last_chunk(&mut raw);
    measure(name, raw.len(), || {
        let mut body = BodyDecoder::new(BodyLength::Chunked, &ChunkLimits::default());
        let mut position = 0;
        while !body.is_done() {
            let decoded = body.decode(black_box(&raw[position..])).expect("well-formed");
            black_box(&decoded.data);
            position += decoded.consumed;
        }
    });
}

fn measure_encoding() {
    let limits = HeadLimits::default();
    let mut head = RequestHead::new();
    assert_eq!(head.parse(&mut BROWSER.to_vec(), &limits), Ok(true));
    let mut out = Vec::new();
    measure("write the browser's head again", BROWSER.len(), || {
        out.clear();
        encode::request_line(&mut out, head.method(), head.target());
        for field in head.fields() {
            encode::field(&mut out, field.name, field.value);
        }
        encode::end_of_head(&mut out);
        black_box(&out);
    });
}

fn main() {
    measure_request("request head, load tool, 1 field", LOAD_TOOL);
    measure_request("request head, browser, 10 fields", BROWSER);
    let mut head = ResponseHead::new();
    let mut input = Vec::new();
    measure("response head, 6 fields", RESPONSE.len(), || {
        input.extend_from_slice(black_box(RESPONSE));
        assert_eq!(head.parse(&mut input, &HeadLimits::default(), false), Ok(true));
        black_box(&head);
    });
    measure_encoding();
    measure_chunked("chunked body, 1 x 4096", 4096, 1);
    measure_chunked("chunked body, 16 x 256", 256, 16);
    measure_chunked("chunked body, 64 x 1", 1, 64);
}
