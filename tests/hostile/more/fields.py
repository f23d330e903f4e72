"""Header fields: hosts, names and values, counts and sizes, connection options, expectations, upgrades."""

from __future__ import annotations

from case import ACCEPT, CHUNKED, HIDDEN, REJECT, REJECT_ANY, Row, case, chunks, get, post


def hosts() -> list[Row]:
    values = {
        "host-empty": ("", "an http URI has a host", "9110 4.2.1"),
        "host-only-port": (":80", "an http URI has a host", "9110 4.2.1"),
        "host-userinfo": ("a@{{HOST}}", "user information is not part of Host", "9110 7.2"),
        "host-scheme": ("http://{{HOST}}", "a URI is no authority", "9110 7.2"),
        "host-port-65536": ("smuggled.test:65536", "port out of range", "3986 3.2.3"),
        "host-port-long": ("smuggled.test:000000000080", "bounded digits", "3986 3.2.3"),
        "host-port-negative": ("smuggled.test:-80", "a port is digits", "3986 3.2.3"),
        "host-port-plus": ("smuggled.test:+80", "a port is digits", "3986 3.2.3"),
        "host-port-space": ("smuggled.test: 80", "white space in the authority", "3986 3.2.3"),
        "host-ipv6-bare": ("::1", "an IPv6 address stands in brackets", "3986 3.2.2"),
        "host-ipv6-open": ("[::1", "bracket not closed", "3986 3.2.2"),
        "host-ipv6-tail": ("[::1]smuggled.test", "bytes behind the bracket", "3986 3.2.2"),
        "host-ipv6-zone": ("[fe80::1%25eth0]", "a zone has a meaning on one machine only", "6874 2"),
        "host-ipv6-port-words": ("[::1]:http", "a port is digits", "3986 3.2.3"),
        "host-ipv6-name": ("[smuggled.test]", "no address in brackets", "3986 3.2.2"),
        "host-ipv6-long": ("[1:2:3:4:5:6:7:8:9]", "nine groups", "3986 3.2.2"),
        "host-tab": ("{{HOST}}\tsmuggled.test", "white space in the authority", "9110 7.2"),
        "host-backslash": ("{{HOST}}\\x", "not in authority grammar", "3986 3.2.2"),
        "host-pct-nul": ("a%00b", "an encoded NUL truncates in C back ends", "3986 3.2.2"),
        "host-nul": ("{{HOST}}\0.smuggled.test", "NUL in the value", "9110 5.5"),
        "host-quote": ('"{{HOST}}"', "not in authority grammar", "3986 3.2.2"),
        "host-angle": ("<{{HOST}}>", "not in authority grammar", "3986 3.2.2"),
    }
    rows = [
        case("host", name, REJECT, get(name, host=f"Host: {value}"), why, rfc)
        for name, (value, why, rfc) in values.items()
    ]
    lines = {
        "host-missing": ("", "required in HTTP/1.1"),
        "host-dup-same": ("Host: {{HOST}}\r\nHost: {{HOST}}", "more than one, even if equal"),
        "host-dup-empty": ("Host:\r\nHost: {{HOST}}", "an empty one first"),
        "host-lf-second": ("Host: {{HOST}}\nHost: smuggled.test", "a second one behind a bare LF"),
        "host-semicolon": ("Host; {{HOST}}", "no colon"),
        "host-nul-name": ("Host\0: smuggled.test\r\nHost: {{HOST}}", "NUL in the name"),
        "host-fold-second": ("Host: {{HOST}}\r\n Host: smuggled.test", "a second one behind a fold"),
    }
    rows += [case("host", name, REJECT, get(name, host=line), why, "9112 3.2") for name, (line, why) in lines.items()]
    forwarded = get("host-x-forwarded", "X-Forwarded-Host: smuggled.test", "Forwarded: host=smuggled.test")
    unknown = get("host-ipv6-unknown", host="Host: [2001:db8::1]:8080")
    return [
        *rows,
        case("host", "host-x-forwarded", ACCEPT, forwarded, "must not route by what the client claims", "7239 8.1"),
        case(
            "host", "host-ipv6-unknown", REJECT_ANY, unknown, "valid, but nothing served", "3986 3.2.2", info_only=True
        ),
    ]


def names_and_values() -> list[Row]:
    rejected = {
        "fld-nul-value": ("X-A: a\0b", "NUL in a value"),
        "fld-bare-cr-value": ("X-A: a\rb", "bare CR in a value"),
        "fld-cr-cr-lf": ("X-A: a\r", "CR CR LF"),
        "fld-bel-value": ("X-A: a\x07b", "a control in a value"),
        "fld-ff-value": ("X-A: a\x0cb", "form feed is no white space"),
        "fld-space-line": (" ", "a line of white space folds or ends the head"),
        "fld-tab-line": ("\t", "a line of white space folds or ends the head"),
        "fld-comma-name": ("X,A: 1", "a name is a token"),
        "fld-equals-name": ("X=A: 1", "a name is a token"),
        "fld-brackets-name": ("X[A]: 1", "a name is a token"),
        "fld-at-name": ("X@A: 1", "a name is a token"),
        "fld-del-name": ("X\x7fA: 1", "DEL in a name"),
        "fld-two-spaces-colon": ("X-A  : 1", "white space before the colon"),
        "fld-conn-space": ("Connection: close smuggled", "an option is a token"),
        "fld-conn-quote": ('Connection: "close"', "an option is a token"),
    }
    accepted = {
        "fld-empty-value": ("X-A:", "a value may be empty"),
        "fld-no-ows": ("X-A:1", "the space is optional"),
        "fld-tab-value": ("X-A: a\tb", "HTAB is allowed within"),
        "fld-latin1-value": ("X-A: caf\xe9", "obs-text octets, no UTF-8"),
        "fld-high-value": ("X-A: \x80\xff", "obs-text octets at both ends"),
        "fld-all-tchar": ("X!#$%&'*+-.^_`|~09: 1", "every token character"),
        "fld-underscore": ("X_Forwarded_For: 10.0.0.1", "an underscore is a token character"),
        "fld-long-name": ("X-" + "a" * 1000 + ": 1", "names are bounded by the head only"),
        "fld-conn-unknown": ("Connection: X-Not-There, keep-alive", "nominating a field that is not there"),
        "fld-conn-nominated": ("Connection: X-A\r\nX-A: 1", "a nominated field is not forwarded"),
        "fld-conn-empty": ("Connection: ,, ,", "empty list elements are ignored"),
        "fld-conn-many": (
            "Connection: " + ", ".join(f"X-{n}" for n in range(200)),
            "many nominations, bounded by the head",
        ),
        "fld-conn-authorization": (
            "Connection: X-Forwarded-For",
            "a client cannot have the gateway's own fields dropped",
        ),
        "fld-proxy-connection": ("Proxy-Connection: close", "not a standard field, means nothing"),
        "fld-keep-alive": ("Keep-Alive: timeout=9999, max=9999", "hop-by-hop, the client sets no limits"),
        "fld-override-delete": ("X-HTTP-Method-Override: DELETE", "the verb is the request line's"),
        "fld-override-method": ("X-HTTP-Method: PUT\r\nX-Method-Override: TRACE", "the verb is the request line's"),
        "fld-override-url": ("X-Original-URL: /smuggled\r\nX-Rewrite-URL: /smuggled", "the path is the request line's"),
        "fld-spoofed": (
            "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: https\r\nX-Amzn-Trace-Id: Root=x",
            "no trust",
        ),
    }
    rows = [case("field", name, REJECT, get(name, f), why, "9110 5") for name, (f, why) in rejected.items()]
    return rows + [case("field", name, ACCEPT, get(name, f), why, "9110 5") for name, (f, why) in accepted.items()]


def sizes() -> list[Row]:
    hundred = get("fld-100", *[f"X-{n}: 1" for n in range(99)])
    hundred_one = get("fld-101", *[f"X-{n}: 1" for n in range(100)])
    within = get("fld-head-9900", "X-A: " + "a" * 9800)
    beyond = get("fld-head-10300", "X-A: " + "a" * 10300)
    spread = get("fld-head-spread", *[f"X-{n}: {'a' * 130}" for n in range(80)])
    return [
        case("field", "fld-100", ACCEPT, hundred, "100 fields with Host: at the limit", "9110 5.4"),
        case("field", "fld-101", REJECT_ANY, hundred_one, "431: one field over the limit", "6585 5"),
        case("field", "fld-head-9900", ACCEPT, within, "just under 10,240 bytes of head", "9110 5.4"),
        case("field", "fld-head-10300", REJECT_ANY, beyond, "431: just over 10,240 bytes of head", "6585 5"),
        case("field", "fld-head-spread", REJECT_ANY, spread, "431: over 10,240 bytes in 80 fields", "6585 5"),
    ]


def expectations() -> list[Row]:
    rejected = {
        "exp-list": ("Expect: 100-continue, 200-maybe", "one unknown expectation among known"),
        "exp-empty": ("Expect:", "no expectation at all"),
        "exp-param": ("Expect: 100-continue;q=1", "no parameters are defined"),
        "exp-space": ("Expect: 100 -continue", "not the token"),
        "exp-prefix": ("Expect: 100-continued", "not the token"),
        "exp-second-bogus": ("Expect: 100-continue\r\nExpect: x", "a second, unknown expectation"),
        "exp-quoted": ('Expect: "100-continue"', "not the token"),
    }
    rows = [
        case(
            "expect", name, REJECT_ANY, post(name, f, "Content-Length: 5", body=b"hello"), "417: " + why, "9110 10.1.1"
        )
        for name, (f, why) in rejected.items()
    ]

    def row(name: str, expect: str, raw: bytes, why: str, backend: int = 1) -> Row:
        flags = {"max_backend": backend} if backend > 1 else {}
        return case("expect", name, expect, raw, why, "9110 10.1.1", **flags)

    wait, five = "Expect: 100-continue", "Content-Length: 5"
    return [
        *rows,
        row(
            "exp-chunked",
            ACCEPT,
            post("exp-chunked", wait, CHUNKED, body=chunks(b"hello")),
            "a client that does not wait",
        ),
        row("exp-no-body", ACCEPT, get("exp-no-body", wait), "no content: nothing to wait for"),
        row("exp-length-0", ACCEPT, post("exp-length-0", wait, "Content-Length: 0"), "no content: nothing to wait for"),
        row("exp-upper", ACCEPT, post("exp-upper", "EXPECT: 100-CONTINUE", five, body=b"hello"), "case-insensitive"),
        row("exp-twice", ACCEPT, post("exp-twice", wait, wait, five, body=b"hello"), "a list with one member twice"),
        row(
            "exp-http10",
            ACCEPT,
            post("exp-http10", wait, five, version="HTTP/1.0", body=b"hello"),
            "ignored in HTTP/1.0",
        ),
        row(
            "exp-bad-chunk",
            REJECT,
            post("exp-bad-chunk", wait, CHUNKED, body=b"z\r\n"),
            "the body is checked all the same",
        ),
        row("exp-dup-length", REJECT, post("exp-dup", wait, five, five, body=b"hello"), "refused before any 100"),
        row(
            "exp-pipelined",
            ACCEPT,
            post("exp-p", wait, five, body=b"hello") + get("exp-q"),
            "next request behind it",
            2,
        ),
        row("exp-hidden", ACCEPT, post("exp-hidden", wait, CHUNKED, body=chunks(HIDDEN)), "content stays content"),
    ]


def upgrades() -> list[Row]:
    def row(name: str, expect: str, raw: bytes, why: str, **flags: bool | int) -> Row:
        return case("upgrade", name, expect, raw, why, "9110 7.8", **flags)

    socket = ["Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="]
    h2c = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"]
    ws = get("upg-ws", "Connection: Upgrade", *socket)
    ignored = {
        "upg-ws": (ws, "a REST API has no sockets: ignored, not forwarded"),
        "upg-ws-post": (
            post("upg-ws-post", "Connection: Upgrade", *socket, "Content-Length: 5", body=b"hello"),
            "content stays content",
        ),
        "upg-unnominated": (get("upg-unnominated", *socket), "without Connection: Upgrade"),
        "upg-tls": (get("upg-tls", "Connection: Upgrade", "Upgrade: TLS/1.0"), "no TLS in place (RFC 2817)"),
        "upg-list": (get("upg-list", "Connection: Upgrade", "Upgrade: foo/1, h2c, websocket"), "a list"),
        "upg-http10": (get("upg-http10", *h2c, version="HTTP/1.0"), "ignored in HTTP/1.0"),
        "upg-h2c-chunked": (post("upg-h2c-chunked", *h2c, CHUNKED, body=chunks(HIDDEN)), "content stays content"),
        "upg-h2c-two": (get("upg-h2c-two", *h2c, h2c[2]), "two HTTP2-Settings"),
    }
    space = get("upg", "Connection: Upgrade", "Upgrade : h2c")
    return [
        *[row(name, ACCEPT, raw, why, alt_reject=True) for name, (raw, why) in ignored.items()],
        row("upg-ws-then-get", ACCEPT, ws + get("upg-ws-b"), "what follows is a request, not a tunnel", max_backend=2),
        row("upg-ws-hidden-host", ACCEPT, ws + HIDDEN, "another host behind it is not served here", max_backend=2),
        row("upg-space-colon", REJECT, space, "white space before the colon"),
        row("upg-dup-host", REJECT, get("upg", *h2c, "Host: smuggled.test"), "an upgrade does not lift other rules"),
    ]


def rows() -> list[Row]:
    return [*hosts(), *names_and_values(), *sizes(), *expectations(), *upgrades()]
