"""Counts what is on the air by format. Keeps no frame; ids only until they are counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..core.battery import Battery
from ..core.model import Advertisement, Format, Frame
from ..core.pulse import HeardFormat
from .decode import Decoder, FormatRules


class FormatCount:
    """A decoder that makes nothing of frames but numbers. Satisfies ble.scanner.FrameDecoder."""

    def __init__(self, rules: FormatRules) -> None:
        """`rules`: which ids count; their formats are left aside, every one is counted."""
        self._decoders = {
            each: Decoder(replace(rules, formats=frozenset({each}))) for each in Format
        }
        self._ids: dict[Format, set[str]] = {each: set() for each in Format}

    @property
    def identified(self) -> int:
        """Advertisements in any format."""
        return sum(decoder.identified for decoder in self._decoders.values())

    @property
    def background_apps(self) -> int:
        """Frames of iOS apps in the background."""
        return self._decoders[Format.IBEACON].background_apps

    @property
    def heard_formats(self) -> Sequence[HeardFormat]:
        """Of each decoder, what it says of its own format."""
        return [
            heard
            for own, decoder in self._decoders.items()
            for heard in decoder.heard_formats
            if heard.format is own
        ]

    @property
    def batteries(self) -> Mapping[str, Battery]:
        """Nothing: only formats are counted."""
        return {}

    def decode(self, frame: Frame) -> tuple[Advertisement, ...]:
        """Count it; nothing is handed on."""
        for each, decoder in self._decoders.items():
            self._ids[each].update(found.ble_uuid for found in decoder.decode(frame))
        return ()

    def seed(self, address: str, service_uuids: Sequence[str], keys: Sequence[str] = ()) -> None:
        """What the system knew of an address before."""
        for decoder in self._decoders.values():
            decoder.seed(address, service_uuids, keys)

    def heard(self) -> dict[Format, tuple[int, int]]:
        """Of each format that was heard: advertisements, and different ids."""
        return {
            each: (decoder.identified, len(self._ids[each]))
            for each, decoder in self._decoders.items()
            if decoder.identified
        }
