"""Every command of the station's pages is one, and those of the installation run."""

from __future__ import annotations

import logging
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import httpx
import pytest
from tests.api.conftest import ADMIN
from tests.cli.test_setup import backend, run

from headcount.cli import cli
from headcount.config import Config

__all__ = ["backend"]

BADGE = "9f2c6d1e-8f0b-4c51-a9d4-2b7a5c3e1f00"
DOCS = Path(__file__).parent.parent.parent / "docs"
PAGES = (
    "admin.md",
    "backup.md",
    "install-pi.md",
    "monitoring.md",
    "operator.md",
    "privacy.md",
    "troubleshooting.md",
)


def commands(page: str) -> list[list[str]]:
    """In blocks, and in backticks within a sentence; what sudo is told to run as well."""
    text = (DOCS / page).read_text(encoding="utf-8")
    found = re.findall(r"`([^`\n]*\bheadcount [^`\n]*)`", text)
    for block in re.findall(r"```(?:sh|console)\n(.*?)```", text, re.DOTALL):
        found += block.splitlines()
    words = [shlex.split(line.removeprefix("$ "), comments=True) for line in found]
    after = [each[each.index("headcount") + 1 :] for each in words if "headcount" in each]
    return [each for each in after if each and each[0] != "headcount"]


def understood(args: list[str], command: click.Command = cli, name: str = "headcount") -> None:
    """Parse as the program would, down to the last option. Raises click's errors."""
    if not isinstance(command, click.Group):
        command.make_context(name, list(args))
        return
    context = click.Context(command, info_name=name)
    _, rest, _ = command.make_parser(context).parse_args(list(args))
    if rest:
        found = command.get_command(context, rest[0])
        assert found is not None, f"{rest[0]} is no command"
        understood(rest[1:], found, rest[0])


@pytest.mark.parametrize("page", PAGES)
def test_every_command_is_one(page: str) -> None:
    found = commands(page)
    assert found
    wrong = []
    for args in found:
        try:
            understood(args)
        except (click.ClickException, AssertionError) as error:
            wrong.append((" ".join(args), str(error)))
    assert wrong == []


@pytest.fixture
def quiet_root() -> Iterator[None]:
    """`scan` gives the root logger another handler."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    for handler in root.handlers[:]:
        root.removeHandler(handler)
        if handler not in before:
            handler.close()
    for handler in before:
        root.addHandler(handler)
    root.setLevel(level)


@pytest.mark.usefixtures("quiet_root")
def test_the_installation_runs(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = httpx.post(
        f"{backend}/scanners/pairingCodes",
        headers={"Authorization": f"Bearer {ADMIN}"},
        json={"name": "North"},
    )
    given = {"URL": backend, "CODE": answer.raise_for_status().json()["code"]}
    for name, folder in (("HOME", "home"), ("XDG_CONFIG_HOME", "config"), ("XDG_DATA_HOME", "d")):
        monkeypatch.setenv(name, str(tmp_path / folder))
    monkeypatch.delenv("SCANNER_API_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    text = (DOCS / "install-pi.md").read_text(encoding="utf-8")
    lines = "".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL)).splitlines()
    codes = {}
    for line in lines:
        args = [given.get(word, word) for word in shlex.split(line)[1:]]
        codes[" ".join(args[:2])] = run(*args)
    assert codes.pop("doctor --listen") in {0, 1, 3}  # as this machine's Bluetooth is
    assert set(codes.values()) == {0}, codes
    assert len(codes) == 4
    assert (tmp_path / "config/headcount/config.toml").exists()


@pytest.mark.usefixtures("quiet_root")
def test_the_admins_handbook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a backend of this machine, in the page's order."""
    for name, folder in (("HOME", "home"), ("XDG_CONFIG_HOME", "config"), ("XDG_DATA_HOME", "d")):
        monkeypatch.setenv(name, str(tmp_path / folder))
    monkeypatch.delenv("SCANNER_API_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "people.csv").write_text(f"name,email,bleUuid\nAna,ana@example.org,{BADGE}\n")
    text = (DOCS / "admin.md").read_text(encoding="utf-8")
    lines = "".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL)).splitlines()
    codes = {line: run(*shlex.split(line)[1:]) for line in lines}
    assert len(codes) == 15
    assert set(codes.values()) == {0}, codes
    assert "Ana" in (tmp_path / "evening.csv").read_text(encoding="utf-8")


def test_what_privacy_says_is_kept_so_long_is_the_default() -> None:
    text = (DOCS / "privacy.md").read_text(encoding="utf-8")
    config = Config()
    for section in ("retention", "server"):
        for key, days in re.findall(rf"`{section}\.(\w+)` \((\d+)\)", text):
            assert getattr(getattr(config, section), key) == int(days), key
    assert len(re.findall(r"`\w+\.\w+` \(\d+\)", text)) == 4
    assert f"for [{config.retention.sightings_days}] days" in text
