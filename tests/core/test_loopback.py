"""One rule for what is this machine, and everybody follows it."""

from __future__ import annotations

import pytest

from headcount.api.client import checked_url
from headcount.api.oidc import is_safe_address
from headcount.bootstrap.admin import Use, works_over_http
from headcount.config import load
from headcount.core.errors import UsageError
from headcount.core.loopback import is_loopback

HERE = ["127.0.0.1", "127.1.2.3", "127.255.255.254", "localhost", "LocalHost", "[::1]"]
ELSEWHERE = [
    "128.0.0.1",
    "0.0.0.0",
    "192.168.1.2",
    "10.0.0.1",
    "[::]",
    "[::2]",
    "[fe80::1]",
    "localhost.example.org",
    "127.0.0.1.example.org",
    "example.org",
]


@pytest.mark.parametrize("host", [*HERE, "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_known(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", [*ELSEWHERE, "", "127.0.0", "::ffff:10.0.0.1"])
def test_other_machines_are_not_taken_for_it(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("host", HERE)
def test_plain_http_and_the_database_here_are_for_this_machine(host: str) -> None:
    url = f"http://{host}:8765"
    assert checked_url(url).endswith(":8765")
    assert is_safe_address(url)
    config = load(flags={"backend": {"url": url}}, environ={})
    assert not works_over_http(config, Use.WRITE)


@pytest.mark.parametrize("host", ELSEWHERE)
def test_plain_http_and_the_database_here_are_for_no_other_machine(host: str) -> None:
    url = f"http://{host}:8765"
    with pytest.raises(UsageError, match="not encrypted"):
        checked_url(url)
    assert not is_safe_address(url)
    with pytest.raises(UsageError, match="signed in"):
        works_over_http(load(flags={"backend": {"url": url}}, environ={}), Use.WRITE)
