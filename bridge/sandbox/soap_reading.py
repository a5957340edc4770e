"""Reading what a service of the platform is sent."""

from __future__ import annotations

from lxml.etree import _Element as Element

from bridge.errors import TheirAnswerInvalid
from bridge.sandbox.exchange import SandboxRequest
from bridge.sandbox.refusals import MALFORMED, NO_BODY, NOT_SOAP, Refused
from bridge.soap import envelope, xml


def parse(request: SandboxRequest) -> Element:
    """Read a message as SOAP 1.1.

    Raises:
        Refused: not well-formed, no envelope, or an empty body.
    """
    if not request.is_xml:
        raise Refused(NOT_SOAP, "content type")
    try:
        message = xml.parse(request.body)
    except TheirAnswerInvalid as error:
        raise Refused(MALFORMED, "not well-formed") from error
    try:
        body = envelope.body_of(message)
    except TheirAnswerInvalid as error:
        raise Refused(NOT_SOAP, "no SOAP 1.1 envelope") from error
    if not xml.children(body):
        raise Refused(NO_BODY, "empty body")
    return message
