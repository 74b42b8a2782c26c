"""CSV by RFC 4180: UTF-8, formulas defused, a byte order mark where it is wanted."""

from __future__ import annotations

import csv
import io
from datetime import tzinfo
from typing import IO, Any

from ..core.report_table import Sheet
from ..core.spreadsheet import defuse
from .cells import texts

BOM = "\N{BYTE ORDER MARK}"
"""Without it Excel on Windows reads the file in the machine's own 8-bit code page."""


def write_csv(sheet: Sheet[Any], zone: tzinfo, out: IO[bytes], *, bom: bool = False) -> None:
    """Write the sheet row by row: it may have millions. Leaves `out` open."""
    stream = io.TextIOWrapper(out, encoding="utf-8", newline="")
    if bom:
        stream.write(BOM)
    writer = csv.writer(stream)
    writer.writerow([column.title for column in sheet.columns])
    for row in texts(sheet, zone):
        writer.writerow([defuse(cell) for cell in row])
    stream.detach()
