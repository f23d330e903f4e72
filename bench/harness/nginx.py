"""nginx as the common back end and as the baseline proxy."""

from __future__ import annotations

import subprocess
from pathlib import Path

from harness import children, ports

_COMMON = """\
daemon off;
worker_processes 1;
error_log {dir}/error.log warn;
pid {dir}/nginx.pid;
events {{ worker_connections 8192; }}
http {{
    client_body_temp_path {dir}/body;
    proxy_temp_path {dir}/proxy;
    fastcgi_temp_path {dir}/fastcgi;
    uwsgi_temp_path {dir}/uwsgi;
    scgi_temp_path {dir}/scgi;
    keepalive_requests 1000000000;
    access_log {log};
{server}
}}
"""

# Connections between proxies and back end are never closed for their age: what is measured is requests.
_PROXY = """\
    upstream backend {{
        server 127.0.0.1:{backend};
        keepalive {keepalive};
        keepalive_requests 1000000000;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://backend;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}
    }}
"""

# Everything that nginx has for hits: files that stay open, and no copy of them in user space.
_CACHE = """\
    proxy_cache_path {dir}/cache levels=1:2 keys_zone=answers:16m max_size=512m inactive=60m use_temp_path=off;
    sendfile on;
    tcp_nopush on;
    open_file_cache max=10000 inactive=60m;
    upstream backend {{
        server 127.0.0.1:{backend};
        keepalive 64;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://backend;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_cache answers;
            proxy_cache_valid any 60m;
            proxy_cache_lock on;
        }}
    }}
"""

_BACKEND = """\
    server {{
        listen 127.0.0.1:{port};
        location / {{
            default_type application/json;
{answer}
        }}
    }}
"""

# 150 bytes.
BODY = '{"id":"item-0042","name":"a part of something large","price":{"amount":1299,"currency":"EUR"},"tags":["small","round","blue"],"stock":7,"active":true}'


def _start(directory: Path, server: str, log: str, port: int, core: int) -> subprocess.Popen[bytes]:
    (directory / "logs").mkdir(parents=True, exist_ok=True)
    config = directory / "nginx.conf"
    config.write_text(_COMMON.format(dir=directory, log=log, server=server))
    argv = ["nginx", "-p", str(directory), "-c", str(config), "-e", str(directory / "error.log")]
    child = children.spawn(argv, core=core, log=directory / "output.log")
    ports.wait_open(port)
    return child


def backend(directory: Path, port: int, core: int, answer: str | None = None) -> subprocess.Popen[bytes]:
    """A back end that answers `BODY`, or what the directives in `answer` say; no log."""
    lines = answer or f"            return 200 '{BODY}';"
    return _start(directory, _BACKEND.format(port=port, answer=lines), "off", port, core)


def proxy(
    directory: Path, port: int, backend_port: int, core: int, *, log: bool, keepalive: int
) -> subprocess.Popen[bytes]:
    """A plain `proxy_pass` with one worker; its access log, if any, is Debian's `combined`."""
    server = _PROXY.format(port=port, backend=backend_port, keepalive=keepalive)
    return _start(directory, server, f"{directory}/logs/access.log combined" if log else "off", port, core)


def caching_proxy(directory: Path, port: int, backend_port: int, core: int) -> subprocess.Popen[bytes]:
    """A `proxy_cache` with one worker and Debian's `combined` access log."""
    server = _CACHE.format(dir=directory, port=port, backend=backend_port)
    return _start(directory, server, f"{directory}/logs/access.log combined", port, core)
