"""Functions for the tests of Lambda's API: code in zip archives, and how calls are refused."""

import io
import zipfile

import botocore.exceptions
import pytest

from harness.wire import exchange

ROLE = "arn:aws:iam::000000000000:role/any"
PYTHON = """
import json, os

def handler(event, context):
    print("seen", json.dumps(event))
    if isinstance(event, dict) and event.get("fail"):
        raise ValueError("no good")
    return {
        "event": event,
        "greeting": os.environ.get("GREETING"),
        "version": context.function_version,
        "arn": context.invoked_function_arn,
        "client": context.client_context and context.client_context.custom,
    }
"""
NODE = """
exports.handler = async (event, context) => ({ hello: event.name, version: context.functionVersion });
"""
PROXY = """
import json

def handler(event, context):
    return {"statusCode": 201, "body": json.dumps({"path": event["path"], "version": context.function_version})}
"""


def archive(**files):
    """A zip archive; `app="…"` is the file `app.py`, `index_js` is `index.js`."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        for name, text in files.items():
            target.writestr(name.replace("_", ".") if "_" in name else f"{name}.py", text)
    return packed.getvalue()


def refusal(call, **arguments):
    """The code, the status and the message of a call that is refused."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


class FunctionUrl:
    """The URL of a function or of its alias, made through Lambda's API; `is_public` adds what AWS's console adds."""

    def __init__(self, gateway, name, is_public=True, region="us-east-1", **config):
        self.gateway, self.name, self.region = gateway, name, region
        self.client = gateway.client(region, service="lambda")
        self.qualifier = {"Qualifier": config["Qualifier"]} if "Qualifier" in config else {}
        made = self.client.create_function_url_config(FunctionName=name, **{"AuthType": "NONE", **config})
        self.url = made["FunctionUrl"]
        self.host = self.url.removeprefix("http://").rstrip("/")
        self.domain = self.host.split(":")[0]
        self.id = self.domain.split(".")[0]
        if is_public:
            self.allow("lambda:InvokeFunctionUrl", FunctionUrlAuthType="NONE")
            self.allow("lambda:InvokeFunction", InvokedViaFunctionUrl=True)

    def allow(self, action, principal="*", **condition):
        """AddPermission, to the function or the alias of the URL."""
        sid = action.replace(":", "-")
        self.client.add_permission(
            FunctionName=self.name, StatementId=sid, Action=action, Principal=principal, **self.qualifier, **condition)

    def send(self, method, path, headers=(), body=None, **options):
        """One request."""
        return exchange(self.gateway.gateway, method, path, options.pop("host", self.host), headers, body, **options)
