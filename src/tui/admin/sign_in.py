"""Signing in: where, who, and the password."""

from __future__ import annotations

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Static

from ...core.errors import HeadcountError
from ..screens.base import Dialog
from ..widgets.field import field
from ..words import _
from .plainly import at_the_door
from .ports import AdminDesk, Door, Who

FIELDS = ("url", "email", "password")


class SignIn(Dialog):
    """Answers with `in` once somebody is signed in; `who` says who it is."""

    AUTO_FOCUS = None
    DEFAULT_CSS = """
    SignIn #problem { margin-bottom: 1; }
    """

    def __init__(self, admin: AdminDesk, door: Door) -> None:
        super().__init__()
        self._admin = admin
        self._door = door
        self._busy = False
        self.who: Who | None = None

    def compose(self) -> ComposeResult:
        """Three fields; the cursor is in the first empty one."""
        with Vertical(classes="box"):
            yield Static(_("Sign in"), classes="headline", markup=False)
            more = _(
                "For the admin's screens. It is remembered on this machine until you sign out."
            )
            yield Static(more, classes="more", markup=False)
            yield from field("door-url", _("Server"), self._door.url)
            yield from field("door-email", _("Email"), self._door.email)
            yield from field("door-password", _("Password"), secret=True)
            yield Static("", id="problem", markup=False)
            with Horizontal(classes="answers"):
                yield Button(_("Sign in"), id="enter", variant="primary", compact=True)
                yield Button(_("Never mind"), id="never", compact=True)

    def on_mount(self) -> None:
        """Begin where something is missing."""
        empty = [name for name in FIELDS if not self._value(name)]
        self.set_focus(self.query_one(f"#door-{empty[0]}", Input))

    def _value(self, name: str) -> str:
        return self.query_one(f"#door-{name}", Input).value

    @on(Input.Submitted)
    def submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next empty field, or signs in."""
        missing = [name for name in FIELDS if not self._value(name).strip()]
        if missing and event.input.value.strip():
            self.set_focus(self.query_one(f"#door-{missing[0]}", Input))
        else:
            self.enter()

    @on(Button.Pressed, "#enter")
    def enter(self) -> None:
        """Ask the backend."""
        if any(not self._value(name).strip() for name in FIELDS):
            self._say(_("Fill in all three."))
        elif not self._busy:
            self._say(_("Asking the backend ..."))
            self._busy = True
            self._ask()

    @work(exclusive=True)
    async def _ask(self) -> None:
        url, email = self._value("url"), self._value("email").strip()
        try:
            self.who = await self._admin.sign_in(url, email, self._value("password"))
        except HeadcountError as error:
            trouble = at_the_door(error)
            self._say(f"{trouble.what}\n{trouble.remedy}".strip())
            password = self.query_one("#door-password", Input)
            password.value = ""
            password.focus()
        else:
            self.dismiss("in")
        finally:
            self._busy = False

    def _say(self, words: str) -> None:
        self.query_one("#problem", Static).update(words)

    @on(Button.Pressed, "#never")
    def never(self) -> None:
        """Back to where one came from."""
        self.dismiss("")
