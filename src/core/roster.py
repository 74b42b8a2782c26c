"""Who owns which badge, as the station last learned it from the backend."""

from __future__ import annotations

from collections.abc import Iterable

from .model import Person


class Roster:
    """People by bleUuid. Without `fetched_ms` the roster is not known, and everything is logged."""

    def __init__(
        self,
        people: Iterable[tuple[Person, Iterable[str]]] = (),
        fetched_ms: int | None = None,
    ) -> None:
        self._owners: dict[str, Person] = {}
        self._people: list[Person] = []
        for person, badges in people:
            self._people.append(person)
            self._owners.update(dict.fromkeys(badges, person))
        self.fetched_ms = fetched_ms

    @property
    def known(self) -> bool:
        """Whether a roster was ever fetched for this event."""
        return self.fetched_ms is not None

    def owner(self, ble_uuid: str) -> Person | None:
        """The person whose badge this is, or None."""
        return self._owners.get(ble_uuid)

    @property
    def badges(self) -> list[str]:
        """Every badge that somebody on the roster owns."""
        return list(self._owners)

    @property
    def registered(self) -> int:
        """The number of people with a registration that counts."""
        return sum(person.registered for person in self._people)

    def __len__(self) -> int:
        """The number of people."""
        return len(self._people)
