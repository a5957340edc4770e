"""Every GenAsync message comes back as it was written, and nonsense is refused in our own words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from bridge.codecs.blob import MOST_BYTES, Encoding, hash_of
from bridge.errors import OurMessageInvalid, TheirAnswerInvalid
from bridge.mycarenet import genasync
from bridge.mycarenet.common import (
    CareProvider,
    CommonInput,
    Identity,
    Licence,
    Origin,
    Package,
    ProviderNumber,
)
from bridge.mycarenet.genasync_values import (
    REFERENCE_PREFIX,
    TACK_FAILURE,
    TACK_SUCCESS,
    Blob,
    Confirmation,
    Post,
    Query,
    Tack,
    UnreadableBlob,
    Waiting,
    WaitingMessage,
    WaitingTack,
)
from bridge.soap import addressing, xml
from bridge.soap.envelope import wrap
from bridge.soap.names import SOAP, q

NUMBER = ProviderNumber(quality="nurse", value="41000109401")
ORIGIN = Origin(
    package=Package(name="Carebridge", licence=Licence(username="u", password="p")),
    care_provider=CareProvider(nihii=NUMBER, person=Identity(name="A B", nihii=NUMBER)),
)
COMMON = CommonInput(is_test=True, origin=ORIGIN, input_reference="00000000000012")
BLOB = Blob(content=b"<a>\xc3\xa9</a>", content_type="text/xml", message_name="MDA", id="_1")
TACK = Tack(
    value=b"\x01" * 32,
    issuer="urn:nip:issuer:io:300",
    applies_to=REFERENCE_PREFIX + "00000000000012",
    result_major=TACK_SUCCESS,
    id="_t",
    reference="ref-1",
)
MESSAGE = WaitingMessage(
    input_reference="00000000000012",
    nip_reference=None,
    output_reference="00000000000077",
    detail=replace(BLOB, hash_value=hash_of(BLOB.content), reference="ref-2"),
)
BYTES = st.binary(min_size=1, max_size=300)


@given(BYTES, st.sampled_from(list(Encoding)), st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_post_comes_back(content: bytes, encoding: Encoding, is_signed: bool) -> None:  # noqa: FBT001  # drawn by the library
    signature = b"<s/>" if is_signed else None
    post = Post(
        common=COMMON, detail=replace(BLOB, content=content, encoding=encoding), xades=signature
    )
    assert genasync.decode_post(genasync.encode_post(post)) == post


def test_the_file_of_a_large_batch_is_read_by_the_platform() -> None:
    content = bytes(MOST_BYTES + 1)
    post = Post(common=COMMON, detail=replace(BLOB, content=content, encoding=Encoding.DEFLATE))
    assert genasync.decode_post(genasync.encode_post(post)).detail.content == content


@pytest.mark.parametrize("major", [TACK_SUCCESS, TACK_FAILURE])
def test_a_receipt_comes_back(major: str) -> None:
    tack = replace(TACK, result_major=major, result_minor="urn:nip:tack:result:minor:refused")
    read = genasync.decode_post_answer(genasync.encode_post_answer(tack))
    assert read == tack
    assert read.is_success is (major == TACK_SUCCESS)
    assert read.input_reference == "00000000000012"


@pytest.mark.parametrize(
    "query",
    [
        Query(origin=ORIGIN),
        Query(origin=ORIGIN, message_names=("MDA", "REJECT"), most_messages=1, most_tacks=2),
        Query(origin=ORIGIN, include_ios=("300",), exclude_ios=("100", "200")),
        Query(origin=ORIGIN, include_tacks=False),
        Query(origin=ORIGIN, include_messages=False, reply_to_etk=b"\x00\x01"),
    ],
)
def test_a_query_comes_back(query: Query) -> None:
    read = genasync.decode_get(genasync.encode_get(query))
    assert replace(read, most_messages=query.most_messages, most_tacks=query.most_tacks) == query
    if query.include_messages and query.most_messages is not None:
        assert read.most_messages == query.most_messages


def test_what_waits_comes_back() -> None:
    waiting = Waiting(
        messages=(MESSAGE, replace(MESSAGE, input_reference=None)),
        tacks=(WaitingTack(tack=TACK),),
        message_count=2,
        tack_count=1,
    )
    assert genasync.decode_get_answer(genasync.encode_get_answer(waiting)) == waiting


def test_a_blob_with_another_hash_is_kept_as_unreadable() -> None:
    spoilt = replace(MESSAGE, detail=replace(MESSAGE.detail, hash_value=hash_of(b"other")))
    element = genasync.encode_get_answer(Waiting(messages=(spoilt,), message_count=1))
    (read,) = genasync.decode_get_answer(element).messages
    assert isinstance(read.detail, UnreadableBlob)
    assert read.detail.reference == "ref-2"
    assert read.input_reference == "00000000000012"


@pytest.mark.parametrize(
    "confirmation",
    [
        Confirmation(origin=ORIGIN, message_references=("ref-2",), tack_contents=(b"\x01\x02",)),
        Confirmation(origin=ORIGIN, message_hashes=(hash_of(b"x"),), tack_references=("ref-1",)),
    ],
)
def test_a_confirmation_comes_back(confirmation: Confirmation) -> None:
    assert genasync.decode_confirm(genasync.encode_confirm(confirmation)) == confirmation


def test_a_message_our_schema_refuses_does_not_leave() -> None:
    wrong = replace(ORIGIN, care_provider=CareProvider(nihii=replace(NUMBER, value="1")))
    with pytest.raises(OurMessageInvalid):
        genasync.encode_post(Post(common=replace(COMMON, origin=wrong), detail=BLOB))


@pytest.mark.parametrize(
    "decode",
    [
        genasync.decode_post,
        genasync.decode_post_answer,
        genasync.decode_get,
        genasync.decode_get_answer,
        genasync.decode_confirm,
        genasync.decode_confirm_answer,
    ],
)
def test_another_message_is_refused(decode) -> None:
    with pytest.raises(TheirAnswerInvalid):
        decode(xml.parse(b'<a xmlns="urn:other"/>'))


def test_a_receipt_is_bound_to_content_and_result() -> None:
    codes = {
        genasync.tack_hmac(content, major)
        for content in (b"a", b"b")
        for major in (TACK_SUCCESS, TACK_FAILURE)
    }
    assert len(codes) == 4


class TestAddressing:
    @pytest.mark.parametrize("to", ["urn:nip:destination:io:300", None])
    def test_headers_come_back(self, to: str | None) -> None:
        envelope = wrap(xml.parse(b"<payload/>"))
        header = etree.Element(q(SOAP, "Header"))
        header.extend(addressing.headers("urn:action", "urn:uuid:1", to))
        envelope.insert(0, header)
        read = addressing.read(xml.parse(xml.serialize(envelope)))
        assert (read.action, read.to, read.message_id) == ("urn:action", to, "urn:uuid:1")

    def test_a_message_without_headers_says_nothing(self) -> None:
        read = addressing.read(wrap(xml.parse(b"<payload/>")))
        assert (read.action, read.to, read.message_id) == (None, None, None)
