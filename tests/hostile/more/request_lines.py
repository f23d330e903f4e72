"""Request lines and targets: grammar, percent-encoding, dot segments, absolute-form, versions."""

from __future__ import annotations

from case import ACCEPT, HIDDEN, REJECT, REJECT_ANY, Row, case, get, request

CLASS = "request-line"


def _targets(expect: str, rfc: str, rows: dict[str, tuple[str, str]]) -> list[Row]:
    return [case(CLASS, name, expect, get(name, target=target), why, rfc) for name, (target, why) in rows.items()]


def _versions(expect: str, rfc: str, rows: dict[str, tuple[str, str]]) -> list[Row]:
    return [case(CLASS, name, expect, get(name, version=version), why, rfc) for name, (version, why) in rows.items()]


def grammar() -> list[Row]:
    rows = {
        "rl-target-braces": ("/h/{rl}", "braces are not in URI grammar; some back ends expand them"),
        "rl-target-pipe": ("/h/r|l", "the pipe is not in URI grammar"),
        "rl-target-caret": ("/h/r^l", "the caret is not in URI grammar"),
        "rl-target-backtick": ("/h/r`l", "the backtick is not in URI grammar"),
        "rl-target-angle": ("/h/<rl>", "angle brackets are not in URI grammar; HTML injection into error pages"),
        "rl-target-del": ("/h/r\x7fl", "DEL is a control"),
        "rl-target-brackets-path": ("/h/r[l]", "brackets only enclose an IPv6 address"),
        "rl-target-authority": ("{{HOST}}", "authority-form is for CONNECT only"),
        "rl-target-query-only": ("?a=b", "origin-form starts with a slash"),
        "rl-target-fragment-query": ("/h/rl?a#b", "a fragment is not part of the target"),
        "rl-target-space-query": ("/h/rl?a b", "unencoded space in the query"),
        "rl-target-quote-query": ('/h/rl?a="b"', "a quote is not in URI grammar; log injection"),
    }
    accepted = {
        "rl-query-brackets": ("/h/rl-query-brackets?a[]=1&a[]=2", "brackets in a query are common and harmless"),
        "rl-query-question": ("/h/rl-query-question?a?b/c", "a query may hold ? and /"),
        "rl-query-url": ("/h/rl-query-url?u=http://other.test/x", "a URL in a query is no absolute-form"),
        "rl-query-empty": ("/h/rl-query-empty?", "an empty query is a query"),
        "rl-query-dots": ("/h/rl-query-dots?f=../../etc/passwd", "dot segments exist in paths only"),
        "rl-path-params": ("/h/rl-path-params;a=b;c", "path parameters are ordinary characters"),
        "rl-path-sub-delims": ("/h/rl-!$&'()*+,;=:@-._~", "every pchar is legal as it is"),
        "rl-target-8k": ("/h/" + "a" * 8000, "long, but within the head limit; RFC 9112 asks for 8,000 octets"),
    }
    return _targets(REJECT, "9112 3.2", rows) + _targets(ACCEPT, "3986 3.3", accepted)


def percent_encoding() -> list[Row]:
    rejected = {
        "rl-pct-nul-query": ("/h/rl?a=%00", "an encoded NUL truncates in C back ends"),
        "rl-pct-bad-query": ("/h/rl?a=%g1", "invalid percent-encoding in the query"),
        "rl-pct-one-digit": ("/h/rl%4", "invalid percent-encoding"),
        "rl-pct-overlong-slash": ("/h/%c0%afrl", "overlong UTF-8 slash"),
        "rl-pct-overlong-three": ("/h/%e0%80%ae%e0%80%ae/rl", "three-byte overlong dots"),
        "rl-pct-overlong-four": ("/h/%f0%80%80%ae/rl", "four-byte overlong dot"),
        "rl-pct-surrogate": ("/h/%ed%a0%80rl", "UTF-16 surrogates are not in UTF-8"),
        "rl-pct-beyond-unicode": ("/h/%f5%80%80%80rl", "no UTF-8 sequence starts with F5"),
    }
    accepted = {
        "rl-pct-utf8": ("/h/rl-pct-utf8-%c3%a9-%e2%82%ac-%f0%9f%98%80", "well-formed UTF-8, percent-encoded"),
        "rl-pct-space-plus": ("/h/rl-pct%20space+plus?a=%20+", "encoded spaces stay encoded"),
        "rl-pct-lower-hex": ("/h/rl-pct-%7e%7E", "hexadecimal digits in either case"),
    }
    return _targets(REJECT, "3986 2.1", rejected) + _targets(ACCEPT, "3986 2.1", accepted)


def dot_segments() -> list[Row]:
    rejected = {
        "rl-dots-inner": ("/h/a/../rl", "back ends differ in who resolves it"),
        "rl-dots-single": ("/h/./rl", "back ends differ in who resolves it"),
        "rl-dots-last": ("/h/rl/..", "a last dot segment resolves, too"),
        "rl-dots-before-query": ("/h/..?rl", "the query ends the segment"),
        "rl-dots-mixed": ("/h/.%2e/rl", "half encoded"),
        "rl-dots-upper": ("/h/%2E%2E/rl", "encoded in upper case"),
        "rl-dots-params": ("/h/..;/rl", "servlet containers strip parameters before they resolve dots"),
        "rl-dots-encoded-slash": ("/h/a%2f..%2frl", "a back end that decodes first sees a dot segment"),
        "rl-dots-encoded-backslash": ("/h/..%5crl", "a back end that folds backslashes sees a dot segment"),
        "rl-dots-climb-stage": ("/h/../canary/rl", "would reach another stage after normalisation"),
    }
    accepted = {
        "rl-dots-three": ("/h/.../rl-dots-three", "three dots are a name"),
        "rl-dots-in-name": ("/h/a..b/.well-known/rl", "dots within names"),
    }
    return _targets(REJECT_ANY, "3986 5.2.4", rejected) + _targets(ACCEPT, "3986 3.3", accepted)


def versions() -> list[Row]:
    rejected = {
        "rl-version-lowercase": ("http/1.1", "the name is case-sensitive"),
        "rl-version-sign": ("HTTP/+1.1", "a version is DIGIT . DIGIT"),
        "rl-version-two-digits": ("HTTP/01.1", "a version is DIGIT . DIGIT"),
        "rl-version-three-parts": ("HTTP/1.1.1", "a version is DIGIT . DIGIT"),
        "rl-version-suffix": ("HTTP/1.1x", "bytes behind the version"),
        "rl-version-space-after": ("HTTP/1.1 ", "trailing white space on the request line"),
        "rl-version-tab-after": ("HTTP/1.1\t", "trailing white space on the request line"),
        "rl-version-comma": ("HTTP/1,1", "a version is DIGIT . DIGIT"),
        "rl-version-name": ("HTTPS/1.1", "no such protocol"),
        "rl-version-no-minor": ("HTTP/1", "a version is DIGIT . DIGIT"),
    }
    accepted = {"rl-version-1.9": ("HTTP/1.9", "a higher minor version is processed as 1.1")}
    return _versions(REJECT, "9112 2.3", rejected) + _versions(ACCEPT, "9110 2.5", accepted)


def lines() -> list[Row]:
    def row(name: str, expect: str, raw: bytes, why: str, rfc: str) -> Row:
        return case(CLASS, name, expect, raw, why, rfc)

    long_method = request("rl-method-33", method="A" * 33)
    hidden = get("rl-lf-hidden").replace(b" HTTP/1.1\r\n", b" HTTP/1.1\n", 1)
    return [
        row("rl-leading-crlf-two", REJECT, b"\r\n\r\n" + get("rl"), "only one empty line is tolerated", "9112 2.2"),
        row("rl-leading-lf", REJECT, b"\n" + get("rl"), "a bare LF is no empty line", "9112 2.2"),
        row("rl-leading-cr", REJECT, b"\r" + get("rl"), "bare CR", "9112 2.2"),
        row("rl-leading-space", REJECT, b" " + get("rl"), "white space before the method", "9112 3"),
        row("rl-leading-nul", REJECT, b"\0" + get("rl"), "NUL before the method", "9112 3"),
        row("rl-method-33", REJECT_ANY, long_method, "methods are bounded", "9110 15.6.2"),
        row("rl-method-mixed-case", REJECT_ANY, request("rl", method="Get"), "methods are case-sensitive", "9110 9.1"),
        row("rl-method-comma", REJECT, request("rl", method="GET,"), "a method is a token", "9110 9.1"),
        row("rl-method-tab", REJECT, request("rl", method="GET\t"), "HTAB is not SP", "9112 3"),
        row("rl-lf-hidden", REJECT, hidden, "bare LF ends the request line", "9112 2.2"),
        row("rl-two-lines", REJECT, b"GET /h/rl HTTP/1.1\r\n" + get("rl"), "a request line as a field", "9112 5"),
    ]


def absolute_form() -> list[Row]:
    rejected = {
        "abs-userinfo-empty": ("http://@{{HOST}}/h/abs", "user information, even if empty", "9110 4.2.4"),
        "abs-fragment": ("http://{{HOST}}/h/abs#x", "a fragment is not part of the target", "9112 3.2.2"),
        "abs-one-slash": ("http:/{{HOST}}/h/abs", "no authority", "9112 3.2.2"),
        "abs-three-slashes": ("http:///{{HOST}}/h/abs", "empty authority", "9110 4.2.1"),
        "abs-backslashes": ("http:\\\\{{HOST}}\\h\\abs", "backslashes; browsers fold them to slashes", "9112 3.2.2"),
        "abs-no-scheme": ("//{{HOST}}@smuggled.test:80a/..", "a network-path reference climbing", "9112 3.2"),
        "abs-dot-segment": ("http://{{HOST}}/h/../abs", "dot segment behind the authority", "3986 5.2.4"),
        "abs-other-host": ("http://169.254.169.254/latest/meta-data/", "differs from Host", "9112 3.2.2"),
        "abs-host-suffix": ("http://{{HOST}}.smuggled.test/h/abs", "Host is a mere prefix of it", "9112 3.2.2"),
        "abs-port-words": ("http://smuggled.test:http/h/abs", "a port is digits", "3986 3.2.3"),
        "abs-websocket": ("ws://{{HOST}}/h/abs", "scheme not served", "9112 3.2.2"),
        "abs-javascript": ("javascript:alert(1)", "scheme not served", "9112 3.2.2"),
        "abs-space-host": ("http://{{HOST}} smuggled.test/h/abs", "white space in the authority", "9112 3"),
    }
    rows = [case(CLASS, name, REJECT, get(name, target=t), why, rfc) for name, (t, why, rfc) in rejected.items()]
    no_host = get("abs-no-host", target="http://{{HOST}}/h/abs", host="")
    two_hosts = get("abs-two-hosts", "Host: smuggled.test", target="http://{{HOST}}/h/abs")
    root = get("abs-root", "Connection: close", target="http://{{HOST}}")
    upper = get("abs-upper-scheme", target="HTTP://{{HOST}}/h/abs-upper-scheme?q")
    pipelined = get("abs-pipelined", target="http://{{HOST}}/h/abs-pipelined") + get("abs-pipelined-b")
    return [
        *rows,
        case(CLASS, "abs-no-host", REJECT, no_host, "Host is required all the same", "9112 3.2.2"),
        case(CLASS, "abs-two-hosts", REJECT, two_hosts, "two Hosts, one agreeing", "9112 3.2"),
        case(
            CLASS,
            "abs-root",
            REJECT_ANY,
            root,
            "no path is the path /, which has no stage",
            "9112 3.2.1",
            info_only=True,
        ),
        case(CLASS, "abs-upper-scheme", ACCEPT, upper, "schemes are case-insensitive", "3986 3.1"),
        case(CLASS, "abs-pipelined", ACCEPT, pipelined, "origin-form after absolute-form", "9112 3.2.2", max_backend=2),
    ]


def garbage() -> list[Row]:
    def row(name: str, expect: str, raw: bytes, why: str) -> Row:
        return case("garbage", name, expect, raw, why, "9112 3")

    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    return [
        row("pre-smtp", REJECT_ANY, b"EHLO smuggled.test\r\n", "a mail client: reflected by some browsers"),
        row("pre-ssh", REJECT_ANY, b"SSH-2.0-OpenSSH_9.2\r\n", "an SSH client"),
        row("pre-json", REJECT, b'{"method":"eth_getWork"}\n', "a JSON-RPC client"),
        row("pre-redis", REJECT, b"*1\r\n$4\r\nPING\r\n", "a Redis client: its first line is a bad method"),
        row("pre-gopher", REJECT, b"/h/gopher\r\n", "a path without a method"),
        row("pre-crlf-flood", REJECT, b"\r\n" * 200 + get("pre"), "empty lines without end"),
        row("pre-h2-then-h1", REJECT_ANY, preface + HIDDEN, "an HTTP/2 preface is followed by SETTINGS only"),
        row("pre-h2-wrong-version", REJECT, b"PRI * HTTP/1.1\r\n\r\nSM\r\n\r\n", "PRI is no method of HTTP/1.1"),
        row("pre-utf8-bom", REJECT, b"\xef\xbb\xbf" + get("pre"), "a byte order mark before the method"),
    ]


def rows() -> list[Row]:
    return [
        *grammar(),
        *percent_encoding(),
        *dot_segments(),
        *versions(),
        *lines(),
        *absolute_form(),
        *garbage(),
    ]
