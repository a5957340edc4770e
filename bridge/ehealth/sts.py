"""Messages of the WS-Trust 1.3 token service, both directions.

Source: *STS session* 5.1 to 5.4.
Reading is as tolerant as the clients that are known to work are diverse: a ``Context`` may be
qualified, extra elements are ignored, a moment may have any offset.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from lxml import etree

from bridge.crypto.certificates import Certificate
from bridge.ehealth.instants import parse_instant
from bridge.ehealth.profiles import DEFAULT_SETTINGS, Claim, StsSettings
from bridge.errors import CertificateUntrusted, TheirAnswerInvalid
from bridge.soap import wsse, xml
from bridge.soap.instants import encode_instant
from bridge.soap.names import AUTH, DS, SAML_TOKEN_TYPE, WSSE, WST, WSU, q

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

ISSUE_ACTION: Final = "urn:be:fgov:ehealth:sts:protocol:v1:RequestSecurityToken"
CHALLENGE_ACTION: Final = "urn:be:fgov:ehealth:sts:protocol:v1:Challenge"
REQUEST_TYPE: Final = "http://docs.oasis-open.org/ws-sx/ws-trust/200512/Issue"
DIALECT: Final = "http://docs.oasis-open.org/wsfed/authorization/200706/authclaims"

_CONTEXTS: Final = ("Context", q(WST, "Context"))


@dataclass(frozen=True, kw_only=True)
class IssueRequest:
    """First leg: ask for an assertion bound to the holder's key.

    Attributes:
        context: Opaque reference of the exchange; ``None`` only when a peer sent none.
        claims: Wanted attributes in order; duplicates are kept when reading.
        not_before: Start of the wanted window.
        not_after: End of the wanted window.
        holder: Certificate of the key the assertion is bound to; ``None`` means the one that
            signs the message.
    """

    context: str | None
    claims: tuple[Claim, ...]
    not_before: datetime
    not_after: datetime
    holder: Certificate | None = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class ChallengeReply:
    """Answer of the STS: prove that you have the key by signing this text."""

    context: str | None
    text: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class ChallengeAnswer:
    """Second leg: the same text in a message that the holder's key signs."""

    context: str | None
    text: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class TokenReply:
    """Final answer: the assertion, as received."""

    context: str | None
    assertion: bytes = field(repr=False)


def signing_profile(settings: StsSettings = DEFAULT_SETTINGS) -> wsse.SigningProfile:
    """Give the profile of both legs, with the configured life of the timestamp."""
    return replace(wsse.STS_PROFILE, timestamp_lifetime_s=settings.timestamp_lifetime_s)


def encode_issue(
    request: IssueRequest,
    settings: StsSettings = DEFAULT_SETTINGS,
) -> Element:
    """Write the request; child order as all known clients write it."""
    root = _root("RequestSecurityToken", request.context)
    _add(root, q(WST, "TokenType"), SAML_TOKEN_TYPE)
    _add(root, q(WST, "RequestType"), REQUEST_TYPE)
    claims = _add(root, q(WST, "Claims"))
    claims.set("Dialect", DIALECT)
    for claim in request.claims:
        asked = etree.SubElement(claims, q(AUTH, "ClaimType"), nsmap={"auth": AUTH})
        asked.set("Uri", claim.uri)
        if claim.value is not None:
            _add(asked, q(AUTH, "Value"), claim.value)
    lifetime = etree.SubElement(root, q(WST, "Lifetime"), nsmap={"wsu": WSU})
    _add(lifetime, q(WSU, "Created"), encode_instant(request.not_before))
    _add(lifetime, q(WSU, "Expires"), encode_instant(request.not_after))
    _add(root, q(WST, "KeyType"), settings.key_type)
    if request.holder is not None:
        _add_use_key(root, request.holder)
    return root


def decode_issue(
    element: Element,
    settings: StsSettings = DEFAULT_SETTINGS,
) -> IssueRequest:
    """Read a request.

    Raises:
        TheirAnswerInvalid: a member is missing, repeated or has another value than the one
            literal that is defined for it.
    """
    _expect(element, "RequestSecurityToken")
    _demand_literal(element, "TokenType", SAML_TOKEN_TYPE)
    _demand_literal(element, "RequestType", REQUEST_TYPE)
    _demand_literal(element, "KeyType", settings.key_type)
    claims = xml.only_child(element, q(WST, "Claims"))
    if claims.get("Dialect") != DIALECT:
        raise TheirAnswerInvalid("unknown dialect of claims")
    return IssueRequest(
        context=_context(element),
        claims=tuple(_read_claim(claim) for claim in claims.iterchildren(q(AUTH, "ClaimType"))),
        not_before=_read_moment(element, "Created"),
        not_after=_read_moment(element, "Expires"),
        holder=_read_use_key(element),
    )


def encode_challenge(reply: ChallengeReply) -> Element:
    """Write the challenge."""
    return _challenge("SignChallenge", reply.context, reply.text)


def encode_challenge_answer(answer: ChallengeAnswer) -> Element:
    """Write the answer to a challenge, its text unchanged."""
    return _challenge("SignChallengeResponse", answer.context, answer.text)


def decode_challenge_answer(element: Element) -> ChallengeAnswer:
    """Read the answer to a challenge; extra elements are ignored (*STS session* 5.2).

    Raises:
        TheirAnswerInvalid: it is no such answer.
    """
    _expect(element, "RequestSecurityTokenResponse")
    text = _read_challenge(element, "SignChallengeResponse")
    return ChallengeAnswer(context=_context(element), text=text)


def encode_token(reply: TokenReply) -> Element:
    """Write the final answer around the assertion."""
    root = _root("RequestSecurityTokenResponse", reply.context)
    _add(root, q(WST, "RequestedSecurityToken")).append(xml.slot())
    return xml.fill(root, [xml.parse(reply.assertion)])


def decode_reply(
    element: Element,
    *,
    context: str | None = None,
) -> ChallengeReply | TokenReply:
    """Read what the STS answers to either leg.

    Args:
        element: The payload.
        context: Context of our request; when both sides name one they must be equal.

    Raises:
        TheirAnswerInvalid: neither a challenge nor a token, both, or another context.
    """
    _expect(element, "RequestSecurityTokenResponse")
    received = _context(element)
    if context is not None and received is not None and received != context:
        raise TheirAnswerInvalid("the answer belongs to another request")
    challenge = xml.optional_child(element, q(WST, "SignChallenge"))
    token = xml.optional_child(element, q(WST, "RequestedSecurityToken"))
    if (challenge is None) == (token is None):
        raise TheirAnswerInvalid("neither a challenge nor a token, or both")
    if token is None:
        return ChallengeReply(context=received, text=_read_challenge(element, "SignChallenge"))
    content = xml.children(token)
    if len(content) != 1:
        raise TheirAnswerInvalid("not exactly one token")
    return TokenReply(context=received, assertion=xml.serialize(content[0]))


def _root(name: str, context: str | None) -> Element:
    root = etree.Element(q(WST, name), nsmap={"wst": WST})
    if context is not None:
        root.set("Context", context)
    return root


def _add(parent: Element, tag: str, text: str | None = None) -> Element:
    child = etree.SubElement(parent, tag)
    child.text = text
    return child


def _add_use_key(root: Element, holder: Certificate) -> None:
    """Write the certificate as X509Data directly inside the token reference."""
    use_key = _add(root, q(WST, "UseKey"))
    reference = etree.SubElement(
        use_key,
        q(WSSE, "SecurityTokenReference"),
        nsmap={"wsse": WSSE, "ds": DS},
    )
    _add(_add(reference, q(DS, "X509Data")), q(DS, "X509Certificate"), holder.base64)


def _challenge(name: str, context: str | None, text: str) -> Element:
    root = _root("RequestSecurityTokenResponse", context)
    _add(_add(root, q(WST, name)), q(WST, "Challenge"), text)
    return root


def _expect(element: Element, name: str) -> None:
    if element.tag != q(WST, name):
        raise TheirAnswerInvalid(f"not a wst:{name}")


def _demand_literal(element: Element, name: str, value: str) -> None:
    if xml.text_of(element, q(WST, name)) != value:
        raise TheirAnswerInvalid(f"unknown {name}")


def _read_moment(element: Element, name: str) -> datetime:
    return parse_instant(xml.text_of(element, q(WST, "Lifetime"), q(WSU, name)))


def _context(element: Element) -> str | None:
    given = [element.get(name) for name in _CONTEXTS if element.get(name) is not None]
    if len(set(given)) > 1:
        raise TheirAnswerInvalid("two contexts")
    return given[0] if given else None


def _read_claim(element: Element) -> Claim:
    uri = element.get("Uri")
    if not uri:
        raise TheirAnswerInvalid("a claim without a name")
    if not len(element):
        return Claim(uri)
    return Claim(uri, xml.text_of(element, q(AUTH, "Value")))


def _read_use_key(element: Element) -> Certificate | None:
    if xml.optional_child(element, q(WST, "UseKey")) is None:
        return None
    text = xml.text_of(
        element,
        q(WST, "UseKey"),
        q(WSSE, "SecurityTokenReference"),
        q(DS, "X509Data"),
        q(DS, "X509Certificate"),
    )
    try:
        return Certificate.parse(base64.b64decode("".join(text.split()), validate=True))
    except (ValueError, CertificateUntrusted) as error:
        raise TheirAnswerInvalid("the key to use is no certificate") from error


def _read_challenge(element: Element, name: str) -> str:
    """Give the text exactly as sent: it is echoed unchanged."""
    challenge = xml.descend(element, q(WST, name), q(WST, "Challenge"))
    if len(challenge) or not challenge.text:
        raise TheirAnswerInvalid("no text to sign")
    return challenge.text
