"""A mail server (aiosmtpd) that keeps what it is given. It prints its port, then a line of JSON for each message.

usage: mail_server.py [USER PASSWORD [CERTIFICATE KEY [wrapped]]]

With a certificate it asks for STARTTLS, or speaks TLS from the first byte. On standard input, one a line: `refuse` (every
recipient, from now on), `echo` (refuse, and say the password while doing so), `accept`.
"""
import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

user, password, certificate, key, wrapped = (sys.argv[1:] + [None] * 5)[:5]


class Keeper:
    mode = "accept"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.mode == "refuse":
            return "550 5.1.1 there is no such person"
        if self.mode == "echo":
            return f"550 5.7.8 {password} may not send here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        said = {
            "sender": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "tls": session.ssl is not None or wrapped is not None,
            "headers": {name.lower(): str(value) for name, value in message.items()},
            "text": message.get_body(["plain"]).get_content(),
            "html": message.get_body(["html"]).get_content(),
        }
        print(json.dumps(said), flush=True)
        return "250 kept"


def authenticate(server, session, envelope, mechanism, data):
    good = (data.login.decode(), data.password.decode()) == (user, password)
    return AuthResult(success=good, handled=False)


async def main():
    keeper, tls = Keeper(), None
    if certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate, key)
    options = {"hostname": "mail.test"}
    if user:
        options |= {"authenticator": authenticate, "auth_required": True, "auth_require_tls": False}
    if tls and not wrapped:
        options |= {"tls_context": tls, "require_starttls": True}
    loop = asyncio.get_running_loop()
    speak = lambda: SMTP(keeper, **options)
    server = await loop.create_server(speak, "127.0.0.1", 0, ssl=tls if wrapped else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while order := await orders.readline():
        keeper.mode = order.decode().strip()
        print(json.dumps({"mode": keeper.mode}), flush=True)


asyncio.run(main())
