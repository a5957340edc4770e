"""Software of somebody else on Windows, in Python: makes the requests that a test wants.

A line of JSON asks, a line of JSON answers, until standard input ends.
The daemon asks Windows whose process calls, so a caller outside of Wine would be refused.
Connections are kept, because Wine takes long to say whose they are on a computer with much to do.
"""

import http.client
import json
import sys

_PATIENCE_S = 300
_connections = {}


def answer(asked: dict) -> dict:
    place = asked["host"]
    if place not in _connections:
        _connections[place] = http.client.HTTPConnection(place, timeout=_PATIENCE_S)
    body = None if asked["body"] is None else json.dumps(asked["body"])
    headers = {"Content-Type": "application/json", **asked["headers"]}
    try:
        _connections[place].request(asked["method"], asked["path"], body, headers)
        reply = _connections[place].getresponse()
        return {"status": reply.status, "body": reply.read().decode()}
    except (OSError, http.client.HTTPException) as error:
        _connections.pop(place).close()
        return {"status": 0, "body": json.dumps({"code": type(error).__name__})}


for line in sys.stdin:
    asked = json.loads(line)
    answered = answer(asked)
    if answered["status"] == 0:  # the daemon closes what was idle
        answered = answer(asked)
    sys.stdout.write(json.dumps(answered) + "\n")
    sys.stdout.flush()
