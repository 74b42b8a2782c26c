"""The admin's home: who is signed in where, and what can be done."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from ...core.errors import HeadcountError
from ..keys import USUAL
from ..look import Level, look_of
from ..ports import Desk
from ..screens.base import Page
from ..widgets.banner import Banner
from ..widgets.key_footer import KeyFooter
from ..widgets.table import Cell, Column, Row, Table
from ..words import N_, _
from . import ADMIN_PAGES, AdminEntry, build, find
from .choose_event import ChooseEvent
from .keys import act
from .plainly import at_the_door
from .ports import AdminDesk, Who
from .sign_in import SignIn


class AdminHome(Page):
    """A menu, for those who may."""

    TITLE_WORDS = N_("Admin")
    ABOUT = N_(
        "What admins do: everything here works on the backend itself, over the network, and shows "
        "what others change at once. Scanning goes on meanwhile. The sign-in is remembered on this "
        "machine, in a file that only you can read, until you sign out."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(
                entry.key,
                f"enter('{entry.name}')",
                entry.title,
                id=act("admin", entry.name),
                show=False,
            )
            for entry in ADMIN_PAGES
        ),
        Binding(USUAL["admin_sign_out"], "sign_out", N_("Sign out"), id="admin_sign_out"),
        Binding(USUAL["admin_sign_in"], "sign_in", N_("Sign in"), id="admin_sign_in"),
        Binding(USUAL["fetch"], "look", N_("Look again"), id="fetch"),
    ]
    AUTO_FOCUS = "#menu"
    DEFAULT_CSS = """
    AdminHome #who { height: 1; padding: 0 1; color: $text-muted; }
    AdminHome #menu { height: 1fr; margin-top: 1; }
    """

    def __init__(self, admin: AdminDesk, event_id: str = "") -> None:
        super().__init__()
        self._admin = admin
        self._event_id = event_id
        self._who: Who | None = None
        self._asking = True
        self._error: HeadcountError | None = None

    def compose(self) -> ComposeResult:
        """Who, what is wrong, and the menu."""
        yield Static(_("Admin"), id="title", markup=False)
        yield Static("", id="who", markup=False)
        yield Banner()
        columns = [Column(_("Key"), 4), Column(_("Page"), 16), Column(_("What for"), 20, flex=1)]
        yield Table(columns, id="menu")
        yield KeyFooter()

    def on_mount(self) -> None:
        """Look who is signed in already."""
        self._draw()
        self.action_look()

    async def on_unmount(self) -> None:
        """Nothing stays open."""
        await self._admin.close()

    @work(exclusive=True, group="sign-in")
    async def action_look(self) -> None:
        """Ask the backend who is signed in, once more."""
        self._asking, self._error = True, None
        try:
            self._who = await self._admin.who()
        except HeadcountError as error:
            self._error = error
        self._asking = False
        self._draw()
        if self._who is None and self._error is None:
            await self._ask_to_sign_in()

    # --- signing in and out ---

    @work(exclusive=True, group="sign-in")
    async def action_sign_in(self) -> None:
        """Ask who it is."""
        await self._ask_to_sign_in()

    async def _ask_to_sign_in(self) -> None:
        dialog = SignIn(self._admin, await self._admin.door())
        self.app.push_screen(dialog, lambda answer: self._answered(dialog, answer))

    def _answered(self, dialog: SignIn, answer: str | None) -> None:
        if answer:
            self._who, self._error = dialog.who, None
        self._draw()
        if not answer and self._who is None and self._error is None:
            self.action_back()

    @work(exclusive=True, group="sign-in")
    async def action_sign_out(self) -> None:
        """End the sign-in, here and there."""
        self._who = None
        try:
            await self._admin.sign_out()
        except HeadcountError:
            said = _(
                "Signed out here. The backend could not be told; the sign-in ends there by itself."
            )
        else:
            said = _("Signed out.")
        self.notify(said, markup=False)
        self._error = None
        self._draw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Sign in or out, whichever can be done; pages for admins only."""
        if action == "sign_out":
            return self._who is not None
        if action == "sign_in":
            return self._who is None and not self._asking
        if action == "look":
            return self._error is not None
        if action == "enter":
            return self._may
        return super().check_action(action, parameters)

    @property
    def _may(self) -> bool:
        return self._who is not None and self._who.is_admin

    # --- the menu ---

    @on(Table.Chosen)
    def chosen(self, event: Table.Chosen) -> None:
        """Open the page of this line."""
        self.action_enter(event.key)

    def action_enter(self, name: str) -> None:
        """Open a page; one about an event asks which, beginning with the one at hand."""
        entry = find(name)
        if entry.needs_event:
            ask = ChooseEvent(self._admin, self._event_id)
            self.app.push_screen(ask, lambda event_id: self._open_for(entry, event_id or ""))
        else:
            self.app.push_screen(build(entry, self._admin, ""))

    def _open_for(self, entry: AdminEntry, event_id: str) -> None:
        if event_id:
            self._event_id = event_id
            self.app.push_screen(build(entry, self._admin, event_id))

    # --- drawing ---

    def _draw(self) -> None:
        if not self.is_mounted:
            return
        self.query_one("#who", Static).update(self._who_words())
        self._draw_banner()
        rows = [self._row(entry) for entry in ADMIN_PAGES] if self._may else []
        table = self.query_one("#menu", Table)
        table.empty = "" if self._asking else _("Nothing here without an admin's sign-in.")
        table.show(rows)
        self.refresh_bindings()

    def _row(self, entry: AdminEntry) -> Row:
        key = self.headcount.key_of(act("admin", entry.name))
        title, about = Cell(_(entry.title)), Cell(_(entry.about), Level.DIM)
        return Row(entry.name, [Cell(key, Level.STRONG), title, about])

    def _draw_banner(self) -> None:
        banner = self.query_one(Banner)
        if self._error:
            trouble = at_the_door(self._error)
            banner.show(Level.WARN, trouble.what, trouble.remedy)
        elif self._who is not None and not self._who.is_admin:
            banner.show(
                Level.WARN,
                _("{name} is no admin.").format(name=self._who.name),
                _("The operator's screens are all yours. An admin can give you the role admin."),
            )
        else:
            banner.show(Level.PLAIN, "")

    def _who_words(self) -> str:
        if self._asking:
            return _("Asking the backend ...")
        if self._who is None:
            return _("Nobody is signed in.")
        who = self._who
        return look_of(self).symbols.dot.join([who.name, _(who.role), who.url])


ROLES = (N_("user"), N_("operator"), N_("admin"))
"""Words of the backend that are shown."""


def make(desk: Desk, event_id: str) -> Page:
    """For the registry."""
    assert desk.admin is not None, "offered only where there is one"  # noqa: S101
    return AdminHome(desk.admin(), event_id)
