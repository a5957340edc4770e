"""Examples of work lists in the OpenAPI document, made by the models themselves."""

from __future__ import annotations

from typing import Final

from api.examples import LANGUAGE, NISS, NOW, shown
from api.models.worklists import row_resource
from bridge.domain.batches import ItemStatus
from bridge.domain.worklists import ShownRow, WorkList, WorkRow

PUSHED: Final = {
    "rows": [{"client_ref": "patient-1", "patient": {"niss": NISS}, "insurer": "300"}],
}
ROW: Final = shown(
    row_resource(
        ShownRow(
            row=WorkRow(
                id="wrk_01JD3W7V7Q0M2N4Z8K5T6R1S9E",
                list=WorkList.NEW_PATIENTS,
                client_id="example",
                client_ref="patient-1",
                practice_id="prc_01JD3W7V7Q0M2N4Z8K5T6R1S9E",
                registration_id="reg_01JD3W7V7Q0M2N4Z8K5T6R1S9R",
                given={"niss": NISS},
                created_at=NOW,
                updated_at=NOW,
                insurer="300",
            ),
            status=ItemStatus.TO_SEND,
            insurer="300",
            findings=(),
        ),
        LANGUAGE,
    )
)
