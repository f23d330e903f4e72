"""A client of the TLS listener: the raw client of HTTP/1.1 with a handshake before it."""

import ssl

from harness.wire import Connection

V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


def context(trusted=None, versions=(V12, V13), client=None, alpn=None, ciphers=None):
    """What a client insists on: `trusted` authorities, TLS versions, its own certificate's files, protocols."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version, made.maximum_version = versions
    if trusted is None:
        made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    else:
        made.load_verify_locations(cadata=trusted)
    if client:
        made.load_cert_chain(*client)
    if alpn:
        made.set_alpn_protocols(alpn)
    if ciphers:
        made.set_ciphers(ciphers)
    return made


class TlsConnection(Connection):
    """One connection with TLS; `name` is what the client's hello asks for."""

    def __init__(self, port, name, timeout=15, **insists):
        super().__init__(port, timeout=timeout)
        try:
            self.socket = context(**insists).wrap_socket(self.socket, server_hostname=name)
        except BaseException:
            self.socket.close()
            raise

    def get(self, path, host, headers=()):
        """The answer to a GET."""
        self.request("GET", path, host, headers)
        return self.response()


def get(port, path, name, host=None, headers=(), **insists):
    """One GET on a connection of its own."""
    with TlsConnection(port, name, **insists) as connection:
        return connection.get(path, host or name, headers)
