"""Every command of the pages is one (e2e/test_pages.py runs them), and their figures are true."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from headcount.cli import cli
from headcount.config import Config

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGES = (
    "admin.md",
    "backup.md",
    "install-pi.md",
    "monitoring.md",
    "operator.md",
    "privacy.md",
    "radio.md",
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


def test_what_privacy_says_is_kept_so_long_is_the_default() -> None:
    text = (DOCS / "privacy.md").read_text(encoding="utf-8")
    config = Config()
    for section in ("retention", "server"):
        for key, days in re.findall(rf"`{section}\.(\w+)` \((\d+)\)", text):
            assert getattr(getattr(config, section), key) == int(days), key
    assert len(re.findall(r"`\w+\.\w+` \(\d+\)", text)) == 4
    assert f"for [{config.retention.sightings_days}] days" in text
