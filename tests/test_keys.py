"""The backend's key files, seals and signatures."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from headcount.config import load
from headcount.core.errors import ConfigError, UsageError
from headcount.keys import (
    SEAL_FILE,
    SIGN_FILE,
    BackendKeys,
    fingerprint,
    is_signed,
    load_keys,
    parse_key,
    sealer,
)

KEYS = BackendKeys(b"1" * 32, b"2" * 32)
KEY = KEYS.public().seal


def test_the_keys_are_made_once_for_their_owner_alone(tmp_path: Path) -> None:
    made = load_keys(tmp_path).public()
    assert load_keys(tmp_path).public() == made
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == [SEAL_FILE, SIGN_FILE]
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600, 0o600]


def test_two_starts_at_once_agree_on_one_key(tmp_path: Path) -> None:
    made: list[str] = []
    threads = [
        threading.Thread(target=lambda: made.append(load_keys(tmp_path).public().seal))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(made)) == 1


@pytest.mark.parametrize(
    ("content", "mode", "told"),
    [
        ("", 0o600, "is no key"),
        ("AAAA", 0o600, "is no key"),
        ("ä" * 44, 0o600, "can't be read"),
        (KEY, 0o640, "can be read by others"),
    ],
)
def test_a_key_file_that_cant_be_used_is_told_and_left_alone(
    tmp_path: Path, content: str, mode: int, told: str
) -> None:
    path = tmp_path / SEAL_FILE
    path.write_text(content, encoding="utf-8")
    path.chmod(mode)
    with pytest.raises(UsageError, match=told):
        load_keys(tmp_path)
    assert path.read_text(encoding="utf-8") == content


def test_what_is_sealed_is_opened_by_the_private_half_only() -> None:
    box = sealer(KEY)(b"record")
    assert b"record" not in box
    assert KEYS.open(box) == b"record"
    with pytest.raises(ValueError, match="decrypt"):
        BackendKeys(b"3" * 32, b"2" * 32).open(box)


@pytest.mark.parametrize("text", [KEY, f" {KEY}\n", (parse_key(KEY) or b"").hex()])
def test_a_key_may_be_base64_or_hexadecimal(tmp_path: Path, text: str) -> None:
    assert KEYS.open(sealer(text)(b"record")) == b"record"
    config = load(flags={"log": {"seal_to": text}}, environ={}, working_dir=tmp_path)
    assert config.log.seal_to == text.strip()


@pytest.mark.parametrize("text", ["x", "AAAA", KEY[:-2], KEY + "AAAA", "é" * 32])
def test_a_wrong_key_names_the_file_and_the_setting(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f'[log]\nseal_to = "{text}"\n', encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file, environ={})
    assert str(file) in caught.value.what
    assert "log.seal_to" in caught.value.what
    assert "headcount log seal-key" in caught.value.what


def test_a_key_that_no_backend_can_have_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"log\.seal_to"):
        sealer("A" * 43 + "=")


@pytest.mark.parametrize(
    ("key", "message", "signature", "good"),
    [
        (KEYS.public().sign, b"head", KEYS.sign(b"head"), True),
        (KEYS.public().sign, b"other", KEYS.sign(b"head"), False),
        (KEY, b"head", KEYS.sign(b"head"), False),
        (KEYS.public().sign, b"head", "", False),
        (KEYS.public().sign, b"head", "é", False),
        ("", b"head", KEYS.sign(b"head"), False),
    ],
)
def test_a_signature_holds_for_one_key_and_one_message(
    key: str, message: bytes, signature: str, good: bool
) -> None:
    assert is_signed(key, message, signature) is good


def test_a_key_has_a_name_to_read_aloud() -> None:
    assert fingerprint(KEY) == (parse_key(KEY) or b"").hex()[:8]
    assert fingerprint("no key") == ""


def test_a_station_that_seals_nothing_loads_no_cryptography() -> None:
    code = (
        "import sys, headcount.bootstrap.scan, headcount.bootstrap.sync\n"
        "print([name for name in sys.modules if name.startswith('nacl')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
