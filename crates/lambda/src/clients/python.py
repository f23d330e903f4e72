"""The runtime client of python3.*: gets events from the Lambda Runtime API, calls the handler, returns what it answers.

It uses the standard library only and speaks HTTP/1.1 over one kept connection.
"""

import importlib
import json
import logging
import os
import socket
import sys
import time
import traceback
from decimal import Decimal
from types import SimpleNamespace

ROOT = "/2018-06-01/runtime"
HERE = os.path.abspath(__file__)


class RuntimeApi:
    """The Lambda Runtime API over one kept connection."""

    def __init__(self, address):
        self.address = address
        host, _, port = address.rpartition(":")
        self.target = (host, int(port))
        self.connection = None
        self.buffer = b""

    def call(self, method, path, headers="", body=None):
        """Makes a call; returns (status, headers with lower-case names, body)."""
        if self.connection is None:
            self.connection = socket.create_connection(self.target)
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.buffer = b""
        head = f"{method} {ROOT}{path} HTTP/1.1\r\nhost: {self.address}\r\n{headers}"
        if body is not None:
            head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
        message = head.encode("latin-1") + b"\r\n"
        self.connection.sendall(message + body if body else message)
        return self._answer()

    def _answer(self):
        end = self._fill(lambda: self.buffer.find(b"\r\n\r\n"))
        lines = self.buffer[:end].split(b"\r\n")
        self.buffer = self.buffer[end + 4 :]
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            headers[name.strip().lower().decode("latin-1")] = value.strip()
        body = self._body(int(headers.get("content-length", b"0")))
        if headers.get("connection", b"").lower() == b"close":
            self.connection.close()
            self.connection = None
        return int(lines[0].split(b" ")[1]), headers, body

    def _fill(self, found):
        while (at := found()) < 0:
            self.buffer += self._received(self.connection.recv(1 << 16))
        return at

    def _body(self, length):
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        if len(body) == length:
            return body
        whole = bytearray(length)
        at = len(body)
        whole[:at] = body
        with memoryview(whole) as view:
            while at < length:
                at += self._received(self.connection.recv_into(view[at:]))
        return whole

    def _received(self, what):
        if not what:
            # The host is gone, or ends this process.
            os._exit(0)
        return what


class Context:
    """The second argument of a handler."""

    def __init__(self, headers):
        text = lambda name: headers.get("lambda-runtime-" + name, b"").decode("utf-8", "replace")
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.aws_request_id = text("aws-request-id")
        self.invoked_function_arn = text("invoked-function-arn")
        self.tenant_id = None
        self._deadline_ms = int(text("deadline-ms") or 0)
        identity = json.loads(text("cognito-identity") or "{}")
        self.identity = SimpleNamespace(
            cognito_identity_id=identity.get("cognitoIdentityId"),
            cognito_identity_pool_id=identity.get("cognitoIdentityPoolId"),
        )
        given = text("client-context")
        self.client_context = client_context(json.loads(given)) if given else None

    def get_remaining_time_in_millis(self):
        """Milliseconds until the invocation times out."""
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def log(self, message):
        """Writes to the log as it is."""
        sys.stdout.write(str(message))


def client_context(given):
    """The client context of mobile SDKs as an object."""
    client = given.get("client") or {}
    names = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")
    return SimpleNamespace(
        custom=given.get("custom"),
        env=given.get("env"),
        client=SimpleNamespace(**{name: client.get(name) for name in names}),
    )


class LogHandler(logging.Handler):
    """Writes records in the form of AWS's runtime."""

    request_id = ""

    def emit(self, record):
        """Writes one record."""
        try:
            sys.stdout.write(self.format(record) + "\n")
        except Exception:
            self.handleError(record)

    def format(self, record):
        """Level, time, request id and message, separated by tabs."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        text = super().format(record)
        return f"[{record.levelname}]\t{moment}.{int(record.msecs):03d}Z\t{LogHandler.request_id}\t{text}"


def stack(error):
    """The stack of an error without the frames of this file and of the import machinery."""
    frames = traceback.extract_tb(error.__traceback__)
    own = lambda frame: os.path.abspath(frame.filename) == HERE or frame.filename.startswith("<frozen importlib")
    return [line for line in traceback.format_list([frame for frame in frames if not own(frame)])]


def failure(error_type, message, stack_trace, request_id=""):
    """Logs an error, and makes the body that the Runtime API wants."""
    lines = [f"[ERROR] {error_type}: {message}"]
    if stack_trace:
        lines.append("Traceback (most recent call last):")
        lines.extend(line.rstrip("\n") for line in stack_trace)
    print("\n".join(lines), flush=True)
    body = {"errorMessage": message, "errorType": error_type, "requestId": request_id, "stackTrace": stack_trace}
    return json.dumps(body).encode()


class InitError(Exception):
    """The handler cannot be found."""

    def __init__(self, error_type, message, stack_trace=()):
        super().__init__(message)
        self.error_type = error_type
        self.stack_trace = list(stack_trace)


def load(name):
    """Imports the handler: a module, perhaps in folders, and the name of a function."""
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise InitError("Runtime.MalformedHandlerName", f"Bad handler '{name}': {error}") from error
    module_name = module_name.replace("/", ".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise InitError("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}") from error
    except SyntaxError as error:
        place = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        raise InitError("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}", place) from error
    try:
        return getattr(module, function_name)
    except AttributeError as error:
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise InitError("Runtime.HandlerNotFound", message) from error


def encode(value):
    """Encodes what JSON does not know."""
    if isinstance(value, Decimal):
        return float(value) if value % 1 else int(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


# As AWS's runtime does from Python 3.12 on.
MODERN = os.environ.get("AWS_EXECUTION_ENV", "").rpartition("python3.")[2]
ENCODER = json.JSONEncoder(default=encode, ensure_ascii=MODERN.isdigit() and int(MODERN) < 12)


def serve_one(api, handler):
    """Serves one event."""
    status, headers, body = api.call("GET", "/invocation/next")
    if status != 200:
        os._exit(1)
    request_id = headers["lambda-runtime-aws-request-id"].decode("latin-1")
    LogHandler.request_id = request_id
    trace_id = headers.get("lambda-runtime-trace-id")
    if trace_id:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id.decode("latin-1")
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    path, extra = f"/invocation/{request_id}/response", ""
    try:
        try:
            event = json.loads(body)
        except ValueError as error:
            raise InitError("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from error
        result = handler(event, Context(headers))
        try:
            answer = ENCODER.encode(result).encode("utf-8", "surrogatepass")
        except (TypeError, ValueError) as error:
            raise InitError("Runtime.MarshalError", f"Unable to marshal response: {error}") from error
    except Exception as error:
        error_type = getattr(error, "error_type", type(error).__name__) if isinstance(error, InitError) else type(error).__name__
        trace = error.stack_trace if isinstance(error, InitError) else stack(error)
        answer = failure(error_type, str(error), trace, request_id)
        path, extra = f"/invocation/{request_id}/error", error_header(error_type)
    sys.stdout.flush()
    sys.stderr.flush()
    status, _, refusal = api.call("POST", path, extra, answer)
    if status == 413:
        print(f"[ERROR] [Runtime.ResponseSizeTooLarge] {refusal.decode('utf-8', 'replace')}", flush=True)


def error_header(error_type):
    """The header with the type of an error."""
    name = error_type if error_type.startswith("Runtime.") else f"Runtime.{error_type}"
    return f"Lambda-Runtime-Function-Error-Type: {name}\r\n" if name.isascii() and name.isprintable() else ""


def main():
    """Starts the function, then serves events until the process is ended."""
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    sys.stdout.reconfigure(line_buffering=True)
    logging.getLogger().addHandler(LogHandler())
    # What is imported from here on is compiled into the host's folder: packages stay as they are.
    sys.pycache_prefix = sys.argv.pop()
    # The function imports from its own folder first.
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    try:
        handler = load(os.environ["_HANDLER"])
    except Exception as error:
        known = isinstance(error, InitError)
        error_type = error.error_type if known else type(error).__name__
        body = failure(error_type, str(error), error.stack_trace if known else stack(error))
        api.call("POST", "/init/error", error_header(error_type), body)
        sys.exit(1)
    while True:
        serve_one(api, handler)


main()
