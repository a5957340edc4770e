"""Scenarios of the played GenAsync: trouble on the way, and odd deliveries.

Source: *MyCareNet transport* 2.9, 9.2 and 11.
"""

from __future__ import annotations

from typing import Final

DOWN: Final = "genasync_down"
TACK_FAILURE: Final = "genasync_tack_failure"
WRONG_HMAC: Final = "genasync_tack_wrong_hmac"
FAULT: Final = "genasync_fault"
LOST_ANSWER: Final = "genasync_lost_answer"
REJECT: Final = "genasync_reject"
WRONG_HASH: Final = "genasync_wrong_hash"
DUPLICATE: Final = "genasync_duplicate"
FOREIGN: Final = "genasync_foreign"
THROTTLED: Final = "genasync_throttled"
PARTIAL: Final = "genasync_partial"
SEALED_FOR_ANOTHER: Final = "genasync_sealed_for_another"
BROKEN_SEAL: Final = "genasync_broken_seal"
WRONG_SIGNATURE: Final = "genasync_wrong_signature"
STRANGE_SIGNER: Final = "genasync_strange_signer"

GENASYNC_SCENARIOS: Final[dict[str, str]] = {
    DOWN: "Asynchronous MyCareNet cannot be reached.",
    TACK_FAILURE: "Every post is refused with a negative receipt.",
    WRONG_HMAC: "The receipt of a post has a value that does not fit.",
    FAULT: "Every post is refused with a fault.",
    LOST_ANSWER: "A post is taken, but its answer is lost.",
    REJECT: "Every post is taken and later answered with a REJECT.",
    WRONG_HASH: "Answers come with a hash value that does not fit.",
    DUPLICATE: "Every answer is delivered twice, under two references.",
    FOREIGN: "Beside every answer comes one to a message nobody sent.",
    THROTTLED: "Queries are refused: not enough time since the last one.",
    PARTIAL: "Answers come in two halves.",
    SEALED_FOR_ANOTHER: "Sealed answers are sealed for somebody else.",
    BROKEN_SEAL: "Sealed answers are damaged on the way.",
    WRONG_SIGNATURE: "Answers come with a signature over something else.",
    STRANGE_SIGNER: "Answers are signed by somebody nobody knows.",
}
"""Name to description."""
