"""Runs every journey fixture: routes in, requests sent, answers and forwarded requests compared.

A fixture is a YAML file beside this one, in the folder of the room it is about:

    about: one sentence, with the numbers of the facts
    routes: {"GET /a/{id}": an x-amazon-apigateway-integration, ...}
    document: {top-level members of the OpenAPI document}
    variables: {stage variables}
    exchanges:
      - name: what is shown
        send: GET /a/1?x=y          below the stage; `raw_target: true` sends it as it is
        headers: [[Name, value]]
        body: text
        backend: {status, headers, body}        what the back end answers; default: an echo
        status: 200
        body_is: text, or json_is: value        text anywhere may be `!!binary base64` for bytes
        has: {Name: value}                      `~regex` matches
        lacks: [Name]
        forwarded: {method, target, body, has, lacks, names}, or `nothing`
"""

import json
import pathlib
import re

import pytest
import yaml

HERE = pathlib.Path(__file__).parent
EXCHANGE_KEYS = {
    "name", "send", "headers", "body", "backend", "status", "body_is", "json_is", "has", "lacks", "forwarded", "raw_target",
}


def fixtures():
    """Every fixture as a test parameter named after its file."""
    for path in sorted(HERE.glob("*/*.yaml")):
        yield pytest.param(path, id=str(path.relative_to(HERE).with_suffix("")))


def matches(expected, found):
    """Whether a value is the expected one; `~` starts a regular expression."""
    expected = str(expected)
    if expected.startswith("~"):
        return found is not None and re.fullmatch(expected[1:], found) is not None
    return found == expected


def content(value):
    """The bytes of a body: YAML gives text, or bytes where it is marked as `!!binary`."""
    return value if isinstance(value, bytes) else value.encode()


def replaced(value, old, new):
    """The value with a text replaced wherever it stands."""
    if isinstance(value, dict):
        return {replaced(k, old, new): replaced(v, old, new) for k, v in value.items()}
    if isinstance(value, list):
        return [replaced(v, old, new) for v in value]
    return value.replace(old, new) if isinstance(value, str) else value


def compare_headers(problems, where, expected, message):
    """Adds what is missing, wrong or there although it may not be."""
    for name, value in expected.get("has", {}).items():
        found = message.all(name)
        if len(found) != 1 or not matches(value, found[0]):
            problems.append(f"{where} {name}: expected {value!r}, found {found}")
    for name in expected.get("lacks", []):
        if message.all(name):
            problems.append(f"{where} {name}: expected none, found {message.all(name)}")
    for name in expected.get("names", []):
        if name not in [n for n, _ in message.headers]:
            problems.append(f"{where}: no header in the letter case {name!r}: {message.headers}")


def compare_answer(problems, step, answer):
    """The client's side."""
    if answer.status != step["status"]:
        problems.append(f"status: expected {step['status']}, found {answer.status} {answer.body[:200]!r}")
    if "body_is" in step and answer.body != content(step["body_is"]):
        problems.append(f"body: expected {step['body_is']!r}, found {answer.body[:200]!r}")
    if "json_is" in step and json.loads(answer.body or b"null") != step["json_is"]:
        problems.append(f"body: expected {step['json_is']}, found {answer.body[:200]!r}")
    compare_headers(problems, "answer", step, answer)


def compare_forwarded(problems, expected, space):
    """The back end's side."""
    seen, space.requests = space.requests, []
    if expected == "nothing":
        if seen:
            problems.append(f"forwarded although it may not: {seen}")
        return
    if len(seen) != 1:
        problems.append(f"forwarded: expected one request, found {seen}")
        return
    target = seen[0].target.removeprefix(space.prefix)
    wanted = expected.get("body")
    if isinstance(wanted, bytes) and wanted != seen[0].body:
        problems.append(f"forwarded body: expected {wanted!r}, found {seen[0].body!r}")
    texts = {key: value for key, value in expected.items() if not isinstance(value, bytes)}
    for key, found in (("method", seen[0].method), ("target", target), ("body", seen[0].body.decode(errors="replace"))):
        if key in texts and not matches(texts[key], found):
            problems.append(f"forwarded {key}: expected {texts[key]!r}, found {found!r}")
    compare_headers(problems, "forwarded", expected, seen[0])


def run_step(api, space, step):
    """Sends one request and returns what was not as the fixture says."""
    assert not set(step) - EXCHANGE_KEYS, f"unknown keys: {set(step) - EXCHANGE_KEYS}"
    space.requests = []
    if "backend" in step:
        told = dict(step["backend"])
        told["body"] = content(told.get("body", ""))
        space.replies(**told)
    method, target = step["send"].split(" ", 1)
    body = content(step["body"]) if "body" in step else None
    send = api.gateway.send if step.get("raw_target") else None
    if send:
        answer = send(method, target.replace("{{stage}}", api.stage), api.id, step.get("headers", ()), body)
    else:
        answer = api.send(method, target, step.get("headers", ()), body)
    problems = []
    compare_answer(problems, step, answer)
    if "forwarded" in step:
        compare_forwarded(problems, step["forwarded"], space)
    return [f"{step.get('name') or step['send']}: {problem}" for problem in problems]


@pytest.mark.parametrize("path", list(fixtures()))
def test_journey(path, serve, backend):
    """All exchanges of one fixture; every difference is listed, not only the first."""
    text = path.read_text().replace("{{backend}}", backend.url)
    fixture = yaml.safe_load(text)
    assert fixture["about"] and fixture["exchanges"]
    api = serve(fixture["routes"], variables=fixture.get("variables"), **fixture.get("document", {}))
    echo, problems = backend.answer, []
    for step in fixture["exchanges"]:
        backend.answer = echo
        problems += run_step(api, backend, replaced(step, "{{api}}", api.id))
    assert not problems, "\n".join(problems)
