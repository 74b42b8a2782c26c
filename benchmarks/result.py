"""One measured figure beside its peer's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """`value` of ours, `peer` of the other, both in `unit`; `floor` is what was promised."""

    what: str
    value: float
    unit: str
    peer: float | None = None
    peer_name: str = ""
    floor: str = ""
    holds: bool = True
    key: str = ""
    """The figure's name in figures.json, for those that sizing is computed from."""

    def line(self) -> str:
        peer = "" if self.peer is None else f"{self.peer:,.0f} {self.peer_name}"
        ratio = "" if not self.peer else f"{self.value / self.peer:.2f}"
        verdict = "" if self.holds else "  MISSED"
        measured = f"{self.value:,.1f}" if self.value < 100 else f"{self.value:,.0f}"
        shown = f"{measured} {self.unit}"
        return f"{self.what:58} {shown:>22} {peer:>22} {ratio:>7}  {self.floor}{verdict}"
