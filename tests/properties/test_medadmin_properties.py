"""Messages of home nurses: what one side writes the other reads, and hostile ones do no harm."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from bridge.errors import TheirAnswerInvalid
from bridge.mycarenet import medadmin
from bridge.mycarenet.medadmin_locations import member_of_location
from bridge.mycarenet.medadmin_messages import meaning_of
from bridge.mycarenet.medadmin_names import CARENET, Meaning, MessageName
from bridge.mycarenet.medadmin_values import Unreadable
from bridge.mycarenet.schema import Document, is_valid
from bridge.soap import xml
from tests.support.medadmin import (
    KATZ,
    PALLIATIVE,
    RECEIPT,
    TECHNICAL,
    VISIT,
    answers,
    contractual_answers,
    judged,
    palliative_answers,
    requests,
    technical_answers,
    updates,
)

DOCUMENTS = {
    "requests": medadmin.encode_requests([KATZ, PALLIATIVE, TECHNICAL]),
    "answers": medadmin.encode_answers([VISIT, RECEIPT]),
}
documents = st.sampled_from(sorted(DOCUMENTS))
words = st.sampled_from(
    [
        "",
        " ",
        "x",
        "0",
        "12",
        "true",
        "1 2 3",
        "2026-02-30",
        "2026-03-02Z",
        "NEW",
        "\u0660",
        "A" * 200,
    ]
)


@given(st.lists(requests, min_size=1, max_size=3))
@settings(max_examples=60, deadline=None)
def test_requests_arrive_as_they_were_sent(sent):
    content = judged(medadmin.encode_requests(sent))
    assert medadmin.decode_requests(content) == tuple(sent)
    assert medadmin.decode_answers(content) == tuple(sent)


@given(requests)
@settings(max_examples=60, deadline=None)
def test_a_request_alone_arrives_as_it_was_sent(sent):
    content = judged(medadmin.encode_request(sent))
    assert medadmin.decode_requests(content) == (sent,)
    assert meaning_of(sent) is Meaning.REQUEST


@given(contractual_answers | updates)
@settings(max_examples=60, deadline=None)
def test_contractual_answers_arrive_as_they_were_sent(sent):
    assert medadmin.decode_answers(judged(medadmin.encode_answer(sent))) == (sent,)


@given(palliative_answers | technical_answers)
@settings(max_examples=60, deadline=None)
@pytest.mark.timeout(60)
def test_other_answers_arrive_as_they_were_sent(sent):
    assert medadmin.decode_answers(judged(medadmin.encode_answer(sent))) == (sent,)


@given(st.lists(answers, min_size=1, max_size=3))
@settings(max_examples=60, deadline=None)
@pytest.mark.timeout(60)
def test_lists_of_answers_arrive_in_their_order(sent):
    assert medadmin.decode_answers(judged(medadmin.encode_answers(sent))) == tuple(sent)


@given(st.one_of(requests, answers))
@settings(max_examples=60, deadline=None)
def test_no_value_shows_who_the_patient_is(message):
    patient = message.care_receiver
    shown = repr(message)
    secrets = [patient.niss, patient.membership_number]
    texts = [each.digits if hasattr(each, "digits") else each.text for each in secrets if each]
    assert not any(text in shown for text in texts if len(text) > 5)
    assert "***" in repr(patient)


@given(documents, st.data())
@settings(max_examples=100, deadline=None)
def test_a_cut_document_is_refused(name, data):
    content = DOCUMENTS[name]
    cut = content[: data.draw(st.integers(0, len(content) - 1))]
    try:
        medadmin.decode_answers(cut)
    except TheirAnswerInvalid:
        return
    raise AssertionError(cut)


@given(documents, st.data())
@settings(max_examples=100, deadline=None)
def test_a_flipped_byte_is_read_or_refused(name, data):
    altered = bytearray(DOCUMENTS[name])
    altered[data.draw(st.integers(0, len(altered) - 1))] ^= data.draw(st.integers(1, 255))
    for decode in (medadmin.decode_answers, medadmin.decode_requests):
        try:
            decode(bytes(altered))
        except TheirAnswerInvalid:
            continue


@given(documents, st.data(), words)
@settings(max_examples=100, deadline=None)
def test_any_text_anywhere_spoils_no_other_message(name, data, word):
    root = xml.parse(DOCUMENTS[name])
    message = data.draw(st.sampled_from(xml.children(root)))
    place = root.index(message)
    before = medadmin.decode_answers(DOCUMENTS[name])
    target = data.draw(st.sampled_from(list(message.iter(etree.Element))))
    if target.attrib and data.draw(st.booleans()):
        target.set(data.draw(st.sampled_from(sorted(target.attrib))), word)
    else:
        target.text = word
    after = medadmin.decode_answers(xml.serialize(root))
    assert len(after) == len(before)
    assert not any(isinstance(each, Unreadable) for each in after)
    assert after[:place] + after[place + 1 :] == before[:place] + before[place + 1 :]


@given(documents, st.data())
@settings(max_examples=100, deadline=None)
def test_moved_doubled_and_removed_parts_cost_at_most_their_message(name, data):
    root = xml.parse(DOCUMENTS[name])
    before = medadmin.decode_answers(DOCUMENTS[name])
    message = data.draw(st.sampled_from(xml.children(root)))
    place = root.index(message)
    inside = list(message.iter(etree.Element))
    chosen = data.draw(st.sampled_from(inside[1:]))
    copy = xml.parse(xml.serialize(chosen))
    if data.draw(st.booleans()):
        chosen.getparent().remove(chosen)
    target = data.draw(st.sampled_from(list(message.iter(etree.Element))))
    target.insert(data.draw(st.integers(0, 3)), copy)
    after = medadmin.decode_answers(xml.serialize(root))
    assert len(after) == len(before)
    assert after[:place] + after[place + 1 :] == before[:place] + before[place + 1 :]


@given(st.one_of(requests, answers), st.data())
@settings(max_examples=100, deadline=None)
def test_whatever_is_read_and_still_fits_our_schema_means_the_same_when_written_again(sent, data):
    root = xml.parse(_encode(sent))
    target = data.draw(st.sampled_from(list(root.iter(etree.Element))))
    target.text = data.draw(words)
    if not is_valid(root, Document.MEDADMIN):
        return
    (read,) = medadmin.decode_answers(xml.serialize(root))
    (again,) = medadmin.decode_answers(judged(_encode(read)))
    assert again == read


@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
@settings(max_examples=100, deadline=None)
def test_other_bytes_are_flat_or_refused(content):
    flat = medadmin.flat_message_of(content)
    assert flat is None or flat.content == content
    for decode in (medadmin.decode_answers, medadmin.decode_requests):
        try:
            decode(content)
        except TheirAnswerInvalid:
            continue
        raise AssertionError(content)


MARKUP = (
    f"<MedAdminResponseList xmlns='{CARENET}'>",
    "</MedAdminResponseList>",
    "<SingleNurseContractualCareResponse MessageName='M410900'>",
    "</SingleNurseContractualCareResponse>",
    "<SingleNurseContractualCareUpdate/>",
    "<SinglePalliativeCareRequest/>",
    "<MessageFault><Details/></MessageFault>",
    "<Decision result='perhaps'/>",
    "<NurseContractualCareResponseDetail>",
    "</NurseContractualCareResponseDetail>",
    "<!-- remark -->",
    "<?p?>",
    "&x;",
    "<!DOCTYPE a>",
    "text",
)


@given(st.lists(st.sampled_from(MARKUP), max_size=14).map("".join))
@settings(max_examples=100, deadline=None)
def test_random_markup_is_read_or_refused(document):
    try:
        read = medadmin.decode_answers(document.encode())
    except TheirAnswerInvalid:
        return
    assert all(isinstance(each, Unreadable) or meaning_of(each) in Meaning for each in read)


@given(st.text(max_size=60), st.none() | st.sampled_from(MessageName))
@settings(max_examples=60, deadline=None)
def test_any_location_is_a_member_or_nothing(text, name):
    member = member_of_location(text, message_name=name)
    assert member is None or member.replace("_", "").replace(".", "").isalpha()


def _encode(message):
    is_request = meaning_of(message) is Meaning.REQUEST
    return medadmin.encode_request(message) if is_request else medadmin.encode_answer(message)
