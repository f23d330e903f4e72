"""GetSdk: the generated clients of Java, Android, Ruby and Objective-C at work through the gateway; Swift's is parsed."""

import io
import json
import pathlib
import subprocess
import zipfile

import pytest
import tree_sitter
import tree_sitter_swift

from harness.apis import Api, definition, proxy
from harness.faults import fails
from harness.signatures import assert_signed

DRIVERS = pathlib.Path(__file__).parent / "sdk"
JAVA = {"serviceName": "petStore", "javaPackageName": "org.example.pets"}
ANDROID = {"groupId": "org.example", "artifactId": "pets", "artifactVersion": "1.2", "invokerPackage": "org.example.pets"}
RUBY = {"service.name": "petStore"}
IOS = {"classPrefix": "SIMPLE_CALC"}
# Objective-C on GNUstep and GCC's runtime: what gnustep-config says, and blocks.
GNUSTEP = ["-I/usr/include/GNUstep", "-DGNUSTEP", "-DGNUSTEP_BASE_LIBRARY=1", "-fblocks", "-fexceptions", "-fobjc-exceptions",
           "-fconstant-string-class=NSConstantString", "-Werror", "-Wall", "-Wextra", "-Wno-unused-parameter"]


@pytest.fixture
def api(gateway, backend):
    """An API with a parameter in every place, in front of the recording back end."""
    pet = {"requestParameters": {"integration.request.path.petId": "method.request.path.petId"}}
    parameters = [{"name": name, "in": place, "required": place != "header", "schema": {"type": "string"}}
                  for place, name in (("path", "petId"), ("query", "kind"), ("header", "X-Trace"))]
    odd = {"name": 'a"\\(b)??/', "in": "query", "schema": {"type": "string"}}
    url = backend.url
    return Api(gateway, definition({
        "GET /pets/{petId}": proxy(f"{url}/pets/{{petId}}", **pet, operation={"parameters": parameters}),
        "POST /pets": proxy(f"{url}/pets", "POST"),
        "ANY /any": proxy(f"{url}/any", "ANY"),
        "GET /init": proxy(f"{url}/init", operation={"parameters": [odd]}),
        "GET /class": proxy(f"{url}/class", operation={"operationId": "func"}),
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


def drive_objectivec(unpack, tmp_path):
    """Checks a client with ARC, as Apple's compilers would; builds it with stand-ins for Apple's systems, to run it."""
    name = "SIMPLE_CALCPetsXClient"
    folder = unpack("objectivec", IOS) / "aws-apigateway-ios" / "generated-src"
    driver = tmp_path / "drive.m"
    driver.write_text((DRIVERS / "drive.m").read_text().replace("CLIENT", name))
    apple = DRIVERS / "apple"
    headers = output("gcc", "-print-file-name=include").strip()
    flags = [*GNUSTEP, "-include", apple / "apple.h", f"-I{apple}", f"-I{folder}", "-isystem", headers]
    output("clang", *flags, "-fsyntax-only", "-fobjc-arc", "-fobjc-runtime=gnustep-2.0", folder / f"{name}.m")
    runtime = pathlib.Path(output("gcc", "-print-file-name=libobjc.so").strip()).parent
    output("clang", *flags, "-fobjc-runtime=gcc", "-DGNU_RUNTIME=1", "-D_NATIVE_OBJC_EXCEPTIONS", folder / f"{name}.m",
           apple / "apple.m", driver, "-o", tmp_path / "drive", f"-L{runtime}", "-lgnustep-base", "-lobjc",
           "-lBlocksRuntime", "-lcrypto")
    return [tmp_path / "drive"]


@pytest.fixture(params=["java", "android", "ruby", "objectivec"])
def drive(request, unpack, api, tmp_path):
    """Runs the driver of a language: a status and an answer for each call, then what was refused."""
    if request.param == "java":
        command = drive_java(unpack, api, tmp_path, "java", JAVA, "PetStoreClient")
    elif request.param == "android":
        command = drive_java(unpack, api, tmp_path, "android", ANDROID, "PetsXClient")
    elif request.param == "objectivec":
        command = drive_objectivec(unpack, tmp_path)
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
    assert (added["method"], json.loads(added["body"])) == ("POST", {"a": 1})
    assert headers_of(added)["content-type"] == "application/json"
    assert (anything["method"], anything["body"], headers_of(anything)["content-type"]) == ("PUT", "text", "text/plain")
    assert lines[3:5] == ["Missing required parameter kind", "The parameter petId cannot be part of a path: .."]


def test_generated_clients_sign_as_botocore_signs(drive, backend):
    """The gateway keeps signatures to itself, so the requests go to the back end past it."""
    for seen in answers(drive(backend.url)):
        headers = headers_of(seen)
        assert_signed(seen["method"], f"http://{headers['host']}{seen['target']}", headers, seen["body"].encode("latin-1"))


def test_a_gradle_project_is_written_where_it_is_asked_for(unpack):
    folder = unpack("java", {**JAVA, "javaBuildSystem": "gradle", "javaGroupId": "a.b", "javaArtifactId": "art"})
    assert "group = 'a.b'" in (folder / "art" / "build.gradle").read_text()
    assert (folder / "art" / "settings.gradle").read_text() == "rootProject.name = 'art'\n"


@pytest.mark.parametrize("drive", ["objectivec"], indirect=True)
def test_what_apples_connections_would_not_refuse_is_refused_by_the_client(drive):
    assert drive()[5:] == ["A GET request has no body", "The header x-more has a line end"]


def faults(node):
    """The places that a parser could make no sense of."""
    if node.type == "ERROR" or node.is_missing:
        yield node.start_point, node.text[:80]
    for child in node.children:
        yield from faults(child)


def test_the_swift_package_parses_and_has_every_method(unpack):
    folder = unpack("swift", IOS) / "aws-apigateway-ios-swift"
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_swift.language()))
    sources = {file.relative_to(folder).as_posix(): parser.parse(file.read_bytes()) for file in folder.rglob("*.swift")}
    assert set(sources) == {"Package.swift", "generated-src/SIMPLE_CALCPetsXClient.swift"}
    assert not [fault for source in sources.values() for fault in faults(source.root_node)]
    client = sources["generated-src/SIMPLE_CALCPetsXClient.swift"].root_node
    (body,) = [node.child_by_field_name("body") for node in client.children
               if node.type == "class_declaration" and node.child_by_field_name("name").text == b"SIMPLE_CALCPetsXClient"]
    functions = [node for node in body.children if node.type == "function_declaration" and b"public" in node.text.split(b"func")[0]]
    names = {node.child_by_field_name("name").text.decode() for node in functions}
    verbs = {"Get", "Head", "Post", "Put", "Patch", "Delete", "Options"}
    assert names == {"petsPetIdGet", "petsPost", "initGet", "funcOperation", *(f"any{verb}" for verb in verbs)}
    assert all(b"async throws -> Response" in node.text for node in functions)


@pytest.mark.parametrize("language,parameters,missing", [
    ("objectivec", {}, "classPrefix"), ("swift", {"classPrefix": ""}, "classPrefix"),
    ("java", {"serviceName": "a"}, "javaPackageName"), ("android", {**ANDROID, "groupId": ""}, "groupId"),
    ("ruby", {"serviceName": "a"}, "service.name")])
def test_what_a_language_requires_must_be_given(unpack, language, parameters, missing):
    with fails("BadRequestException", f"Missing required parameter: {missing}", 400):
        unpack(language, parameters)


@pytest.mark.parametrize("language,parameters,name", [
    ("java", {**JAVA, "javaPackageName": "a.class"}, "javaPackageName"),
    ("java", {**JAVA, "javaBuildSystem": "ant"}, "javaBuildSystem"),
    ("android", {**ANDROID, "artifactId": "../up"}, "artifactId"),
    ("objectivec", {"classPrefix": "a b"}, "classPrefix"), ("swift", {"classPrefix": "1"}, "classPrefix"),
    ("ruby", {"service.name": "A; exit"}, "service.name")])
def test_a_setting_that_cannot_be_a_name_is_refused(unpack, language, parameters, name):
    with fails("BadRequestException", f"Invalid value specified for parameter {name}: .*", 400):
        unpack(language, parameters)
