"""`stagegate explain` names the statement that decided, and what kept the others from applying."""

import json

from harness.apis import Api, definition, mock

POLICY = {"Version": "2012-10-17", "Statement": [
    {"Sid": "Everybody", "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"},
    {"Sid": "Inside", "Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*/GET/inside",
     "Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
]}


def test_the_deciding_statement_is_named(start):
    process = start(settings="explain = true\n")
    document = definition({"GET /open": mock(), "GET /inside": mock()})
    document["x-amazon-apigateway-policy"] = json.loads(json.dumps(POLICY))
    api = Api(process, document)

    def explained(path):
        return process.run("explain", f"http://{api.host}/dev{path}").stdout

    shown = explained("/open")
    assert "allowed by resource-based policy 0, statement 0 (Everybody)" in shown
    assert "Deny does not apply: it is not about this resource" in shown
    shown = explained("/inside")
    assert "denied by resource-based policy 0, statement 1 (Inside)" in shown
    assert "Deny applies" in shown
