"""What the parser refuses gets the code the guard would have given."""

from __future__ import annotations

import pytest

from api.wire import diagnose

GOOD = b"Host: 127.0.0.1:42110\r\n"


@pytest.mark.parametrize(
    ("head", "code"),
    [
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", "host_header_invalid", id="HOST-02"),
        pytest.param(b"GET / HTTP/1.1\r\n" + GOOD * 2 + b"\r\n", "host_header_invalid", id="twice"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\x00b\r\n\r\n", "host_header_invalid", id="nul"),
        pytest.param(b"GET /a b HTTP/1.1\r\n" + GOOD, "request_target_invalid", id="blank"),
        pytest.param(b"GET /\xff HTTP/1.1\r\n" + GOOD, "request_target_invalid", id="bytes"),
        pytest.param(b"GET http://x/ HTTP/1.1\r\n" + GOOD, "request_target_invalid", id="absolute"),
        pytest.param(b"GET / SPDY/3\r\n" + GOOD, "request_target_invalid", id="other-protocol"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01", "request_target_invalid", id="tls-hello"),
        pytest.param(b"", "request_target_invalid", id="nothing"),
        pytest.param(
            b"GET / HTTP/1.1\r\n" + GOOD + b"X: " + b"a" * 17_000,
            "headers_too_large",
            id="long",
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\n" + GOOD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
            "request_framing_invalid",
            id="two-lengths",
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\n" + GOOD + b"Bad Header: x\r\n\r\n",
            "request_framing_invalid",
            id="blank-in-name",
        ),
    ],
)
def test_diagnose(head, code):
    assert diagnose(head) == code
