"""An OpenID provider on loopback: npm's oidc-provider as a process, whose keys a test rotates."""

import base64
import http.cookiejar
import json
import pathlib
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

from harness.ports import free_port
from harness.process import clean_environment

PROGRAM = pathlib.Path(__file__).resolve().parents[1] / "tokens" / "provider" / "index.js"
READY_TIMEOUT_S = 60
REDIRECT = "http://127.0.0.1:1/done"


class Provider:
    """Signs with the first of its keys, each a private JWK with `kid` and `alg`."""

    def __init__(self, folder, keys):
        self.folder, self.port = pathlib.Path(folder), free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        self.process = None
        self.start(keys)

    def start(self, keys):
        """Starts with these keys."""
        path = self.folder / "keys.json"
        path.write_text(json.dumps({"keys": keys}))
        with open(self.folder / "provider.log", "ab") as log:
            self.process = subprocess.Popen(
                ["node", str(PROGRAM), str(self.port), str(path)], stdout=log, stderr=log,
                env=clean_environment(NODE_NO_WARNINGS="1"), cwd=PROGRAM.parent,
            )
        deadline = time.monotonic() + READY_TIMEOUT_S
        while True:
            try:
                urllib.request.urlopen(f"{self.issuer}/jwks", timeout=5).close()
                return
            except OSError:
                assert self.process.poll() is None, (self.folder / "provider.log").read_text()
                assert time.monotonic() < deadline, "the provider is not ready"
                time.sleep(0.05)

    def stop(self):
        """Ends it: an outage."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def rotate(self, keys):
        """The same issuer with other keys."""
        self.stop()
        self.start(keys)

    def access_token(self, scope="pets:read"):
        """An access token of the client's own."""
        return self.token({"grant_type": "client_credentials", "scope": scope})["access_token"]

    def user_tokens(self, user="ann", scope="openid email pets:read"):
        """What a user gets who signs in: an identity token and an access token."""
        query = {"client_id": "app", "response_type": "code", "redirect_uri": REDIRECT, "scope": scope, "prompt": "consent"}
        browser = Browser()
        page, body = browser.open(f"{self.issuer}/auth?{urllib.parse.urlencode(query)}")
        for form in ({"prompt": "login", "login": user, "password": "any"}, {"prompt": "consent"}):
            action = re.search(r'action="([^"]+)"', body)[1]
            page, body = browser.open(urllib.parse.urljoin(page, action), form)
            if page.startswith(REDIRECT):
                break
        code = urllib.parse.parse_qs(urllib.parse.urlsplit(page).query)["code"][0]
        return self.token({"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT})

    def token(self, form):
        """What the token endpoint answers."""
        basic = base64.b64encode(b"app:of%20no%20account").decode()
        request = urllib.request.Request(
            f"{self.issuer}/token", urllib.parse.urlencode(form).encode(), {"Authorization": f"Basic {basic}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from error


class Browser:
    """Follows redirects with cookies, up to the application's own page."""

    def __init__(self):
        self.jar = http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=None))
        cookies = urllib.request.HTTPCookieProcessor(self.jar)
        self.opener = urllib.request.build_opener(cookies, StopAtApplication())

    def open(self, url, form=None):
        """The URL that was arrived at, and its page."""
        body = urllib.parse.urlencode(form).encode() if form else None
        try:
            with self.opener.open(url, body, timeout=20) as answer:
                return answer.geturl(), answer.read().decode()
        except urllib.error.HTTPError as error:
            if location := error.headers.get("location", ""):
                return location, ""
            raise AssertionError(error.read().decode()) from error


class StopAtApplication(urllib.request.HTTPRedirectHandler):
    """No request leaves for the application, which does not exist."""

    def redirect_request(self, request, answer, code, message, headers, url):
        if url.startswith(REDIRECT):
            return None
        return super().redirect_request(request, answer, code, message, headers, url)
