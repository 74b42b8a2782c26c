"""Exports of pretix, Eventbrite and Indico, in the columns that they document."""

from __future__ import annotations

import pytest

from headcount.core.errors import UsageError
from headcount.core.foreign_csv import Source, parse_export

# pretix: exporter "Check-in list", and "Order data", sheet of order positions.
PRETIX_LIST = """\
"Order code","Attendee name","Product","Price","Checked in","Checked out",\
"Automatically checked in","Paid","Secret","E-mail","Company","Voucher code"
"ABC12","Peter Pan","Ticket","23.00","","","No","Yes","z3fsn8jyufm5kpk768q69gkbyr5f4h6w",\
"peter@example.org","",""
"ABC13","Wendy","Ticket","23.00","","","No","No","y3fsn8jyufm5kpk768q69gkbyr5f4h6w",\
"wendy@example.org","",""
"""
PRETIX_ORDERS = """\
\ufeffEvent slug;Order code;Position ID;Status;Email;Attendee name;Attendee email\r
conf;ABC12;1;Paid;office@example.org;Peter Pan;peter@example.org\r
conf;ABC12;2;Paid;office@example.org;"Captain
Hook";\r
conf;ABC13;1;Canceled;wendy@example.org;Wendy;\r
"""
EVENTBRITE = """\
Order #,Order Date,First Name,Last Name,Email,Quantity,Ticket Type,Attendee #,Attendee Status
1689365701,2021-04-16,Peter,Pan,Peter@example.org,1,General,2360209833,Attending
1689365702,2021-04-16,Cap,Hook,hook@example.org,1,General,2360209834,Checked In
1689365703,2021-04-16,Wendy,,wendy@example.org,1,General,2360209835,Not Attending
"""
INDICO = """\
ID,Name,Email Address,Affiliation,Registration date,Registration state,Price,Checked in
1,Peter Pan,peter@example.org,Neverland,2026-01-02 10:00:00,Completed,0,False
2,Captain Hook,hook@example.org,Ship,2026-01-02 10:01:00,Completed,0,False
3,Wendy,wendy@example.org,London,2026-01-02 10:02:00,Withdrawn,0,False
4,Smee,,Ship,2026-01-02 10:03:00,Completed,0,False
"""


@pytest.mark.parametrize(
    ("source", "text", "people", "not_coming", "wrong"),
    [
        (Source.PRETIX, PRETIX_LIST, ["2 Peter Pan peter@example.org"], ["3 No"], []),
        (
            Source.PRETIX,
            PRETIX_ORDERS,
            ["2 Peter Pan peter@example.org", "3 Captain Hook office@example.org"],
            ["5 Canceled"],
            [],
        ),
        (
            Source.EVENTBRITE,
            EVENTBRITE,
            ["2 Peter Pan peter@example.org", "3 Cap Hook hook@example.org"],
            ["4 Not Attending"],
            [],
        ),
        (
            Source.INDICO,
            INDICO,
            ["2 Peter Pan peter@example.org", "3 Captain Hook hook@example.org"],
            ["4 Withdrawn"],
            [5],
        ),
        (Source.INDICO, "ID,Name,Email Address\n", [], [], []),
    ],
    ids=["check-in list", "order data", "eventbrite", "indico", "nobody"],
)
def test_who_comes_is_imported_and_who_does_not_is_named(
    source: Source, text: str, people: list[str], not_coming: list[str], wrong: list[int]
) -> None:
    found = parse_export(source, text)
    assert [f"{each.row} {each.name} {each.email}" for each in found.people] == people
    assert [f"{each.row} {each.message}" for each in found.not_coming] == not_coming
    assert [each.row for each in found.errors] == wrong


@pytest.mark.parametrize("source", Source)
def test_another_list_is_refused(source: Source) -> None:
    with pytest.raises(UsageError, match="no column for names or emails"):
        parse_export(source, "code,seat\nA,1\n")
