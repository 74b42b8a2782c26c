import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from headcount.ble import ad, decode, leftovers
from headcount.ble.ad import EDDYSTONE
from headcount.ble.decode import APPLE, Decoder, FormatRules
from headcount.core.identity import canonical
from headcount.core.model import NIL_UUID, Advertisement, Format, Frame

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "vectors" / "advertisements.json").read_text(encoding="utf-8")
)
OURS = {*Format, "exposure_notification"}
EXPOSURE = FormatRules(service_data_services=frozenset({"fd6f"}))

ONE = "11111111-2222-4333-8444-555555555555"
TWO = "22222222-2222-4333-8444-555555555555"
THREE = "33333333-2222-4333-8444-555555555555"
ALL_ONES = "ffffffff-ffff-ffff-ffff-ffffffffffff"


def frame(
    *uuids: str,
    manufacturer: Mapping[int, bytes] | None = None,
    data: Mapping[str, bytes] | None = None,
    address: str = "4A:00:00:00:00:01",
    mono: float = 100.0,
) -> Frame:
    return Frame(address, -60, mono, list(uuids), manufacturer or {}, data or {})


def ids(decoder: Decoder, heard: Frame) -> list[str]:
    return [advertisement.ble_uuid for advertisement in decoder.decode(heard)]


def raw_id(text: str) -> bytes:
    return bytes.fromhex(text.replace("-", ""))


def ibeacon(text: str, major: int = 1, minor: int = 2) -> bytes:
    return b"\x02\x15" + raw_id(text) + major.to_bytes(2) + minor.to_bytes(2) + b"\xc5"


def altbeacon(text: str, id2: int = 1, id3: int = 2) -> bytes:
    return b"\xbe\xac" + raw_id(text) + id2.to_bytes(2) + id3.to_bytes(2) + b"\xc5\x00"


def as_frame(vector: dict[str, Any]) -> Frame:
    return Frame(
        "4A:00:00:00:00:01",
        -60,
        100.0,
        vector["service_uuids"],
        {int(key): bytes.fromhex(data) for key, data in vector["manufacturer_data"].items()},
        {key: bytes.fromhex(data) for key, data in vector["service_data"].items()},
    )


# The published adverts


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["name"]))
def test_vector_gives_the_published_id_or_nothing(vector: dict[str, Any]) -> None:
    expected = vector["expected"]
    decoder = Decoder(EXPOSURE)
    wanted = [expected["uuid"]] if expected["format"] in OURS else []
    assert ids(decoder, as_frame(vector)) == wanted
    assert decoder.background_apps == (expected["format"] == "ios_overflow")
    assert (decoder.frames, decoder.identified) == (1, len(wanted))


@pytest.mark.parametrize(
    "vector", [v for v in VECTORS if "raw_ad" in v], ids=lambda vector: str(vector["name"])
)
def test_raw_vector_gives_the_published_id_or_nothing(vector: dict[str, Any]) -> None:
    parsed = ad.parse(bytes.fromhex(vector["raw_ad"]))
    heard = Frame("4A:00:00:00:00:01", -60, 100.0, *parsed[:3])
    expected = vector["expected"]
    wanted = [expected["uuid"]] if expected["format"] in OURS else []
    assert ids(Decoder(EXPOSURE), heard) == wanted


@pytest.mark.parametrize("left_out", list(Format))
def test_a_format_that_is_not_configured_gives_nothing(left_out: Format) -> None:
    decoder = Decoder(
        FormatRules(
            formats=frozenset(Format) - {left_out}, service_data_services=frozenset({"fd6f"})
        )
    )
    name = "exposure_notification" if left_out is Format.SERVICE_DATA_16 else left_out
    vectors = [vector for vector in VECTORS if vector["expected"]["format"] == name]
    assert vectors
    assert [ids(decoder, as_frame(vector)) for vector in vectors] == [[] for _ in vectors]


# What is in a frame


def test_an_advertisement_keeps_signal_and_time() -> None:
    heard = Frame("A", -71, 12.5, [ONE])
    assert Decoder().decode(heard) == (Advertisement(ONE, -71, 12.5),)


def test_the_same_id_in_two_formats_counts_once() -> None:
    decoder = Decoder()
    assert ids(decoder, frame(ONE, manufacturer={APPLE: ibeacon(ONE)})) == [ONE]
    assert decoder.identified == 1


def test_two_ids_in_one_frame_both_count() -> None:
    decoder = Decoder()
    assert ids(decoder, frame(ONE, manufacturer={0x118: altbeacon(TWO)})) == [ONE, TWO]
    assert decoder.identified == 2


def test_capital_letters_are_made_canonical() -> None:
    assert ids(Decoder(), frame("AAAAAAAA-2222-4333-8444-55555555555A")) == [
        "aaaaaaaa-2222-4333-8444-55555555555a"
    ]


@pytest.mark.parametrize("text", [NIL_UUID, ALL_ONES], ids=["nil", "all ones"])
@pytest.mark.parametrize("format_", list(Format))
def test_nil_and_all_ones_never_count(text: str, format_: Format) -> None:
    heard = in_format(format_, text)
    assert ids(Decoder(EXPOSURE), heard) == []


def in_format(format_: Format, text: str) -> Frame:
    exposure = "0000fd6f" + ad.BASE_UUID_TAIL
    return {
        Format.SERVICE_UUID: frame(text),
        Format.SERVICE_DATA_128: frame(data={text: b"x"}),
        Format.SERVICE_DATA_16: frame(data={exposure: raw_id(text) + b"tail"}),
        Format.IBEACON: frame(manufacturer={APPLE: ibeacon(text)}),
        Format.ALTBEACON: frame(manufacturer={0x118: altbeacon(text)}),
        Format.EDDYSTONE_UID: frame(data={EDDYSTONE: b"\x00\xe7" + raw_id(text)}),
    }[format_]


@pytest.mark.parametrize("format_", list(Format))
def test_every_format_carries_any_other_id(format_: Format) -> None:
    assert ids(Decoder(EXPOSURE), in_format(format_, ONE)) == [ONE]


def test_uuids_of_the_bluetooth_base_are_services_not_badges() -> None:
    battery = "0000180f-0000-1000-8000-00805f9b34fb"
    assert ids(Decoder(), frame(battery, data={battery: bytes(16)})) == []


@pytest.mark.parametrize(
    ("prefix", "counts"),
    [("", True), ("1111", True), ("11111111-22", True), ("1111111122", True), ("2", False)],
)
@pytest.mark.parametrize("format_", list(Format))
def test_id_prefix(format_: Format, prefix: str, counts: bool) -> None:
    rules = FormatRules(id_prefix=prefix, service_data_services=frozenset({"FD6F"}))
    assert ids(Decoder(rules), in_format(format_, ONE)) == [ONE] * counts


@pytest.mark.parametrize(
    ("rules", "counts"),
    [
        (FormatRules(major=7), True),
        (FormatRules(major=8), False),
        (FormatRules(minor=9), True),
        (FormatRules(minor=7), False),
        (FormatRules(major=7, minor=9), True),
        (FormatRules(major=0), False),
    ],
)
def test_major_and_minor_hold_for_ibeacon_and_altbeacon(rules: FormatRules, counts: bool) -> None:
    apple = frame(manufacturer={APPLE: ibeacon(ONE, 7, 9)})
    other = frame(manufacturer={0x118: altbeacon(ONE, 7, 9)})
    assert ids(Decoder(rules), apple) == ids(Decoder(rules), other) == [ONE] * counts


def test_companies_hold_for_altbeacon_only() -> None:
    decoder = Decoder(FormatRules(companies=frozenset({0x118})))
    assert ids(decoder, frame(manufacturer={0x118: altbeacon(ONE)})) == [ONE]
    assert ids(decoder, frame(manufacturer={0x119: altbeacon(ONE)})) == []
    assert ids(decoder, frame(manufacturer={APPLE: ibeacon(TWO)})) == [TWO]


def test_an_ibeacon_of_another_company_is_none() -> None:
    assert ids(Decoder(), frame(manufacturer={0x118: ibeacon(ONE)})) == []


# Left-overs: BlueZ adds up what an address showed


def shown(decoder: Decoder, *lists: Sequence[str]) -> list[list[str]]:
    return [ids(decoder, frame(*uuids)) for uuids in lists]


@pytest.mark.parametrize(
    ("lists", "expected"),
    [
        ([[ONE], [ONE]], [[ONE], [ONE]]),
        ([[ONE], [ONE, TWO], [ONE, TWO]], [[ONE], [TWO], [TWO]]),
        ([[ONE], [TWO, ONE], [ONE, TWO]], [[ONE], [TWO], [TWO]]),
        ([[ONE], [ONE, TWO], [ONE, TWO, THREE]], [[ONE], [TWO], [THREE]]),
        ([[ONE, TWO], [ONE, TWO]], [[ONE, TWO], [ONE, TWO]]),
        ([[ONE], [ONE, TWO], [TWO]], [[ONE], [TWO], [TWO]]),
        ([[ONE], [ONE, TWO], [ONE]], [[ONE], [TWO], [ONE]]),
        ([[ONE], [ONE, TWO], [THREE]], [[ONE], [TWO], [THREE]]),
        ([[ONE], [], [ONE, TWO]], [[ONE], [], [TWO]]),
        ([[ONE], [ONE, "0000180f" + ad.BASE_UUID_TAIL]], [[ONE], [ONE]]),
    ],
    ids=[
        "steady", "rotated", "order does not matter", "rotated twice", "two from the start",
        "forgotten", "forgotten and back", "forgotten and new", "a frame without", "a service more",
    ],
)  # fmt: skip
def test_only_what_is_new_for_an_address_is_heard(
    lists: list[list[str]], expected: list[list[str]]
) -> None:
    assert shown(Decoder(), *lists) == expected


def test_service_data_keys_are_left_over_too() -> None:
    decoder = Decoder()
    assert ids(decoder, frame(data={ONE: b"1"})) == [ONE]
    assert ids(decoder, frame(data={ONE: b"1", TWO: b"2"})) == [TWO]
    assert decoder.left_over == 1


def test_left_overs_are_counted() -> None:
    decoder = Decoder()
    shown(decoder, [ONE], [ONE, TWO], [ONE, TWO, THREE], [ONE, TWO, THREE])
    assert (decoder.identified, decoder.left_over) == (4, 5)


def test_an_id_outside_the_prefix_is_no_rotation() -> None:
    assert shown(Decoder(FormatRules(id_prefix="1")), [ONE], [ONE, TWO]) == [[ONE], [ONE]]


def test_addresses_are_kept_apart() -> None:
    decoder = Decoder()
    ids(decoder, frame(ONE, address="A"))
    assert ids(decoder, frame(ONE, TWO, address="B")) == [ONE, TWO]


def test_beacon_data_is_replaced_so_it_is_never_left_over() -> None:
    decoder = Decoder()
    heard = [ids(decoder, frame(manufacturer={APPLE: ibeacon(text)})) for text in (ONE, TWO, ONE)]
    assert heard == [[ONE], [TWO], [ONE]]


@pytest.mark.parametrize(
    ("cached", "lists", "expected"),
    [
        ([ONE, TWO], [[ONE, TWO], [ONE, TWO, THREE]], [[], [THREE]]),
        ([ONE], [[ONE], [ONE, TWO]], [[ONE], [TWO]]),
        ([ONE], [[ONE, TWO]], [[TWO]]),
        ([], [[ONE]], [[ONE]]),
        ([ONE, TWO], [[TWO]], [[TWO]]),
    ],
    ids=["ambiguous", "one", "one and a new one", "none", "forgotten"],
)
def test_what_was_cached_before_the_scan(
    cached: list[str], lists: list[list[str]], expected: list[list[str]]
) -> None:
    decoder = Decoder()
    decoder.seed("4A:00:00:00:00:01", cached)
    assert shown(decoder, *lists) == expected


def test_a_second_seed_keeps_what_is_known() -> None:
    decoder = Decoder()
    shown(decoder, [ONE], [ONE, TWO])
    decoder.seed("4A:00:00:00:00:01", [ONE, TWO])
    assert shown(decoder, [ONE, TWO]) == [[TWO]]


def test_a_second_seed_with_two_new_ids_is_ambiguous() -> None:
    decoder = Decoder()
    shown(decoder, [ONE])
    decoder.seed("4A:00:00:00:00:01", [ONE, TWO, THREE])
    assert shown(decoder, [ONE, TWO, THREE]) == [[]]


def test_cached_service_data_keys_can_be_seeded() -> None:
    decoder = Decoder()
    decoder.seed("4A:00:00:00:00:01", [], [ONE, TWO])
    assert ids(decoder, frame(data={ONE: b"", TWO: b""})) == []


def test_a_seeded_address_is_remembered_however_late_it_is_heard() -> None:
    decoder = Decoder()
    decoder.seed("4A:00:00:00:00:01", [ONE, TWO])
    for minute in range(60):
        ids(decoder, frame(THREE, address=f"B{minute}", mono=60.0 * minute))
    assert ids(decoder, frame(ONE, TWO, mono=3600.0)) == []


def test_silent_addresses_are_forgotten() -> None:
    known = leftovers.Leftovers(tuple)
    for second in range(24 * 3600):
        known.current(str(second), [ONE], float(second))
    assert len(known) <= leftovers.FORGET_SECONDS + leftovers.SWEEP_SECONDS + 1


def test_an_address_that_is_heard_is_not_forgotten() -> None:
    known = leftovers.Leftovers(tuple)
    known.current("steady", [ONE], 0.0)
    for second in range(0, 3600, 10):
        assert known.current("steady", [ONE, TWO], float(second)) == (TWO,)
        known.current(f"passing {second}", [THREE], float(second))


def test_the_number_of_addresses_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "MAX_ADDRESSES", 100)
    known = leftovers.Leftovers(tuple)
    for number in range(1000):
        known.current(str(number), [ONE], 1.0)
    assert len(known) == 100
    assert known.current("999", [ONE, TWO], 1.0) == (TWO,)


class RotatingPhones(RuleBasedStateMachine):
    """Two phones behind a model of BlueZ, which adds up UUIDs and forgets silent devices."""

    def __init__(self) -> None:
        super().__init__()
        self.decoder = Decoder()
        self.mono = 0.0
        self.live = ["", ""]
        self.listed: list[list[str]] = [[], []]
        self.heard_at = [0.0, 0.0]
        self.number = 0
        self.wrong: list[tuple[list[str], str]] = []

    @rule(phone=st.integers(0, 1))
    def rotate(self, phone: int) -> None:
        self.number += 1
        self.live[phone] = str(uuid.UUID(int=(self.number << 96) + (4 << 76) + (1 << 63)))

    @precondition(lambda self: any(self.live))
    @rule(phone=st.integers(0, 1), reverse=st.booleans())
    def advertise(self, phone: int, reverse: bool) -> None:
        if not self.live[phone]:
            return
        if self.mono - self.heard_at[phone] > 30:
            self.listed[phone] = []
        if self.live[phone] not in self.listed[phone]:
            self.listed[phone].append(self.live[phone])
        self.heard_at[phone] = self.mono
        uuids = sorted(self.listed[phone], reverse=reverse)
        heard = ids(self.decoder, frame(*uuids, address=f"P{phone}", mono=self.mono))
        if heard != [self.live[phone]]:
            self.wrong.append((heard, self.live[phone]))

    @rule(seconds=st.sampled_from([0.1, 5.0, 29.0, 31.0, 300.0, 1000.0]))
    def wait(self, seconds: float) -> None:
        self.mono += seconds

    @rule(phone=st.integers(0, 1))
    def forget(self, phone: int) -> None:
        self.listed[phone] = []

    @invariant()
    def only_the_live_id_is_heard(self) -> None:
        assert self.wrong == []


TestRotatingPhones = RotatingPhones.TestCase
TestRotatingPhones.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


# Hostile frames

UUIDS = st.one_of(
    st.uuids().map(str),
    st.uuids().map(lambda value: str(value).upper()),
    st.text(max_size=40),
    st.sampled_from([EDDYSTONE, "0000fd6f" + ad.BASE_UUID_TAIL, NIL_UUID, ALL_ONES, ONE]),
)
DATA = st.one_of(
    st.binary(max_size=30),
    st.binary(min_size=15, max_size=22).map(lambda tail: b"\x02\x15" + tail),
    st.binary(min_size=20, max_size=23).map(lambda tail: b"\xbe\xac" + tail),
    st.binary(min_size=17, max_size=20).map(lambda tail: b"\x00" + tail),
)
FRAMES = st.builds(
    Frame,
    st.sampled_from(["A", "B", ""]),
    st.integers(-200, 200),
    st.floats(0, 1e6),
    st.lists(UUIDS, max_size=4),
    st.dictionaries(st.sampled_from([APPLE, 0x118, 0, 70_000]), DATA, max_size=3),
    st.dictionaries(UUIDS, DATA, max_size=3),
)


@given(st.lists(FRAMES, max_size=6))
def test_no_frame_crashes_it_and_only_canonical_ids_come_out(frames: list[Frame]) -> None:
    decoder = Decoder(EXPOSURE)
    made = [found for heard in frames for found in decoder.decode(heard)]
    assert decoder.frames == len(frames)
    assert decoder.identified == len(made)
    for advertisement in made:
        assert canonical(advertisement.ble_uuid) == advertisement.ble_uuid
        assert advertisement.ble_uuid not in {NIL_UUID, ALL_ONES}


def test_the_caches_of_ids_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "MAX_CACHED_IDS", 10)
    decoder = Decoder()
    for number in range(1, 101):
        text = str(uuid.UUID(int=number))
        assert ids(decoder, frame(text, address=text, manufacturer={APPLE: ibeacon(text)})) == [
            text
        ]
        assert max(len(decoder._ids._by_text), len(decoder._ids._by_bytes)) <= 10


def test_absurdly_long_uuids_are_not_cached() -> None:
    decoder = Decoder()
    decoder.decode(frame("x" * 10_000))
    assert decoder._ids._by_text == {}


# What is on the air, by format


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["name"]))
def test_a_badge_is_counted_under_its_format_also_where_that_does_not_count(
    vector: dict[str, Any],
) -> None:
    expected = vector["expected"]["format"]
    if expected not in list(Format):
        return
    for formats in (frozenset(Format), frozenset(Format) - {Format(expected)}):
        decoder = Decoder(replace(EXPOSURE, formats=formats))
        decoder.decode(as_frame(vector)._replace(rssi=-60))
        decoder.decode(as_frame(vector)._replace(rssi=-61))
        found = {each.format: each for each in decoder.heard_formats}
        assert found[Format(expected)] == (expected, Format(expected) in formats, 2, 1)
        assert len(found) == len(Format)
