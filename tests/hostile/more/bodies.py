"""Bodies and what follows them: lengths, codings, chunks, pipelining, HTTP/1.0, and clients that stop."""

from __future__ import annotations

from case import ACCEPT, CHUNKED, CLOSE, HIDDEN, REJECT, REJECT_ANY, Row, case, chunks, get, post, request


def lengths() -> list[Row]:
    rejected = {
        "cl-20-digits": ("10000000000000000000", "bounded digits"),
        "cl-list": ("5, 5", "a list of equal lengths"),
        "cl-list-empty": ("5,", "a list with an empty element"),
        "cl-tab-inside": ("5\t5", "two numbers"),
        "cl-quoted": ('"5"', "not digits"),
        "cl-nbsp": ("\xa05", "a no-break space is no white space"),
        "cl-underscore-digits": ("1_0", "Python reads it as 10"),
        "cl-binary": ("0b101", "not decimal"),
        "cl-octal": ("0o5", "not decimal"),
        "cl-vt": ("\x0b5", "VT is no white space"),
        "cl-suffix": ("5bytes", "atoi reads it as 5"),
        "cl-arabic": ("\xd9\xa5", "a digit, but not of ASCII"),
    }
    rows = [
        case("content-length", name, REJECT, post(name, f"Content-Length: {value}", body=b"hello"), why, "9110 8.6")
        for name, (value, why) in rejected.items()
    ]
    pairs = {
        "cl-dup-case": ("Content-Length: 5", "CONTENT-LENGTH: 47", "names are case-insensitive"),
        "cl-dup-empty": ("Content-Length:", "Content-Length: 5", "an empty one first"),
        "cl-dup-far": ("Content-Length: 5", "X-A: 1\r\nContent-Length: 5", "another field between them"),
        "cl-underscore-name": ("Content_Length: 5", "X-A: 1", "a look-alike for servers that fold _ to -"),
        "cl-underscore-both": ("Content-Length: 5", "Content_Length: 47", "a look-alike beside the real one"),
    }
    rows += [
        case("content-length", name, REJECT, post(name, one, two, body=b"hello"), why, "9112 6.3")
        for name, (one, two, why) in pairs.items()
    ]
    return rows + accepted_lengths()


def accepted_lengths() -> list[Row]:
    def row(name: str, raw: bytes, why: str, **flags: bool | int) -> Row:
        return case("content-length", name, ACCEPT, raw, why, "9112 6.2", **flags)

    five, hidden = "Content-Length: 5", f"Content-Length: {len(HIDDEN)}"
    binary = bytes(range(256))
    return [
        row("cl-leading-zeros", post("cl-leading-zeros", "Content-Length: 0005", body=b"hello"), "1*DIGIT"),
        row("cl-ows", post("cl-ows", "Content-Length: \t 5 \t", body=b"hello"), "OWS is trimmed"),
        row("cl-upper", post("cl-upper", "CONTENT-LENGTH: 5", body=b"hello"), "names are case-insensitive"),
        row("cl-bytes", post("cl-bytes", "Content-Length: 256", body=binary), "every byte value is content"),
        row(
            "cl-delete",
            request("cl-delete", hidden, method="DELETE", body=HIDDEN),
            "DELETE with content",
            alt_reject=True,
        ),
        row(
            "cl-options",
            request("cl-options", hidden, method="OPTIONS", body=HIDDEN),
            "OPTIONS with content",
            alt_reject=True,
        ),
        row("cl-put", request("cl-put", hidden, method="PUT", body=HIDDEN), "content that looks like a request"),
        row(
            "cl-zero-then-get",
            post("cl-z", "Content-Length: 0") + get("cl-zb"),
            "nothing belongs to the first",
            max_backend=2,
        ),
        row(
            "cl-exact-then-get",
            post("cl-e", five, body=b"hello") + get("cl-eb"),
            "the sixth byte is the next",
            max_backend=2,
        ),
        row(
            "cl-crlf-then-get",
            post("cl-c", five, body=b"hello\r\n") + get("cl-cb"),
            "one empty line between",
            max_backend=2,
        ),
    ]


def too_large() -> list[Row]:
    def row(name: str, raw: bytes, why: str) -> Row:
        return case("content-length", name, REJECT_ANY, raw, "413: " + why, "9110 15.5.14")

    return [
        row(
            "cl-over-10mb",
            post("cl-over-10mb", "Content-Length: 10485761", body=b"x"),
            "one byte over the payload limit",
        ),
        row(
            "cl-19-digits",
            post("cl-19-digits", "Content-Length: 9999999999999999999", body=b"x"),
            "as long as can be said",
        ),
        row(
            "chunk-over-10mb", post("chunk-over-10mb", CHUNKED, body=b"a00001\r\nx"), "one chunk over the payload limit"
        ),
        row(
            "chunk-sum-over",
            post("chunk-sum-over", CHUNKED, body=b"1\r\nx\r\na00000\r\nx"),
            "two chunks over the limit",
        ),
    ]


def codings() -> list[Row]:
    rejected = {
        "te-empty": ("Transfer-Encoding:", "no coding"),
        "te-dup-chunked": (f"{CHUNKED}\r\n{CHUNKED}", "chunked twice over lines"),
        "te-chunked-twice": ("Transfer-Encoding: chunked, chunked", "chunked twice"),
        "te-identity": ("Transfer-Encoding: identity", "obsolete, and a known way to disagree"),
        "te-semicolon": ("Transfer-Encoding: chunked;", "a coding without its parameter"),
        "te-leading-comma": ("Transfer-Encoding: , chunked", "an empty list element (policy)"),
        "te-deflate": ("Transfer-Encoding: deflate, chunked", "a coding that is not undone here"),
        "te-underscore": ("Transfer_Encoding: chunked", "a look-alike for servers that fold _ to -"),
        "te-cl-zero": (f"Content-Length: 0\r\n{CHUNKED}", "both present, the length zero"),
        "te-cl-after": (f"{CHUNKED}\r\nContent-Length: 15", "both present, the length of the coded body"),
        "te-nul": ("Transfer-Encoding: chunked\0", "NUL in the value"),
        "te-cow": ("Transfer-Encoding: cow", "no such coding"),
        "te-quoted-pair": ("Transfer-Encoding: chun\\ked", "not the token"),
    }
    body = chunks(b"hello")
    rows = [
        case("transfer-encoding", name, REJECT, post(name, f, body=body), why, "9112 6.1")
        for name, (f, why) in rejected.items()
    ]
    old = post("te-http10", CHUNKED, version="HTTP/1.0", body=body)
    prefix = post("te-x-prefix", "X-Transfer-Encoding: chunked", "Content-Length: 5", body=b"hello")
    asks = get("te-asks", "TE: trailers, chunked;q=0.5", "Connection: TE")
    with_get = request("te-get", CHUNKED, body=chunks(HIDDEN))
    with_head = request("te-head", CHUNKED, method="HEAD", body=chunks(HIDDEN))
    return [
        *rows,
        case("transfer-encoding", "te-http10", REJECT, old, "HTTP/1.0 has no transfer codings", "9112 6.1"),
        case("transfer-encoding", "te-x-prefix", ACCEPT, prefix, "another name frames nothing", "9110 5.1"),
        case("transfer-encoding", "te-asks", ACCEPT, asks, "TE is not Transfer-Encoding", "9110 10.1.4"),
        case("transfer-encoding", "te-get", ACCEPT, with_get, "GET with content", "9110 9.3.1", alt_reject=True),
        case("transfer-encoding", "te-head", ACCEPT, with_head, "HEAD with content", "9110 9.3.2", alt_reject=True),
    ]


def _chunk_rows(expect: str, rows: dict[str, tuple[bytes, str]]) -> list[Row]:
    return [
        case("chunk", name, expect, post(name, CHUNKED, body=body), why, "9112 7.1")
        for name, (body, why) in rows.items()
    ]


def good_chunks() -> list[Row]:
    trailers = b"".join(b"X-%d: 1\r\n" % number for number in range(20))
    return _chunk_rows(
        ACCEPT,
        {
            "chunk-empty": (b"0\r\n\r\n", "no content at all"),
            "chunk-one-byte-each": (chunks(b"h", b"e", b"l", b"l", b"o"), "many chunks"),
            "chunk-hex-case": (b"A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", "digits in either case"),
            "chunk-size-zeros": (b"005\r\nhello\r\n0\r\n\r\n", "leading zeros"),
            "chunk-size-16": (b"0000000000000005\r\nhello\r\n0\r\n\r\n", "16 digits: at the limit"),
            "chunk-last-zeros": (b"5\r\nhello\r\n0000\r\n\r\n", "a last chunk is 1*0"),
            "chunk-hidden": (chunks(HIDDEN), "data that looks like a request"),
            "chunk-crlf-data": (chunks(b"\r\n0\r\n\r\n"), "data that looks like the end"),
            "chunk-ext-name": (b"5;a\r\nhello\r\n0\r\n\r\n", "an extension without a value"),
            "chunk-ext-two": (b"5;a=1;b=2\r\nhello\r\n0\r\n\r\n", "two extensions"),
            "chunk-ext-bws": (b"5 ; a = b\r\nhello\r\n0\r\n\r\n", "bad white space is removed"),
            "chunk-ext-pair": (b'5;a="\\"\\\\"\r\nhello\r\n0\r\n\r\n', "quoted pairs"),
            "chunk-ext-last": (b"5\r\nhello\r\n0;a=b\r\n\r\n", "an extension of the last chunk"),
            "chunk-ext-256": (b"5;a=" + b"b" * 250 + b"\r\nhello\r\n0\r\n\r\n", "within bounds"),
            "chunk-trailers-20": (b"5\r\nhello\r\n0\r\n" + trailers + b"\r\n", "within bounds, dropped"),
            "chunk-trailer-host": (b"5\r\nhello\r\n0\r\nHost: smuggled.test\r\n\r\n", "a trailer routes nothing"),
            "chunk-trailer-empty": (b"5\r\nhello\r\n0\r\nX-A:\r\n\r\n", "an empty value"),
        },
    )


def bad_chunks() -> list[Row]:
    return _chunk_rows(
        REJECT,
        {
            "chunk-size-17": (b"00000000000000005\r\nhello\r\n0\r\n\r\n", "17 digits: over the limit"),
            "chunk-size-underscore": (b"0_5\r\nhello\r\n0\r\n\r\n", "not hexadecimal"),
            "chunk-size-plus": (b"+5\r\nhello\r\n0\r\n\r\n", "a sign"),
            "chunk-size-comma": (b"5,5\r\nhello\r\n0\r\n\r\n", "two sizes"),
            "chunk-size-dot": (b"5.0\r\nhello\r\n0\r\n\r\n", "not hexadecimal"),
            "chunk-size-h": (b"5h\r\nhello\r\n0\r\n\r\n", "not hexadecimal"),
            "chunk-size-trailing-sp": (b"5 \r\nhello\r\n0\r\n\r\n", "white space without an extension (policy)"),
            "chunk-size-fullwidth": (b"\xef\xbc\x95\r\nhello\r\n0\r\n\r\n", "a digit, but not of ASCII"),
            "chunk-leading-crlf": (b"\r\n5\r\nhello\r\n0\r\n\r\n", "an empty line before the size"),
            "chunk-ext-empty": (b"5;\r\nhello\r\n0\r\n\r\n", "a semicolon without a name"),
            "chunk-ext-no-value": (b"5;a=\r\nhello\r\n0\r\n\r\n", "an equals sign without a value"),
            "chunk-ext-open-quote": (b'5;a="b\r\nhello\r\n0\r\n\r\n', "a quoted string without its end"),
            "chunk-ext-after-quote": (b'5;a="b"c\r\nhello\r\n0\r\n\r\n', "bytes behind a quoted string"),
            "chunk-ext-ctl": (b"5;a=\x07\r\nhello\r\n0\r\n\r\n", "a control"),
            "chunk-ext-cr-smuggle": (b"5;a\rb\n\r\nhello\r\n0\r\n\r\n", "CR and LF apart"),
            "chunk-data-lf": (b"5\r\nhello\n0\r\n\r\n", "data ends with a bare LF"),
            "chunk-data-cr": (b"5\r\nhello\r0\r\n\r\n", "data ends with a bare CR"),
            "chunk-then-request": (b"5\r\nhello\r\n" + HIDDEN, "a request line where a size must be"),
            "chunk-last-lf-lf": (b"5\r\nhello\r\n0\n\n", "bare LFs end the body for one parser"),
            "chunk-trailer-fold": (b"5\r\nhello\r\n0\r\nX-A: 1\r\n 2\r\n\r\n", "obs-fold in a trailer"),
            "chunk-trailer-space": (b"5\r\nhello\r\n0\r\nX-A : 1\r\n\r\n", "white space before the colon"),
            "chunk-trailer-cr": (b"5\r\nhello\r\n0\r\nX-A: 1\rX-B: 2\r\n\r\n", "bare CR in a trailer"),
            "chunk-trailer-empty-name": (b"5\r\nhello\r\n0\r\n: 1\r\n\r\n", "an empty name"),
            "chunk-trailer-token": (b"5\r\nhello\r\n0\r\nX A: 1\r\n\r\n", "a name is a token"),
            "chunk-end-cr": (b"5\r\nhello\r\n0\r\n\r" + HIDDEN, "a bare CR ends the body for one parser"),
        },
    )


def chunk_floods() -> list[Row]:
    flood = b"".join(b"1;%s\r\nx\r\n" % (b"a" * 100) for _ in range(60)) + b"0\r\n\r\n"
    return _chunk_rows(
        REJECT_ANY,
        {
            "chunk-ext-2k": (b"5;a=" + b"b" * 2048 + b"\r\nhello\r\n0\r\n\r\n", "one extension over its bound"),
            "chunk-ext-flood": (flood, "many extensions that are over their bound together"),
            "chunk-trailer-9k": (b"5\r\nhello\r\n0\r\nX-A: " + b"b" * 9000 + b"\r\n\r\n", "trailers over their bound"),
        },
    )


def pipelining() -> list[Row]:
    def row(name: str, raw: bytes, why: str, backend: int = 1) -> Row:
        flags = {"max_backend": backend} if backend > 1 else {}
        return case("pipeline", name, ACCEPT, raw, why, "9112 9.3.2", **flags)

    five = "Content-Length: 5"
    first, head = get("pipe-a"), request("pipe-head", method="HEAD")
    mixed = post("pipe-b", five, body=b"hello") + get("pipe-c") + post("pipe-d", CHUNKED, body=chunks(b"hello"))
    twice = b"".join(get(f"pipe-{number}") for number in range(5))
    bad = {
        "pipe-bad-host": (get("smuggled", host=""), "the second has no Host"),
        "pipe-bad-length": (post("smuggled", five, five, body=b"hello"), "the second has two lengths"),
        "pipe-bad-both": (post("smuggled", five, CHUNKED, body=chunks(b"hello")), "the second has both framings"),
        "pipe-bad-chunk": (post("smuggled", CHUNKED, body=b"z\r\n"), "the second has a bad chunk"),
        "pipe-bad-version": (get("smuggled", version="HTTP/3.0"), "the second has another version"),
        "pipe-bad-lf": (get("smuggled").replace(b"\r\n", b"\n"), "the second has bare LFs"),
        "pipe-bad-fold": (get("smuggled", "X-A: 1\r\n 2"), "the second folds a line"),
        "pipe-bad-crlfs": (b"\r\n\r\n" + get("smuggled"), "two empty lines between"),
    }
    rows = [
        row(name, first + raw, f"{why}: the first is answered, the second refused") for name, (raw, why) in bad.items()
    ]
    closing = get("pipe-close", "Connection: close") + get("smuggled")
    return [
        *rows,
        row("pipe-close", closing, "nothing is served after Connection: close"),
        row("pipe-head-get", head + first, "no content follows the answer to HEAD", 2),
        row("pipe-five", twice, "five answers, in order", 5),
        row("pipe-mixed", mixed, "bodies of each framing", 3),
        row("pipe-after-chunked", post("pipe-e", CHUNKED, body=chunks(b"hello")) + first, "the last chunk ends it", 2),
        row(
            "pipe-after-trailers",
            post("pipe-f", CHUNKED, body=b"0\r\nX-A: 1\r\n\r\n") + first,
            "trailers belong to it",
            2,
        ),
        row("pipe-after-get-body", request("pipe-g", five, body=b"hello") + first, "the content of a GET is read", 2),
        row("pipe-half", first + b"GET /smuggled HTTP/1.1\r\nHost: smu", "the second is not complete"),
    ]


def http10() -> list[Row]:
    def row(name: str, expect: str, raw: bytes, why: str, **flags: bool | int) -> Row:
        return case("http10", name, expect, raw, why, "9112 9.3", **flags)

    old = "HTTP/1.0"
    keep = get("h10-keep", "Connection: keep-alive", version=old)
    no_length = post("h10-post", version=old, body=b"hello")
    absolute = get("h10-abs", version=old, target="http://{{HOST}}/h/h10-abs")
    five = post("h10-length", "Content-Length: 5", version=old, body=b"hello")
    return [
        row("h10-keep-alive", ACCEPT, keep + get("h10-b", version=old), "kept open on request", max_backend=2),
        row(
            "h10-closes", ACCEPT, get("h10-closes", version=old) + get("smuggled"), "closed without a request for more"
        ),
        row(
            "h10-keep-close",
            ACCEPT,
            get("h10", "Connection: keep-alive, close", version=old) + get("smuggled"),
            "close wins",
        ),
        row("h10-post-no-length", ACCEPT, no_length, "no length is no content; the rest is not read as a request"),
        row("h10-length", ACCEPT, five, "content by length"),
        row("h10-absolute", ACCEPT, absolute, "absolute-form in HTTP/1.0"),
        row("h10-head", ACCEPT, request("h10-head", method="HEAD", version=old), "HEAD in HTTP/1.0"),
        row("h10-no-host", REJECT, get("h10", version=old, host=""), "no API is named (policy)"),
        row("h10-two-hosts", REJECT, get("h10", "Host: smuggled.test", version=old), "two Hosts"),
        row(
            "h10-keep-te",
            REJECT,
            post("h10", "Connection: keep-alive", CHUNKED, version=old, body=chunks(HIDDEN)),
            "HTTP/1.0 has no transfer codings",
        ),
    ]


def stopped() -> list[Row]:
    def row(name: str, raw: bytes, why: str, half_close: bool = True) -> Row:
        flags = {"half_close": True} if half_close else {}
        return case("slow", name, CLOSE, raw, why, "9112 8", **flags)

    half = get("ok-half-close")
    five = "Content-Length: 5"
    return [
        case(
            "control",
            "ok-half-close",
            ACCEPT,
            half,
            "a client may stop sending and still read",
            "9112 9.6",
            half_close=True,
        ),
        row("trunc-body-none", post("trunc-body-none", five), "half-closed before the body"),
        row("trunc-body-part", post("trunc-body-part", five, body=b"hell"), "half-closed within the body"),
        row("trunc-chunk-size", post("trunc-chunk-size", CHUNKED, body=b"5"), "half-closed within a size"),
        row("trunc-chunk-data", post("trunc-chunk-data", CHUNKED, body=b"5\r\nhel"), "half-closed within a chunk"),
        row(
            "trunc-chunk-end",
            post("trunc-chunk-end", CHUNKED, body=b"5\r\nhello\r\n0\r\n"),
            "half-closed before the last CRLF",
        ),
        row(
            "trunc-trailer", post("trunc-trailer", CHUNKED, body=b"0\r\nX-A: 1\r\n"), "half-closed within the trailers"
        ),
        row("trunc-crlf", b"\r\n", "half-closed after an empty line"),
        row("slow-request-line", b"GET /h/slow", "the request line never ends", half_close=False),
        row(
            "slow-trailer", post("slow-trailer", CHUNKED, body=b"0\r\nX-A"), "the trailers never end", half_close=False
        ),
    ]


def rows() -> list[Row]:
    return [
        *lengths(),
        *too_large(),
        *codings(),
        *good_chunks(),
        *bad_chunks(),
        *chunk_floods(),
        *pipelining(),
        *http10(),
        *stopped(),
    ]
