"""What failed in TLS: their certificate in our eyes, or ours in theirs.

A server that wants a certificate says in an alert what is wrong with ours, and reads nothing of a
request before it has judged it (RFC 8446, 4.4.2.4 and 6.2): after such an alert nothing was taken.
"""

from __future__ import annotations

import base64
import ssl
from collections.abc import Iterator
from http.client import HTTPException, HTTPSConnection
from typing import Final
from urllib.parse import urlsplit

from bridge.errors import RemoteFault, RemoteRefusal

_LISTENING_S: Final = 0.25
"""A refusal comes within a round trip; whoever lets us in says nothing for so long."""

SYSTEM: Final = "tls"
"""In ``RemoteFault.system``, for a certificate of ours that was refused."""

_ABOUT_OURS: Final = {
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "certificate_required",
    "SSLV3_ALERT_BAD_CERTIFICATE": "bad_certificate",
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": "unsupported_certificate",
    "SSLV3_ALERT_CERTIFICATE_REVOKED": "certificate_revoked",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "certificate_expired",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "certificate_unknown",
    "TLSV1_ALERT_UNKNOWN_CA": "unknown_ca",
    "TLSV1_ALERT_ACCESS_DENIED": "access_denied",
}
"""Alerts by the names of the TLS library, and as the standard calls them."""


def is_untrusted(error: BaseException) -> bool:
    """Tell whether we do not trust their certificate."""
    return any(isinstance(each, ssl.SSLCertVerificationError) for each in _causes(error))


def refusal_of_ours(error: BaseException) -> RemoteRefusal | None:
    """Give the refusal of our certificate behind an error, where there is one."""
    for each in _causes(error):
        alert = _ABOUT_OURS.get(each.reason or "") if isinstance(each, ssl.SSLError) else None
        if alert is not None:
            return RemoteRefusal(remote=RemoteFault(system=SYSTEM, code=alert))
    return None


class RefusalListener:
    """Connects, writes nothing, and hears whether our certificate is refused."""

    def __init__(self, context: ssl.SSLContext, *, proxy: str | None, connect_s: float) -> None:
        """Keep how to connect.

        Args:
            context: Says whom we trust, and who we are.
            proxy: Address of an HTTP proxy.
            connect_s: Seconds to connect and agree on TLS.
        """
        self._context = context
        self._proxy = None if proxy is None else urlsplit(proxy)
        self._connect_s = connect_s

    def __call__(self, url: str) -> None:
        """Listen for a moment; blocks. Whatever else fails, the request itself will tell.

        Raises:
            RemoteRefusal: our certificate was refused.
        """
        address = urlsplit(url)
        if address.scheme != "https":
            return
        connection = self._connection(address.hostname or "", address.port)
        try:
            connection.connect()
            connection.sock.settimeout(_LISTENING_S)
            connection.sock.recv(1)
        except (OSError, HTTPException) as error:
            refusal = refusal_of_ours(error)
            if refusal is not None:
                raise refusal from error
        finally:
            connection.close()

    def _connection(self, host: str, port: int | None) -> HTTPSConnection:
        way = self._proxy
        if way is None or way.hostname is None:
            return HTTPSConnection(host, port, timeout=self._connect_s, context=self._context)
        through = HTTPSConnection(
            way.hostname, way.port, timeout=self._connect_s, context=self._context
        )
        pair = base64.b64encode(f"{way.username or ''}:{way.password or ''}".encode()).decode()
        headers = {"Proxy-Authorization": f"Basic {pair}"} if way.username else {}
        through.set_tunnel(host, port, headers)
        return through


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
