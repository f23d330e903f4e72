"""Functions for the tests of Lambda's API: code in zip archives, and how calls are refused."""

import io
import zipfile

import botocore.exceptions
import pytest

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
