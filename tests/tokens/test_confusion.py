"""No request that only looks authorized comes through, and no address that a token brings is followed."""

import pytest

from tokens.confusion import REFUSED, REFUSED_BY_JWT, TAKEN

ROUTES = ["/jwt", "/pool"]


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("name", REFUSED)
def test_what_only_looks_authorized_is_refused(world, name, path):
    expired = path == "/pool" and name in ("expired", "expired long ago")
    before = len(world.backend.requests)
    answer = world.send(path, REFUSED[name](world))
    body = b'{"message":"The incoming token has expired"}' if expired else b'{"message":"Unauthorized"}'
    assert (answer.status, answer.body) == (401, body)
    assert answer.error_type == "UnauthorizedException"
    assert len(world.backend.requests) == before


@pytest.mark.parametrize("name", REFUSED_BY_JWT)
def test_audiences_are_exact(world, name):
    assert world.send("/jwt", REFUSED_BY_JWT[name](world)).status == 401


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("name", TAKEN)
def test_what_is_authorized_is_taken(world, name, path):
    answer = world.send(path, TAKEN[name](world))
    assert answer.status == 200, answer.body


def test_no_address_that_a_token_brings_is_followed(world):
    for name in ("jku", "jku that begins like the issuer", "x5u", "kid as a URL"):
        assert world.send("/jwt", REFUSED[name](world)).status == 401
    assert world.trap.fetched == []


def test_the_corpus_is_as_large_as_it_is_said_to_be():
    assert len(REFUSED) + len(REFUSED_BY_JWT) >= 110
