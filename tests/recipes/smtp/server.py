"""A mail server that records messages and imitates the failures of real servers.

pip install aiosmtpd cryptography
TLS=starttls NAMES=localhost LOGIN=user:password python server.py

Prints its port, the received bytes and the accepted messages, each as a line of JSON. The CA certificate is in
ca.pem. `TLS` is `none`, `starttls` (required) or `implicit`. The recipient selects the replies: `deferred-2@…` gets
451 twice, `unknown@…` 550, and `unwanted@…` 554 after the content. For `cut-1@…` the connection ends once instead of
the last reply, and `ignored-1@…` gets no reply to RCPT once. `HABIT=silent` sends no greeting. `HABIT=echo` defers all
messages, and its replies repeat the client's input.
"""

import asyncio
import datetime
import ipaddress
import json
import os
import ssl
import sys
from collections import Counter

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

TLS = os.environ.get("TLS", "none")
NAMES = os.environ.get("NAMES", "localhost,127.0.0.1").split(",")
LOGIN = os.environ.get("LOGIN", "")
HABIT = os.environ.get("HABIT", "")
seen = Counter()


def tell(**what):
    print(json.dumps(what), flush=True)


def certificate(name, key, issuer, issuer_key, extension, critical):
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - datetime.timedelta(days=1),
        not_valid_after=now + datetime.timedelta(days=1),
    )
    return builder.add_extension(extension, critical).sign(issuer_key, hashes.SHA256())


def san(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def tls_context():
    called = lambda name: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    is_ca = x509.BasicConstraints(ca=True, path_length=None)
    ca = certificate(called("ca"), ca_key, called("ca"), ca_key, is_ca, True)
    names = x509.SubjectAlternativeName([san(name) for name in NAMES])
    leaf = certificate(called("server"), key, called("ca"), ca_key, names, False)
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for file, content in [("ca.pem", ca.public_bytes(pem)), ("server.pem", leaf.public_bytes(pem) + secret)]:
        with open(file, "wb") as out:
            out.write(content)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("server.pem")
    return context


def is_encrypted(server):
    return server.transport.get_extra_info("ssl_object") is not None


class Server(SMTP):
    """Records all received bytes, including those that are no valid command."""

    def data_received(self, data):
        tell(heard=data.decode("latin-1"), encrypted=is_encrypted(self))
        super().data_received(data)

    async def _handle_client(self):
        if HABIT == "silent":
            await asyncio.sleep(3600)
        await super()._handle_client()


class Handler:
    def has_habit(self, habit, address):
        """Returns true as often as the recipient states for that failure."""
        if not address.startswith(habit + "-"):
            return False
        seen[address, habit] += 1
        return seen[address, habit] <= int(address.split("@")[0].split("-")[1])

    async def handle_RCPT(self, server, session, envelope, address, options):
        if HABIT == "echo":
            return f"451 4.7.1 {envelope.mail_from} may not write to {address} now: {LOGIN}"
        if self.has_habit("deferred", address):
            return f"451 4.7.1 {address} is busy"
        if self.has_habit("ignored", address):
            await asyncio.sleep(3600)
        if address.startswith("unknown@"):
            return f"550 5.1.1 {address} is unknown"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        address = envelope.rcpt_tos[0]
        if address.startswith("unwanted@"):
            return b"554 5.7.1 " + b" ".join(envelope.content.split())[:400]
        if self.has_habit("cut", address):
            server.transport.abort()
            return "250 nobody hears this"
        tell(
            mail=envelope.content.decode("latin-1"),
            sender=envelope.mail_from,
            recipients=envelope.rcpt_tos,
            encrypted=is_encrypted(server),
            user=session.auth_data.decode() if session.authenticated else None,
        )
        return "250 2.0.0 taken as 42"


def authenticate(server, session, envelope, mechanism, login):
    if isinstance(login, LoginPassword):
        user, password = login.login.decode(), login.password.decode()
        if LOGIN == f"{user}:{password}":
            return AuthResult(success=True, auth_data=login.login)
    return AuthResult(success=False, handled=False)


async def main():
    context = None if TLS == "none" else tls_context()
    loop = asyncio.get_running_loop()

    def connected():
        return Server(
            Handler(),
            loop=loop,
            hostname="mail.example.com",
            tls_context=context if TLS == "starttls" else None,
            require_starttls=TLS == "starttls",
            auth_required=bool(LOGIN),
            auth_require_tls=False,
            authenticator=authenticate,
        )

    server = await loop.create_server(
        connected,
        "127.0.0.1",
        int(os.environ.get("PORT", "0")),
        ssl=context if TLS == "implicit" else None,
    )
    tell(port=server.sockets[0].getsockname()[1])
    ended = asyncio.Event()
    loop.add_reader(sys.stdin, ended.set)
    await ended.wait()
    os._exit(0)


asyncio.run(main())
