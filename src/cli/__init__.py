"""Commands: parse, call, print. No logic.

Commands are imported when they are called, so that `headcount --help` answers at once.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any, NamedTuple, NoReturn

import click

from .. import __version__
from ..core.errors import HeadcountError
from .output import complain, has_terminal, usage


class _Lazy(NamedTuple):
    module: str
    help: str


COMMANDS = {
    "scan": _Lazy("scan", "Hear badges at the door and log who came."),
    "act": _Lazy("act", "Check in by hand, undo, excuse, assign a badge, add a walk-in."),
    "sync": _Lazy("sync", "Send what the backend has not acknowledged yet."),
    "log": _Lazy("log", "Read, check and export the local attendance log."),
    "report": _Lazy("report", "Show who attended an event."),
    "events": _Lazy("events", "Create and list events."),
    "users": _Lazy("users_care", "Import and list people, roles and approval."),
    "registrations": _Lazy("registrations", "List, approve, reject and add registrations."),
    "requests": _Lazy("requests", "What participants say is wrong: accept or decline."),
    "me": _Lazy("me", "Take part: register, your bleUuid, am I heard, my record."),
    "seed": _Lazy("seed", "Import events, people and registrations from CSV files."),
    "insights": _Lazy("insights", "What an event's facts say, in sentences."),
    "pretix": _Lazy("pretix", "People from pretix, and check-ins to it."),
    "scanners": _Lazy("scanners", "Pair scanners, list them, take keys back."),
    "pair": _Lazy("pair", "Give this station a key of its own, by a one-time code."),
    "sign-in": _Lazy("sign_in", "Sign in at the backend, to work as an admin from here."),
    "sign-out": _Lazy("sign_out", "End the sign-in."),
    "setup": _Lazy("setup", "Ask what this station must know, and write its configuration."),
    "doctor": _Lazy("doctor", "Find what is wrong, and the command that mends it."),
    "service": _Lazy("service", "Run the scanner as a hardened systemd service."),
    "serve": _Lazy("serve", "Run the backend."),
    "audit": _Lazy("audit", "Who did what on the backend, and when."),
    "backup": _Lazy("backup", "Back up the backend's database, verified."),
    "restore": _Lazy("restore", "Bring a backup back."),
    "upgrade": _Lazy("upgrade", "Bring the backend's database to this version, and back."),
    "web": _Lazy("web", "Serve the screens to browsers, behind a sign-in."),
    "badge": _Lazy("badge", "Broadcast a bleUuid from this machine, as a phone would."),
    "badges": _Lazy("badges", "Give beacons to many people, and list who holds which."),
    "purge": _Lazy("purge", "Archive and delete what the backend need not keep any longer."),
    "demo": _Lazy("demo", "Run the whole job with simulated phones, no hardware, no network."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported only when used; their short help is known before."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Every command, in the order of a day's work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command's module; its command is named `command`."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f".{COMMANDS[cmd_name].module}", __name__)
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.help) for name, lazy in COMMANDS.items()])


@click.command(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    invoke_without_command=True,
    epilog="Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 radio unavailable, "
    "4 backend unreachable or key refused (nothing lost), 5 some records refused (kept), "
    "6 log damaged (intact records are safe).",
)
@click.option(
    "--config",
    type=click.Path(dir_okay=False),
    envvar="HEADCOUNT_CONFIG",
    help="Configuration file. Default: config.toml here, or in the user's config directory.",
)
@click.option("--data-dir", type=click.Path(file_okay=False), help="Where logs and state are kept.")
@click.option(
    "--plain",
    is_flag=True,
    help="No screens, for screen readers: typed words, and plain sentences. Type help there.",
)
@click.version_option(__version__, prog_name="headcount")
@click.pass_context
def cli(ctx: click.Context, config: str | None, data_dir: str | None, *, plain: bool) -> None:
    """Offline-first Bluetooth attendance: scan at the door, sync when you can, report.

    Without a command, in a terminal: the screens, at the event that is on now.
    """
    ctx.obj = {"config": config, "data_dir": data_dir, "plain": plain}
    if ctx.invoked_subcommand is None:
        if not (plain or has_terminal()):
            click.echo(ctx.get_help())
            return
        from .tui import pick_event

        pick_event(ctx, plain=plain)


def main(args: list[str] | None = None) -> NoReturn:
    """Run the command line; errors become a message on stderr and the contract's exit code."""
    try:
        result: Any = cli.main(args, prog_name="headcount", standalone_mode=False)
    except HeadcountError as error:
        complain(error)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        usage(error)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of the pipe has gone; nobody is left to tell
        sys.exit(0)
    sys.exit(result if isinstance(result, int) else 0)
