"""Reports as files people print (port ``ReportWriter``)."""

from __future__ import annotations

from bridge.adapters.reportsheet import write_sheets
from bridge.domain.reports import ReportFormat
from bridge.ports.reports import ReportDocument


class FileReportWriter:
    """Writes reports in memory."""

    def write(self, kind: ReportFormat, document: ReportDocument) -> bytes:
        """Write a report; blocks for as long as that takes."""
        if kind is ReportFormat.XLSX:
            return write_sheets(document)
        # Its library costs start-up time and memory, and many runs never print.
        from bridge.adapters.pdfreport import write_pdf  # noqa: PLC0415  # see above

        return write_pdf(document)
