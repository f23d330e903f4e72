"""Authorities and the certificates they issue, made by OpenSSL, and where tests put them."""

import datetime
import ipaddress
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)
PEM = serialization.Encoding.PEM


def now():
    """This second, in UTC."""
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)


class Issued:
    """A certificate with its key, and the chain above it."""

    def __init__(self, certificate, key, chain=()):
        self.certificate, self.key, self.chain = certificate, key, list(chain)

    @property
    def pem(self):
        """The certificate alone."""
        return self.certificate.public_bytes(PEM).decode()

    @property
    def chain_pem(self):
        """The certificates above it."""
        return "".join(certificate.public_bytes(PEM).decode() for certificate in self.chain)

    @property
    def key_pem(self):
        """The key, PKCS #8."""
        plain = serialization.NoEncryption()
        return self.key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, plain).decode()

    def write(self, folder, name):
        """Writes both files and returns their paths: certificate with chain, and key."""
        folder = pathlib.Path(folder)
        certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
        certificate.write_text(self.pem + self.chain_pem)
        key.write_text(self.key_pem)
        return certificate, key


def subject(name):
    """`C=US, O=Pets, CN=name`."""
    parts = ((NameOID.COUNTRY_NAME, "US"), (NameOID.ORGANIZATION_NAME, "Pets"), (NameOID.COMMON_NAME, name))
    return x509.Name([x509.NameAttribute(*part) for part in parts])


class Authority(Issued):
    """An authority: a root, or one below another."""

    def __init__(self, name, above=None):
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(subject(name), above.certificate.subject if above else subject(name), key)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        certificate = builder.sign(above.key if above else key, hashes.SHA256())
        super().__init__(certificate, key, [above.certificate, *above.chain] if above else [])

    def issue(self, name, hosts=(), begins=None, ends=None, serial=None, algorithm=None):
        """A certificate for a server (with hosts) or a client (without)."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(subject(name), self.certificate.subject, key, begins, ends, serial)
        usage = ExtendedKeyUsageOID.SERVER_AUTH if hosts else ExtendedKeyUsageOID.CLIENT_AUTH
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if hosts:
            builder = builder.add_extension(x509.SubjectAlternativeName([_name(host) for host in hosts]), critical=False)
        certificate = builder.sign(self.key, algorithm or hashes.SHA256())
        return Issued(certificate, key, [self.certificate, *self.chain])


def self_signed(name):
    """A client's certificate that nobody else signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    return Issued(_builder(subject(name), subject(name), key).sign(key, hashes.SHA256()), key)


def _builder(named, issuer, key, begins=None, ends=None, serial=None):
    return (
        x509.CertificateBuilder().subject_name(named).issuer_name(issuer).public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(begins or now() - DAY).not_valid_after(ends or now() + DAY)
    )


def _name(host):
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
