"""TLS with a certificate of ours (port ``RestOpener``).

The TLS library reads keys from files only.
So the key is written under a random pass phrase into a file for its owner alone, read, and
removed at once.
"""

from __future__ import annotations

import secrets
import ssl
import tempfile
from pathlib import Path

from bridge.adapters.http import HttpRest, tls_trust
from bridge.adapters.httplimits import DEFAULT_LIMITS, HttpLimits
from bridge.crypto.clientidentity import ClientIdentity, sealed_key
from bridge.errors import InputError


class HttpRestOpener:
    """Opens ``HttpRest`` with the program's own way out of the house."""

    def __init__(
        self,
        *,
        program: str,
        proxy: str | None = None,
        trust_file: Path | None = None,
        limits: HttpLimits = DEFAULT_LIMITS,
    ) -> None:
        """Keep how connections are opened."""
        self._program = program
        self._proxy = proxy
        self._trust_file = trust_file
        self._limits = limits

    def __call__(self, identity: ClientIdentity | None) -> HttpRest:
        """Open a transport; nothing is sent.

        Raises:
            InputError: certificate and key do not belong together
                (``billing_certificate_invalid``).
        """
        trust = tls_trust(self._trust_file)
        if identity is not None:
            load_identity(trust, identity)
        return HttpRest(program=self._program, proxy=self._proxy, trust=trust, limits=self._limits)


def load_identity(context: ssl.SSLContext, identity: ClientIdentity) -> None:
    """Let a TLS context show a certificate of ours.

    Raises:
        InputError: certificate and key do not belong together
            (``billing_certificate_invalid``).
    """
    passphrase = secrets.token_hex(32)
    with tempfile.TemporaryDirectory(prefix="carebridge-") as folder:
        chain, key = Path(folder, "certificate.pem"), Path(folder, "key.pem")
        chain.write_text(identity.certificate, "ascii")
        key.write_bytes(sealed_key(identity, passphrase.encode("ascii")))
        try:
            context.load_cert_chain(chain, key, passphrase)
        except (ssl.SSLError, OSError) as error:
            raise InputError(code="billing_certificate_invalid") from error
