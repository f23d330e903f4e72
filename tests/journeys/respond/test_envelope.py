"""The envelope of gateway responses: the headers AWS sends, in its letter case (A2, fact 22)."""

import re

from harness.apis import mock

ENVELOPE = ["Date", "Content-Type", "Content-Length", "Connection", "x-amzn-RequestId", "x-amzn-ErrorType", "x-amz-apigw-id"]


def test_a_gateway_response_has_awss_headers_in_awss_letter_case(serve):
    api = serve({"GET /m": mock(200)})
    answer = api.send("GET", "/nowhere")
    assert sorted(name for name, _ in answer.headers) == sorted(ENVELOPE)
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", answer.header("Date"))


def test_an_answer_says_nothing_of_the_software(serve):
    api = serve({"GET /m": mock(200)})
    for path in ("/m", "/nowhere"):
        answer = api.send("GET", path)
        assert not answer.all("Server") and not answer.all("Via")
