"""A real SMTP server for tests: keeps each mail it takes as a file, and behaves as the recipient's name says.

    server.py FOLDER [PORT]      prints the port it listens on

    refused@…   550 to the recipient, always
    later@…     451 to the recipient, the first time
    dropped@…   the connection is closed in the middle of the mail, the first time
    slow@…      takes the mail after two seconds

With USER and PASSWORD in the environment it takes mails only from who signs in.
"""

import asyncio
import os
import sys
from email import message_from_bytes, policy
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

folder = Path(sys.argv[1])
port = int(sys.argv[2]) if len(sys.argv) > 2 else 0
user, password = os.environ.get("USER_NAME"), os.environ.get("PASSWORD")
seen = set()


def first_time(address):
    is_first = address not in seen
    seen.add(address)
    return is_first


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name == "refused":
            return "550 5.1.1 no such mailbox"
        if name == "later" and first_time(address):
            return "451 4.3.0 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        name = envelope.rcpt_tos[0].split("@")[0]
        if name == "dropped" and first_time(envelope.rcpt_tos[0]):
            server.transport.abort()
            return "451 gone"
        if name == "slow":
            await asyncio.sleep(2)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        text = mail.get_body(("plain",)).get_content()
        html = mail.get_body(("html",)).get_content()
        place = folder / f"{len(list(folder.glob('*.mail'))):04}.mail"
        # What an independent reader of mail finds in it, part by part.
        parts = [envelope.rcpt_tos[0], str(mail["Message-ID"]), str(mail["Subject"]), text, html]
        half = place.with_suffix(".half")
        half.write_text("\0".join(parts), encoding="utf-8")
        half.rename(place)
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    is_right = isinstance(data, LoginPassword) and (data.login, data.password) == (
        (user or "").encode(),
        (password or "").encode(),
    )
    # Not handled: so the server itself answers who is refused.
    return AuthResult(success=is_right, handled=False)


def protocol():
    return SMTP(
        Handler(),
        hostname="127.0.0.1",
        enable_SMTPUTF8=True,
        auth_require_tls=False,
        auth_required=bool(user),
        authenticator=authenticate if user else None,
    )


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    # Until whoever started it goes away.
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
