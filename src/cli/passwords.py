"""Passwords: typed without an echo, or the first line of stdin; never an option."""

from __future__ import annotations

import sys

import click


def new_password() -> str:
    """A new password; on a terminal it is asked twice."""
    return _ask("Password", twice=True)


def given_password() -> str:
    """The password to sign in with."""
    return _ask("Password", twice=False)


def _ask(words: str, *, twice: bool) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    text: str = click.prompt(words, hide_input=True, confirmation_prompt=twice, err=True)
    return text
