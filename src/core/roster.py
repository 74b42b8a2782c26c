"""Who owns which badge, as the station last learned it from the backend."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .identity import to_bytes
from .model import Person
from .rotation import IdTable, Shown


class Roster:
    """People by bleUuid. Without `fetched_ms` the roster is not known, and everything is logged."""

    def __init__(
        self,
        people: Iterable[tuple[Person, Iterable[str]]] = (),
        fetched_ms: int | None = None,
    ) -> None:
        self._owners: dict[str, Person] = {}
        self._ids: IdTable | None = None
        self._any_time = False
        self._seen: dict[str, Person] = {}
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

    def owner(self, ble_uuid: str, heard_ms: int | None = None) -> Person | None:
        """The person whose badge this is, or None.

        A rotating id is somebody's if it was heard in its time (Unix ms); without a time, if it
        was asked for with one before.
        """
        owner = self._owners.get(ble_uuid)
        if owner is not None or self._ids is None:
            return owner
        if heard_ms is None:
            return self._seen.get(ble_uuid)
        shown = self._shown(ble_uuid, heard_ms)
        if shown is None or not (self._any_time or shown.in_time(heard_ms)):
            return None
        if person := self._people.get(shown.user_id):
            self._seen[ble_uuid] = person
        return person

    def copied(self, ble_uuid: str, heard_ms: int) -> bool:
        """Whether this is a rotating id of somebody, heard out of its time."""
        if self._ids is None or self._any_time or ble_uuid in self._owners:
            return False
        shown = self._shown(ble_uuid, heard_ms)
        return shown is not None and not shown.in_time(heard_ms)

    def _shown(self, ble_uuid: str, heard_ms: int) -> Shown | None:
        return None if self._ids is None else self._ids.get(to_bytes(ble_uuid), heard_ms)

    def with_ids(self, ids: IdTable, *, any_time: bool = False) -> Roster:
        """A copy that resolves these rotating ids, too.

        `any_time`: the clock here is not to be trusted, so that an id counts whenever it is heard;
        the backend, which knows the right time, decides.
        """
        copy = self._copy(self._people, self._owners)
        vars(copy).update(_ids=ids, _any_time=any_time, _seen={})
        return copy

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
        vars(copy).update(vars(self) | {"_people": people, "_owners": owners})
        return copy

    def __len__(self) -> int:
        """The number of people."""
        return len(self._people)
