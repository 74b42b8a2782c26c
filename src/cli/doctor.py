"""`headcount doctor`."""

from __future__ import annotations

import click

from ..core.doctor import Area, Finding, Severity, exit_code
from ..core.errors import ConfigError
from . import options
from .output import emit, note, plural, say

MARKS = {
    Severity.OK: "ok     ",
    Severity.NOTE: "note   ",
    Severity.WARNING: "warning",
    Severity.ERROR: "ERROR  ",
}


@click.command("doctor")
@click.option(
    "--listen",
    type=click.FloatRange(0, 600),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to listen; nothing is stored. 0: not at all.",
)
@click.option("--fix", is_flag=True, help="Mend what is safe to mend: modes of files.")
@options.no_ui
@options.as_json
@click.pass_context
def command(
    ctx: click.Context,
    listen: float,
    fix: bool,
    as_json: bool,
) -> None:
    """Look for what is wrong with this station, and say the command that mends it.

    Looks at adapter, BlueZ, permissions, clock, disk, files, logs, backend, key, LAN and terminal.
    The exit code is 0 without an error (warnings and notes are none); else 6 for a log, 2 for the
    configuration, 3 for the radio, 4 for the backend (the first of these that fits), else 1.
    """
    from ..bootstrap.doctor import examine

    try:
        config, sources = options.load_traced(ctx)
    except ConfigError as error:
        wrong = Finding(Area.CONFIG, "config", Severity.ERROR, error.what, "", error.remedy)
        findings = [wrong]
    else:
        if fix:
            for sentence in examine.fix(config):
                note(sentence)
        if listen:
            note(f"Listening for {listen:g} s ...")
        findings = examine.examine(config, sources, listen=listen)
    for finding in findings:
        show(finding, as_json=as_json)
    summarize(findings)
    ctx.exit(exit_code(findings))


def show(finding: Finding, *, as_json: bool) -> None:
    """One finding: a line, and what to do about it."""
    if as_json:
        emit(finding_dict(finding))
        return
    say(f"{MARKS[finding.severity]}  {finding.what}")
    if finding.severity > Severity.OK:
        for words in (finding.why, finding.remedy and f"-> {finding.remedy}"):
            if words:
                click.echo("         ", nl=False)
                say(words)


def finding_dict(finding: Finding) -> dict[str, object]:
    """As JSON."""
    return {
        "area": finding.area,
        "name": finding.name,
        "severity": finding.severity.word,
        "what": finding.what,
        "why": finding.why,
        "remedy": finding.remedy,
        "fixes": [{"path": each.path, "mode": f"{each.mode:04o}"} for each in finding.fixes],
    }


def summarize(findings: list[Finding]) -> None:
    """The counts, on stderr."""
    count = [sum(each.severity is level for each in findings) for level in Severity]
    note(
        f"{plural(count[Severity.ERROR], 'error')}, {plural(count[Severity.WARNING], 'warning')}, "
        f"{plural(count[Severity.NOTE], 'note')}, {count[Severity.OK]} ok."
    )
