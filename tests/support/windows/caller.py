"""Software of somebody else on Windows, in Python: makes the requests that a test wants.

A line of JSON asks, a line of JSON answers, until standard input ends.
The daemon asks Windows whose process calls, so a caller outside of Wine would be refused.
"""

import json
import sys
import urllib.error
import urllib.request

_PATIENCE_S = 120


def answer(asked: dict) -> dict:
    body = asked["body"]
    request = urllib.request.Request(  # noqa: S310  # the test's own daemon
        asked["url"],
        method=asked["method"],
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", **asked["headers"]},
    )
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE_S) as reply:  # noqa: S310  # as above
            return {"status": reply.status, "body": reply.read().decode()}
    except urllib.error.HTTPError as refused:
        return {"status": refused.code, "body": refused.read().decode()}
    except OSError as error:
        return {"status": 0, "body": json.dumps({"code": type(error).__name__})}


for line in sys.stdin:
    sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
    sys.stdout.flush()
