"""GetSdk: the generated clients of Java, Android and Ruby, compiled and at work through the gateway."""

import io
import json
import pathlib
import re
import subprocess
import zipfile

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from harness.apis import Api, definition, proxy
from harness.faults import fails

DRIVERS = pathlib.Path(__file__).parent / "sdk"
JAVA = {"serviceName": "petStore", "javaPackageName": "org.example.pets"}
ANDROID = {"groupId": "org.example", "artifactId": "pets", "artifactVersion": "1.2", "invokerPackage": "org.example.pets"}
RUBY = {"service.name": "petStore"}


@pytest.fixture
def api(gateway, backend):
    """An API with a parameter in every place, in front of the recording back end."""
    pet = {"requestParameters": {"integration.request.path.petId": "method.request.path.petId"}}
    parameters = [{"name": name, "in": place, "required": place != "header", "schema": {"type": "string"}}
                  for place, name in (("path", "petId"), ("query", "kind"), ("header", "X-Trace"))]
    url = backend.url
    return Api(gateway, definition({
        "GET /pets/{petId}": proxy(f"{url}/pets/{{petId}}", **pet, operation={"parameters": parameters}),
        "POST /pets": proxy(f"{url}/pets", "POST"),
        "ANY /any": proxy(f"{url}/any", "ANY"),
    }, title="Pets */ #{x}"))


@pytest.fixture
def unpack(client, api, tmp_path):
    """Unpacks a client and answers the folder."""

    def run(language, parameters):
        answer = client.get_sdk(restApiId=api.id, stageName="dev", sdkType=language, parameters=parameters)
        zipfile.ZipFile(io.BytesIO(answer["body"].read())).extractall(tmp_path / "sdk")
        return tmp_path / "sdk"

    return run


def output(*command):
    """The standard output of a command that succeeds and complains of nothing."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def drive_java(unpack, api, tmp_path, language, parameters, name):
    """Compiles a client with its driver, and answers how to run it."""
    folder = unpack(language, parameters)
    driver = tmp_path / "Drive.java"
    driver.write_text((DRIVERS / "Drive.java").read_text().replace("CLIENT", f"org.example.pets.{name}"))
    (source,) = folder.rglob("*.java")
    assert source.as_posix().endswith(f"/src/main/java/org/example/pets/{name}.java")
    release = "8" if language == "android" else "11"
    output("javac", "-Xlint:all,-options", "-Werror", "--release", release, "-d", tmp_path / "classes", source)
    output("javac", "-cp", tmp_path / "classes", "-d", tmp_path / "classes", driver)
    hosts = tmp_path / "hosts"
    hosts.write_text(f"127.0.0.1 {api.host.rsplit(':', 1)[0]}\n")
    return ["java", f"-Djdk.net.hosts.file={hosts}", "-cp", tmp_path / "classes", "Drive"]


def drive_ruby(unpack):
    """Checks the gem, and answers how to run its driver."""
    folder = unpack("ruby", RUBY) / "pet_store"
    assert output("ruby", "-wc", folder / "pet_store.gemspec") == "Syntax OK\n"
    return ["ruby", "-w", DRIVERS / "drive.rb", folder / "lib" / "pet_store.rb", "PetStore"]


@pytest.fixture(params=["java", "android", "ruby"])
def drive(request, unpack, api, tmp_path):
    """Runs the driver of a language: a status and an answer for each call, then what was refused."""
    if request.param == "java":
        command = drive_java(unpack, api, tmp_path, "java", JAVA, "PetStoreClient")
    elif request.param == "android":
        command = drive_java(unpack, api, tmp_path, "android", ANDROID, "PetsXClient")
    else:
        command = drive_ruby(unpack)
    return lambda *arguments: output(*command, *arguments).splitlines()


def answers(lines):
    """What the back end saw of the calls that were sent."""
    assert [line.split(" ", 1)[0] for line in lines[:3]] == ["200", "200", "200"], lines
    return [json.loads(line.split(" ", 1)[1]) for line in lines[:3]]


def headers_of(seen):
    """The headers by their names in small letters."""
    return {name.lower(): value for name, value in seen["headers"]}


def test_generated_clients_call_through_the_gateway(drive):
    lines = drive()
    pet, added, anything = answers(lines)
    headers = headers_of(pet)
    assert (headers["x-trace"], headers["x-api-key"], headers["accept"]) == ("t", "key", "application/json")
    assert sorted(pet["target"].split("?")[1].split("&")) == ["kind=a%20b%2A", "kind=c"]
    assert pet["target"].split("?")[0].endswith("/pets/a%2Fb%20c%2B%C3%BC")
    assert (added["method"], added["body"], headers_of(added)["content-type"]) == ("POST", '{"a":1}', "application/json")
    assert (anything["method"], anything["body"], headers_of(anything)["content-type"]) == ("PUT", "text", "text/plain")
    assert lines[3:] == ["Missing required parameter kind", "The parameter petId cannot be part of a path: .."]


def test_generated_clients_sign_as_botocore_signs(drive, backend):
    """The gateway keeps signatures to itself, so the requests go to the back end past it."""
    for seen in answers(drive(backend.url)):
        headers = headers_of(seen)
        names = re.search("SignedHeaders=([^,]+)", headers["authorization"])[1].split(";")
        assert {"host", "accept", "x-amz-date", "x-amz-security-token", "x-api-key"} <= set(names)
        url = f"http://{headers['host']}{seen['target']}"
        request = AWSRequest(seen["method"], url, {name: headers[name] for name in names}, seen["body"].encode("latin-1"))
        request.context["timestamp"] = headers["x-amz-date"]
        signer = SigV4Auth(Credentials("AKIAEXAMPLE", "wJalrXUtnFEMI/K7MDENG", "a/token=="), "execute-api", "us-east-1")
        canonical = signer.canonical_request(request)
        signature = signer.signature(signer.string_to_sign(request, canonical), request)
        assert headers["authorization"].endswith(f"/us-east-1/execute-api/aws4_request, SignedHeaders={';'.join(names)}, "
                                                 f"Signature={signature}"), canonical


def test_a_gradle_project_is_written_where_it_is_asked_for(unpack):
    folder = unpack("java", {**JAVA, "javaBuildSystem": "gradle", "javaGroupId": "a.b", "javaArtifactId": "art"})
    assert "group = 'a.b'" in (folder / "art" / "build.gradle").read_text()
    assert (folder / "art" / "settings.gradle").read_text() == "rootProject.name = 'art'\n"


@pytest.mark.parametrize("language,parameters,missing", [
    ("java", {"serviceName": "a"}, "javaPackageName"), ("android", {**ANDROID, "groupId": ""}, "groupId"),
    ("ruby", {"serviceName": "a"}, "service.name")])
def test_what_a_language_requires_must_be_given(unpack, language, parameters, missing):
    with fails("BadRequestException", f"Missing required parameter: {missing}", 400):
        unpack(language, parameters)


@pytest.mark.parametrize("language,parameters,name", [
    ("java", {**JAVA, "javaPackageName": "a.class"}, "javaPackageName"),
    ("java", {**JAVA, "javaBuildSystem": "ant"}, "javaBuildSystem"),
    ("android", {**ANDROID, "artifactId": "../up"}, "artifactId"),
    ("ruby", {"service.name": "A; exit"}, "service.name")])
def test_a_setting_that_cannot_be_a_name_is_refused(unpack, language, parameters, name):
    with fails("BadRequestException", f"Invalid value specified for parameter {name}: .*", 400):
        unpack(language, parameters)
