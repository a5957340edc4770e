"""Answers of insurers put together by plain slicing, without the program."""

from __future__ import annotations

from tests.support.efact_slices import positions

REFERENCE = "20260402000017"


def put(text: str, zone: str, value: str, *, of: str, base: int = 0) -> str:
    begin, end = positions(of)[zone]
    assert len(value) == end - begin, (zone, value)
    return text[: begin - base] + value + text[end - base :]


def segment_200(name: str, *, status: str = "00", reference: str = REFERENCE) -> str:
    text = "0" * 67
    for zone, value in (
        ("200", name), ("201", "03"), ("202", "92"), ("203", status), ("204", reference),
        ("205", "00000000000123"),
    ):  # fmt: skip
        text = put(text, zone, value, of="segment-200")
    return text


def segment_300(table: str, length: int, **changes: str) -> str:
    text = "0" * length
    zones = {
        "300": "202603", "301": "017", "302": "20260402", "303": " " * 13, "304": "9991999",
        "305": "CONTACT".ljust(45), "306": "TEST".ljust(24), "307": "0020000000", "308": "03",
        "309": "01",
    }  # fmt: skip
    if table == "segment-300-answer":
        zones |= {"310": "00000", "311": "00"}
    for zone, value in {
        **zones,
        **{key.removeprefix("z"): said for key, said in changes.items()},
    }.items():
        text = put(text, zone, value, of=table)
    return text


def receipt(name: str = "931000") -> bytes:
    rest = put(" " * 160, "300", "920000", of="segment-300-acknowledgement")
    rest = put(rest, "3001", "00", of="segment-300-acknowledgement")
    return (segment_200(name) + rest).encode()


def refused_message(*records: str, errors: dict[str, str] | None = None) -> bytes:
    changes = {f"z{zone}": code for zone, code in (errors or {}).items()}
    head = segment_200("920999", status="40") + segment_300("segment-300", 160, **changes)
    return (head + "".join(records)).encode()


def trailer(*errors: str, comment: str = "", index: int = 1, amount: str = "+00000000000") -> str:
    text = "0" * 450
    zones = {
        "t5": " " * 86, "118": " ", "149": comment.ljust(200), "res": " " * 61,
        "index": f"{index:06d}", "114": amount, "115": "+00000000000", "116": "+00000000000",
    }  # fmt: skip
    for group, error in zip("123", (*errors, " 000000", " 000000", " 000000"), strict=False):
        zones |= {f"letter{group}": error[0], f"code{group}": error[1:]}
    for zone, value in zones.items():
        text = put(text, zone, value, of="answer-trailer", base=350)
    return text


def echo(record: str, *errors: str, amount: str = "+00000000000") -> str:
    return record + trailer(*errors, amount=amount)


def answered_file(name: str, *blocks: str, kind: str = "00", percentage: str = "00000") -> bytes:
    segment = segment_300("segment-300-answer", 610, z310=percentage, z311=kind)
    return (segment_200(name) + segment + "".join(blocks)).encode("latin-1")


def settlement(
    *,
    asked: int,
    accepted: int,
    refused: int,
    mutuality: str = "129",
    kind: str = "91",
) -> str:
    table, first = (f"record-{kind}", 400 if kind == "91" else 500)
    text = "0" * 277 + " " * 523 if kind == "91" else "0" * 163 + " " * 637
    zones = {0: kind, 1: mutuality, 2: "000000000001", 9: "00000006", 10: "30"}
    for place, amount in {
        3: asked, 5: 0, 7: asked, 11: accepted, 13: refused, 15: 0, 17: 0, 19: accepted,
        21: refused,
    }.items():  # fmt: skip
        zones |= {place: "-" if amount < 0 else "+", place + 1: f"{abs(amount):011d}"}
    if kind == "91":
        zones |= {23: "017/202603/100/".ljust(22), 24: " " * 22}
    for place, value in zones.items():
        text = put(text, str(first + place), value, of=table)
    for zone, width in (("C1", 1), ("C2", 11), ("C3", 1), ("C4", 11), ("C5", 1), ("C6", 11)):
        text = put(text, zone, " " * width, of=table)
    return text
