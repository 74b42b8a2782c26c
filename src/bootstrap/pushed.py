"""The settings that the backend decides for this station: how they change the configuration.

They go before config.toml and after the environment and flags. What came last (`LATEST`) holds from
the next scan on, or when the operator accepts it; until then what held before (`IN_FORCE`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..config import Config
from ..config.load import ENVIRONMENT, FLAGS
from ..core.fleet import KEYS, RULES, read, to_text
from ..core.identity import clean_text
from ..core.news import SettingChange, SettingsPushed
from ..core.ports import Clock
from ..store.pushed import IN_FORCE, LATEST, ToldSettings, load_told, save_told, told_stamp
from .paths import state_dir

_log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""Between two looks for new ones, each of which asks the file system once."""


@dataclass(frozen=True, slots=True)
class Effect:
    """The configuration with what the backend decided."""

    config: Config
    sources: Mapping[str, str]
    """Where each setting that is no default comes from."""
    keys: tuple[str, ...] = ()
    """Keys whose value is the backend's."""
    held: tuple[str, ...] = ()
    """Keys that this station decides itself, though the backend has a value for them."""
    refused: tuple[str, ...] = ()
    """Sentences about values that can't be used."""
    gate: str = ""
    fetched_ms: int = 0


@dataclass(slots=True)
class PushedSettings:
    """One station's, in its state directory. Methods block, and raise nothing for a file."""

    config: Config
    """As this machine has it."""
    sources: Mapping[str, str] = field(default_factory=dict)
    _begun: SettingsPushed | None = None
    _told: tuple[tuple[SettingChange, ...], tuple[str, ...]] = ((), ())

    def in_force(self) -> Effect:
        """What holds now."""
        return effect(self.config, self.sources, self._load(IN_FORCE))

    def take(self) -> Effect:
        """Put what came last in force, and note in the program's log what changes by it."""
        latest, before = self._load(LATEST), self.in_force()
        now = effect(self.config, self.sources, latest)
        if latest is None:
            return now
        changes = changes_of(before.config, now.config)
        if changes or now.refused:
            self._begun = SettingsPushed(changes, now.refused, True, now.fetched_ms)  # noqa: FBT003
            for change in changes:
                _log.info("setting of the backend: %s %s -> %s", *change)
            for sentence in now.refused:
                _log.warning("setting of the backend refused: %s", sentence)
        try:
            save_told(self._folder, IN_FORCE, latest)
        except OSError as error:  # they hold all the same, and are announced once more
            _log.warning("what is in force could not be noted: %s", error)
        return now

    def begun(self) -> SettingsPushed | None:
        """What changed with `take`; None for nothing."""
        return self._begun

    def waiting(self) -> SettingsPushed:
        """What has come and is not in force."""
        latest = self._load(LATEST)
        coming = effect(self.config, self.sources, latest)
        in_force = self.in_force()
        changes = changes_of(in_force.config, coming.config)
        refused = tuple(each for each in coming.refused if each not in in_force.refused)
        return SettingsPushed(changes, refused, False, coming.fetched_ms)  # noqa: FBT003

    def news(self) -> SettingsPushed | None:
        """What is waiting, if it is not what was told last."""
        found = self.waiting()
        if (found.changes, found.refused) == self._told:
            return None
        self._told = found.changes, found.refused
        return found

    async def watch(self, clock: Clock, on_news: Callable[[SettingsPushed], None]) -> None:
        """Tell what comes while a scan runs, until cancelled."""
        stamp = None
        while True:
            now = await asyncio.to_thread(told_stamp, self._folder, LATEST)
            if now != stamp:
                stamp = now
                if found := await asyncio.to_thread(self.news):
                    on_news(found)
            await clock.sleep(LOOK_SECONDS)

    @property
    def _folder(self) -> Path:
        return state_dir(self.config)

    def _load(self, name: str) -> ToldSettings | None:
        told = load_told(self._folder, name)
        return told if told and told.server == self.config.backend.url else None


def effect(config: Config, sources: Mapping[str, str], told: ToldSettings | None) -> Effect:
    """The configuration with these decisions, as far as this station accepts them."""
    if told is None:
        return Effect(config, sources)
    right, wrong = read(told.settings)
    wanted = {RULES[name].key: value for name, value in right.items() if value is not None}
    held = tuple(key for key in wanted if not _accepts(config, sources, key))
    taken = {key: value for key, value in wanted.items() if key not in held}
    try:
        changed = _with(config, taken)
    except ValidationError as error:  # the ranges are the same; a defect must not end a scan
        return Effect(config, sources, refused=(*wrong, f"The settings do not fit: {error!r:.200}"))
    from_there = f"the backend, {_stamp(told.fetched_ms)}"
    return Effect(
        changed,
        {**sources, **dict.fromkeys(taken, from_there)},
        tuple(taken),
        held,
        tuple(clean_text(each, 300) for each in wrong),
        clean_text(told.gate),
        told.fetched_ms,
    )


def when_fetched(effect: Effect) -> str:
    """When the backend's decisions came, in this machine's time."""
    return _stamp(effect.fetched_ms)


def changes_of(before: Config, after: Config) -> tuple[SettingChange, ...]:
    """What differs among the settings that can come from a backend."""
    both = ((key, _value(before, key), _value(after, key)) for key in KEYS)
    return tuple(SettingChange(key, to_text(a), to_text(b)) for key, a, b in both if a != b)


def _accepts(config: Config, sources: Mapping[str, str], key: str) -> bool:
    """Whether the backend may decide it: not what somebody at this machine has just said."""
    accept, source = config.fleet.accept, sources.get(key, "")
    if source.startswith(ENVIRONMENT) or source == FLAGS:
        return False
    return accept if isinstance(accept, bool) else key in accept


def _with(config: Config, values: Mapping[str, object]) -> Config:
    """Changed, and checked once more. Raises ValidationError."""
    sections: dict[str, dict[str, object]] = {}
    for key, value in values.items():
        section, _dot, name = key.partition(".")
        sections.setdefault(section, {})[name] = value
    changed = {}
    for section, members in sections.items():
        before = getattr(config, section)
        changed[section] = type(before)(**{**before.model_dump(), **members})
    return config.model_copy(update=changed)


def _value(config: Config, key: str) -> Any:  # noqa: ANN401 - of any setting
    section, _dot, name = key.partition(".")
    return getattr(getattr(config, section), name)


def _stamp(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M")
