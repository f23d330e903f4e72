"""Functions made, read, changed and deleted through boto3."""

import base64
import hashlib

import pytest

from harness.functions import NODE, PYTHON, ROLE, archive, refusal


def test_a_function_is_made_as_on_aws(functions, create):
    """The answer has what was said, AWS's defaults, the code's digest, and the states that waiters wait for."""
    code = archive(app=PYTHON)
    made = create(Description="greets", Environment={"Variables": {"GREETING": "hi"}}, Tags={"team": "a"})
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    name = made["FunctionName"]
    assert made["FunctionArn"] == f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
    assert (made["Timeout"], made["MemorySize"], made["Version"], made["State"]) == (3, 128, "$LATEST", "Active")
    assert made["CodeSize"] == len(code)
    for waiter in ("function_active_v2", "function_updated_v2", "function_exists", "function_active", "function_updated"):
        functions.get_waiter(waiter).wait(FunctionName=name)
    got = functions.get_function(FunctionName=made["FunctionArn"])
    assert got["Configuration"]["CodeSha256"] == made["CodeSha256"]
    assert got["Configuration"]["Environment"] == {"Variables": {"GREETING": "hi"}}
    assert got["Tags"] == {"team": "a"} and "Concurrency" not in got
    again = refusal(functions.create_function, FunctionName=name, Role=ROLE, Runtime="python3.12", Handler="app.handler",
                    Code={"ZipFile": code})
    assert again == ("ResourceConflictException", 409, f"Function already exist: {name}")


def test_a_function_changes_and_goes(functions, create):
    """Code and configuration change with the next invocation, and a deleted function is not found."""
    name = create(code=NODE, runtime="nodejs22.x", handler="index.handler")["FunctionName"]
    first = functions.get_function_configuration(FunctionName=name)
    code = archive(app=PYTHON)
    updated = functions.update_function_configuration(
        FunctionName=name, Runtime="python3.13", Handler="app.handler", Timeout=7, MemorySize=256, Description="now")
    assert (updated["Timeout"], updated["MemorySize"], updated["Runtime"]) == (7, 256, "python3.13")
    assert updated["RevisionId"] != first["RevisionId"] and updated["LastUpdateStatus"] == "Successful"
    changed = functions.update_function_code(FunctionName=name, ZipFile=code)
    assert changed["CodeSha256"] == base64.b64encode(hashlib.sha256(code).digest()).decode()
    functions.get_waiter("function_updated_v2").wait(FunctionName=name)
    stale = refusal(functions.update_function_code, FunctionName=name, ZipFile=code, RevisionId=first["RevisionId"])
    assert stale[:2] == ("PreconditionFailedException", 412)
    functions.delete_function(FunctionName=name)
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
    for call in (functions.get_function, functions.delete_function, functions.invoke):
        assert refusal(call, FunctionName=name) == ("ResourceNotFoundException", 404, f"Function not found: {arn}")


@pytest.mark.parametrize("change, code, words", [
    ({"Runtime": "cobol1"}, "InvalidParameterValueException", "allowed are python3.N"),
    ({"Role": "any"}, "ValidationException", "at 'role'"),
    ({"Timeout": 901}, "ValidationException", "between 1 and 900"),
    ({"MemorySize": 10241}, "ValidationException", "between 128 and 10240"),
    ({"Handler": "a b"}, "InvalidParameterValueException", "handler"),
    ({"Code": {"ZipFile": b"no zip"}}, "InvalidParameterValueException", "could not unzip"),
    ({"Code": {"ZipFile": archive(up_UP="x").replace(b"up.UP", b"../up")}}, "InvalidParameterValueException", "leads out"),
    ({"Code": {"S3Bucket": "bucket", "S3Key": "k"}}, "InvalidParameterValueException", "S3Bucket is not served"),
    ({"PackageType": "Image"}, "InvalidParameterValueException", "Image is not served"),
    ({"Layers": ["arn:aws:lambda:us-east-1:000000000000:layer:x:1"]}, "InvalidParameterValueException", "Layers"),
    ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "InvalidParameterValueException", "reserved"),
    ({"Tags": {"aws:x": "y"}}, "InvalidParameterValueException", "tag"),
    ({"Architectures": ["mips"]}, "ValidationException", "arm64"),
])
def test_what_cannot_run_is_refused(functions, change, code, words):
    """Nothing is stored of a function that could not run."""
    sound = {"FunctionName": "refused", "Role": ROLE, "Runtime": "python3.12", "Handler": "app.handler",
             "Code": {"ZipFile": archive(app=PYTHON)}}
    found = refusal(functions.create_function, **{**sound, **change})
    assert found[:2] == (code, 400) and words in found[2], found
    assert refusal(functions.get_function, FunctionName="refused")[0] == "ResourceNotFoundException"


def test_functions_are_listed_in_pages(functions, create):
    """Markers lead through all of them, and ALL shows the versions."""
    names = sorted(create()["FunctionName"] for _ in range(3))
    functions.publish_version(FunctionName=names[0])
    pages = list(functions.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2}))
    assert all(len(page["Functions"]) <= 2 for page in pages)
    listed = [one["FunctionName"] for page in pages for one in page["Functions"]]
    assert [name for name in listed if name in names] == names
    everything = functions.get_paginator("list_functions").paginate(FunctionVersion="ALL").build_full_result()["Functions"]
    versions = [one["Version"] for one in everything if one["FunctionName"] == names[0]]
    assert versions == ["$LATEST", "1"]


def test_tags_belong_to_functions(functions, create):
    """Added, listed, taken away."""
    arn = create(Tags={"a": "1"})["FunctionArn"]
    functions.tag_resource(Resource=arn, Tags={"b": "2", "c": "3"})
    functions.untag_resource(Resource=arn, TagKeys=["a", "c"])
    assert functions.list_tags(Resource=arn)["Tags"] == {"b": "2"}


def test_the_account_has_settings(functions, create):
    """The limits of AWS and what is used of them."""
    size = create()["CodeSize"]
    settings = functions.get_account_settings()
    assert settings["AccountLimit"]["ConcurrentExecutions"] == 1000
    assert settings["AccountUsage"]["FunctionCount"] >= 1 and settings["AccountUsage"]["TotalCodeSize"] >= size


def test_function_urls_are_configured(functions, create):
    """Created, changed, listed and deleted; a second one conflicts."""
    name = create()["FunctionName"]
    made = functions.create_function_url_config(FunctionName=name, AuthType="NONE", Cors={"AllowOrigins": ["*"]})
    assert ".lambda-url.us-east-1." in made["FunctionUrl"] and made["InvokeMode"] == "BUFFERED"
    again = refusal(functions.create_function_url_config, FunctionName=name, AuthType="NONE")
    assert again[:2] == ("ResourceConflictException", 409)
    changed = functions.update_function_url_config(FunctionName=name, AuthType="AWS_IAM")
    assert (changed["AuthType"], changed["FunctionUrl"]) == ("AWS_IAM", made["FunctionUrl"])
    assert functions.get_function_url_config(FunctionName=name)["Cors"] == {"AllowOrigins": ["*"]}
    assert len(functions.list_function_url_configs(FunctionName=name)["FunctionUrlConfigs"]) == 1
    functions.delete_function_url_config(FunctionName=name)
    assert refusal(functions.get_function_url_config, FunctionName=name)[0] == "ResourceNotFoundException"


def test_users_need_leave(start):
    """A user may do what a policy says about functions, by action and by ARN."""
    arn = "arn:aws:lambda:us-east-1:000000000000:function"
    gateway = start(f"""
[users.reader]
access_key_id = "AKIAREADER0000000000"
secret_access_key = "secret-of-reader"
policy = '''{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow",
    "Action": ["lambda:GetFunction", "lambda:InvokeFunction"], "Resource": "{arn}:mine"}}]}}'''
""")
    root = gateway.client(service="lambda")
    reader = gateway.client(service="lambda", access_key="AKIAREADER0000000000", secret_key="secret-of-reader")
    for name in ("mine", "yours"):
        root.create_function(FunctionName=name, Role=ROLE, Runtime="python3.12", Handler="app.handler",
                             Code={"ZipFile": archive(app=PYTHON)})
    assert reader.get_function(FunctionName="mine")["Configuration"]["FunctionName"] == "mine"
    assert reader.invoke(FunctionName="mine")["StatusCode"] == 200
    for call, arguments, action in (
        (reader.get_function, {"FunctionName": "yours"}, f"lambda:GetFunction on resource: {arn}:yours"),
        (reader.invoke, {"FunctionName": "yours"}, f"lambda:InvokeFunction on resource: {arn}:yours"),
        (reader.delete_function, {"FunctionName": "mine"}, f"lambda:DeleteFunction on resource: {arn}:mine"),
        (reader.list_functions, {}, "lambda:ListFunctions on resource: *"),
    ):
        code, status, message = refusal(call, **arguments)
        assert (code, status) == ("AccessDeniedException", 403) and action in message


def test_functions_outlive_the_process(start):
    """After a restart a function is there, in its region, and runs."""
    gateway = start()
    for region in ("us-east-1", "eu-west-1"):
        gateway.client(region=region, service="lambda").create_function(
            FunctionName="kept", Role=ROLE, Runtime="python3.12", Handler="app.handler",
            Code={"ZipFile": archive(app="import os\ndef handler(e, c): return os.environ['AWS_REGION']")})
    gateway.terminate()
    gateway.start()
    for region in ("us-east-1", "eu-west-1"):
        functions = gateway.client(region=region, service="lambda")
        assert functions.invoke(FunctionName="kept")["Payload"].read() == f'"{region}"'.encode()


def test_functions_of_the_configuration_are_shown_and_not_changed(start, tmp_path):
    """The calls read and invoke them; what would change them says where they are defined."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "app.py").write_text("def handler(event, context): return 5")
    gateway = start("[functions.five]\ncode = './code'\nhandler = 'app.handler'\nruntime = 'python3.12'\n")
    functions = gateway.client(service="lambda")
    assert [one["FunctionName"] for one in functions.list_functions()["Functions"]] == ["five"]
    assert functions.get_function(FunctionName="five")["Configuration"]["Handler"] == "app.handler"
    assert functions.invoke(FunctionName="five")["Payload"].read() == b"5"
    found = refusal(functions.update_function_configuration, FunctionName="five", Timeout=5)
    assert found[0] == "ResourceConflictException" and "configuration of this server" in found[2]


def test_what_is_not_served_says_so(functions, create):
    """An operation of Lambda without a row is 501 by its path."""
    found = refusal(functions.get_function_code_signing_config, FunctionName=create()["FunctionName"])
    assert found[:2] == ("UnknownOperationException", 501) and "code-signing-config of Lambda is not served" in found[2]


def test_other_services_are_out_of_scope(gateway):
    """A signature for a service that is not here is refused with the names of those that are."""
    code, status, message = refusal(gateway.client(service="eks").list_clusters)
    assert (code, status) == ("InvalidSignatureException", 403) and "'apigateway', 'lambda', 'iam', 'sts', 'logs' or 'monitoring'" in message
