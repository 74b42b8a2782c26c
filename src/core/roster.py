"""Who owns which badge, as the station last learned it from the backend."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .model import Person


class Roster:
    """People by bleUuid. Without `fetched_ms` the roster is not known, and everything is logged."""

    def __init__(
        self,
        people: Iterable[tuple[Person, Iterable[str]]] = (),
        fetched_ms: int | None = None,
    ) -> None:
        self._owners: dict[str, Person] = {}
        self._people: dict[str, Person] = {}
        for person, badges in people:
            self._people[person.user_id] = person
            self._owners.update(dict.fromkeys(badges, person))
        self.fetched_ms = fetched_ms

    @property
    def known(self) -> bool:
        """Whether a roster was ever fetched for this event."""
        return self.fetched_ms is not None

    @property
    def people(self) -> Sequence[Person]:
        """Everybody, in the backend's order; walk-ins last."""
        return list(self._people.values())

    def person(self, user_id: str) -> Person | None:
        """The person with this public id, or None."""
        return self._people.get(user_id)

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
        return sum(person.registered for person in self._people.values())

    def badges_of(self, user_id: str) -> list[str]:
        """This person's badges."""
        return [badge for badge, owner in self._owners.items() if owner.user_id == user_id]

    def with_people(self, people: Iterable[Person]) -> Roster:
        """A copy that knows these people too; who is on it already stays as they are."""
        new = {each.user_id: each for each in people if each.user_id not in self._people}
        return self._copy(self._people | new, self._owners)

    def with_badges(self, given: Mapping[str, str]) -> Roster:
        """A copy in which these badges (bleUuid to user id) replace their people's older ones."""
        replaced = set(given.values())
        kept = {
            badge: owner for badge, owner in self._owners.items() if owner.user_id not in replaced
        }
        known = {badge: self._people[user] for badge, user in given.items() if user in self._people}
        return self._copy(self._people, kept | known)

    def _copy(self, people: dict[str, Person], owners: dict[str, Person]) -> Roster:
        copy = Roster(fetched_ms=self.fetched_ms)
        vars(copy).update(_people=people, _owners=owners)
        return copy

    def __len__(self) -> int:
        """The number of people."""
        return len(self._people)
