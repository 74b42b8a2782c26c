"""Asks the backend as the participant who is signed in on this machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from ..api.own_client import OwnClient
from ..api.shapes import SignUpReceived
from ..config import Config
from ..core.errors import UsageError
from ..core.personal import Erasure
from .asking import as_person, ask
from .credentials import Kind, forget_credential, person_token

T = TypeVar("T")


def ask_as_me(config: Config, question: Callable[[OwnClient], Awaitable[T]]) -> T:
    """Ask one thing. Blocks. Raises BackendError, and UsageError where nobody is signed in."""
    token = person_token(config)
    if not token:
        raise UsageError(
            f"Nobody is signed in at {config.backend.url}.",
            remedy="Run headcount me sign-in --email YOUR-ADDRESS; headcount me sign-up before.",
        )
    with as_person():
        return ask(OwnClient, config, token, question)


def sign_up(config: Config, name: str, email: str, password: str) -> SignUpReceived:
    """Ask for an account. Blocks. Raises BackendError."""
    again = "If it got there it was received; signing up again does no harm."
    with as_person(refused="No account was made.", no_answer=again):
        return ask(OwnClient, config, "", lambda client: client.sign_up(name, email, password))


def erase_me(config: Config, password: str) -> Erasure:
    """Become anonymous there, and forget the token here. Blocks. Raises BackendError."""
    erased = ask_as_me(config, lambda client: client.erase_me(password))
    forget_credential(config, Kind.PERSON)
    return erased
