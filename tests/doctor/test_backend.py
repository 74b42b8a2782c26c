"""What a sync would meet: a closed port, a stranger's certificate, a wrong key, another time."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp
from tests.api.conftest import KEY, serve

from headcount.api.app import create_app
from headcount.bootstrap.doctor.backend import backend
from headcount.clock import ManualClock, SystemClock
from headcount.config import Backend, Config
from headcount.core.doctor import Area, Finding, Severity, exit_code
from headcount.keys import BackendKeys
from headcount.store.server import open_store

from .conftest import by_name

OK, NOTE, WARNING, ERROR = Severity
DAY = timedelta(days=1)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[ASGIApp]:
    store = open_store(f"sqlite:///{tmp_path / 'backend.sqlite3'}")
    keys = BackendKeys(b"1" * 32, b"2" * 32)
    yield create_app(store, clock=SystemClock(), scanner_key=KEY, max_body_bytes=1 << 20, keys=keys)
    store.close()


def certificate(folder: Path, ends: timedelta) -> Path:
    """Certificate and key for 127.0.0.1 in one file; `ends` from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "headcount test")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - 30 * DAY)
        .not_valid_after(now + ends)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    file = folder / f"{ends.days}.pem"
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(pem)
    )
    return file


def station(url: str, tmp_path: Path, *, ca: str = "", key: str = KEY) -> Config:
    where = Backend(url=url, ca_file=ca, key=SecretStr(key))
    return Config(data_dir=str(tmp_path / "data"), backend=where)


def look(config: Config, **changes: int) -> dict[str, Finding]:
    clock = ManualClock(SystemClock().now().wall_ms + changes.get("ahead_ms", 0))
    return by_name(list(backend(config, clock)))


def test_all_is_well_or_not(app: ASGIApp, tmp_path: Path) -> None:
    with serve(app) as address:
        url = f"http://{address}"
        found = look(station(url, tmp_path))
        assert {name: each.severity for name, each in found.items()} == {
            "backend": OK,
            "clock-offset": OK,
            "key": OK,
        }
        behind = look(station(url, tmp_path), ahead_ms=-3_600_000)["clock-offset"]
        assert (behind.severity, behind.area) == (WARNING, Area.CLOCK)
        assert "s behind the backend's" in behind.what
        wrong = look(station(url, tmp_path, key="another-key"))["key"]
        assert (wrong.severity, exit_code([wrong])) == (ERROR, 4)
        assert "headcount pair CODE" in wrong.remedy
        assert "another-key" not in str(wrong)
        assert look(station(url, tmp_path, key=""))["key"].severity is WARNING
        broken = look(station(url, tmp_path, key="two\nlines"))["key"]
        assert (broken.severity, broken.area) == (ERROR, Area.CONFIG)
        assert ("line break" in broken.what, "as one line" in broken.remedy) == (True, True)
        public = tmp_path / "key"
        public.write_text(KEY)
        public.chmod(0o644)
        config = Config(backend=Backend(url=url, key_file=str(public)))
        readable = look(config)["key"]
        assert (readable.area, readable.remedy) == (Area.CONFIG, f"Run: chmod 600 {public}")


def test_a_backend_that_answers_but_can_do_nothing(tmp_path: Path) -> None:
    async def answer(request: Request) -> Response:
        return JSONResponse({}, 200 if request.url.path == "/health" else 503)

    routes = [Route("/{path:path}", answer)]
    with serve(Starlette(routes=routes), date_header=False) as address:
        found = look(station(f"http://{address}", tmp_path))
    assert (found["clock-offset"].severity, found["clock-offset"].remedy) == (NOTE, "")
    assert (found["key"].severity, exit_code([found["key"]])) == (ERROR, 4)
    assert "503" in found["key"].what
    assert "nothing is lost" in found["key"].why


def test_certificates(app: ASGIApp, tmp_path: Path) -> None:
    good, soon, expired = (certificate(tmp_path, ends * DAY) for ends in (90, 3, -1))
    with ExitStack() as stack:
        urls = [
            f"https://{stack.enter_context(serve(app, ssl_certfile=str(each)))}"
            for each in (good, soon, expired)
        ]
        assert look(station(urls[0], tmp_path, ca=str(good)))["tls"].severity is OK
        stranger = look(station(urls[0], tmp_path))["tls"]
        assert (stranger.severity, exit_code([stranger])) == (ERROR, 4)
        assert "ca_file" in stranger.remedy
        ending = look(station(urls[1], tmp_path, ca=str(soon)))["tls"]
        assert (ending.severity, ending.what) == (
            WARNING,
            "The backend's certificate ends in 2 days.",
        )
        over = look(station(urls[2], tmp_path, ca=str(expired)))["tls"]
        assert over.severity is ERROR
        assert "expired" in over.what


def test_nobody_listens_or_somebody_else(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        found = look(station(url, tmp_path))["backend"]
    assert (found.severity, exit_code([found])) == (ERROR, 4)
    assert "Connection refused" in found.what
    assert f"curl -sS {url}/health" in found.remedy
    plain = look(station("http://headcount.example.org", tmp_path))["backend-url"]
    assert (plain.area, exit_code([plain])) == (Area.CONFIG, 2)
