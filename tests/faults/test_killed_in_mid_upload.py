"""An upload cut off in the middle of its body: the server is killed (-9), or the client goes away.

Nothing of it is taken, no file of it stays for ever, and the draft that it was for has what was saved before.
"""

import contextlib
import io
import itertools
import os
import socket
import struct
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from sonae.core.access import queries as grants
from sonae.core.access.vocabulary import NATIONWIDE
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.documents.models import Document
from sonae.core.institutions.models import ImportRun
from sonae.core.institutions.testing import an_institution
from sonae.core.institutions.vocabulary import Population
from sonae.core.instruments import queries
from sonae.core.instruments import services as instruments
from sonae.core.instruments.models import Response, Submission
from sonae.core.instruments.testing import a_response
from sonae.site.pages.institutions import tasks as imports
from sonae.testing.cast import QUICK_HASHER, Person, a_person, at_institution, signed_in
from sonae.testing.programs import Programs

pytestmark = [pytest.mark.usefixtures("real_commits"), pytest.mark.slow]

CSRF = "a" * 32
BOUNDARY = "----the-middle-of-it"
SAVED = {"gate": "yes", "beds": 120}
# Above what the server holds in memory, so that it is written to disk while it comes in.
SIZE = 3_000_000
WITHIN_SECONDS = 20.0


@dataclass(frozen=True)
class Upload:
    """A form with a file, whose whole body a browser would have sent."""

    person: Person
    path: str
    fields: dict[str, str]
    name: str
    content: bytes

    def body(self) -> bytes:
        parts = [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in ({"csrfmiddlewaretoken": CSRF} | self.fields).items()
        ]
        opened = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{self.name}"\r\n'
        text = "".join(parts) + opened + "Content-Type: application/octet-stream\r\n\r\n"
        return text.encode() + self.content + f"\r\n--{BOUNDARY}--\r\n".encode()

    def headers(self) -> dict[str, str]:
        session = signed_in(self.person.account).cookies[django_settings.SESSION_COOKIE_NAME].value
        return {
            "Cookie": f"{django_settings.SESSION_COOKIE_NAME}={session}; csrftoken={CSRF}; sonae_language=en",
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        }


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    """The folder of the programs, whose files this process sees as its own."""
    settings.PASSWORD_HASHERS = [QUICK_HASHER]
    settings.MEDIA_ROOT = tmp_path / "home" / "files"
    return tmp_path / "home"


@pytest.fixture
def passing(tmp_path: Path) -> Path:
    """Where the programs put what they hold for a moment only."""
    folder = tmp_path / "passing"
    folder.mkdir()
    return folder


@pytest.fixture
def programs(real_commits: None, home: Path, passing: Path) -> Iterator[Programs]:
    found = Programs(home, smtp_port=9, given={"TMPDIR": str(passing)})
    found.start("web")
    found.wait_for_web()
    yield found
    found.kill_all()


@pytest.fixture
def manager(home: Path) -> Person:
    hospital = an_institution(population=Population.SYNTHETIC)
    return a_person(Role.INSTITUTION_MANAGER, at=at_institution(hospital), now=earlier())


@pytest.fixture
def response(manager: Person) -> Response:
    """A draft with two answers."""
    officer = a_person(Role.MINISTRY_OFFICER, at=NATIONWIDE, now=earlier())
    place = manager.place.institution_id
    assert place is not None
    begun = a_response(place, officer=viewer(officer), by=viewer(manager), now=earlier())
    return instruments.save_answers(
        begun.pk, SAVED, seen=begun.revision, by=viewer(manager), now=timezone.now()
    ).response


def earlier() -> Any:
    return timezone.now() - timedelta(minutes=5)


def viewer(person: Person) -> Viewer:
    return grants.viewer_of(person.account.pk, now=timezone.now())


def a_workbook(response: Response, person: Person) -> bytes:
    """The workbook of a response with a picture in it, as large as one is that somebody took with a telephone."""
    book = io.BytesIO(queries.workbook_of(response, viewer(person), now=timezone.now(), language="ja"))
    with zipfile.ZipFile(book, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr("xl/media/image1.png", os.urandom(SIZE))
    return book.getvalue()


@pytest.fixture
def uploads(response: Response, manager: Person) -> list[Upload]:
    """A file and a workbook of answers for the draft, and a list for the register."""
    line = "備前合成病院,外部接続,確認済み\n".encode()
    operator = a_person(Role.OPERATOR, now=earlier())
    to_response = {"revision": str(response.revision)}
    return [
        Upload(manager, f"/responses/{response.pk}/workbook/", {}, "answers.xlsx", a_workbook(response, manager)),
        Upload(operator, "/institutions/imports/new/", {"kind": "register"}, "list_20261101.csv", a_list()),
        # Last, because from then on the draft is another one.
        Upload(manager, f"/responses/{response.pk}/files/plan/", to_response, "plan.txt", line * (SIZE // len(line))),
    ]


def a_list() -> bytes:
    head = "ID,正式名称,機関区分,都道府県コード,市区町村コード,所在地,一般病床,合計病床数\n"
    rows = (f"{number:010},病院{number},1,13,101,千代田区,20,20\n" for number in range(SIZE // 40))
    return (head + "".join(rows)).encode()


def half_sent(upload: Upload, programs: Programs) -> socket.socket:
    """A connection over which half of the body has gone."""
    body = upload.body()
    head = {"Host": f"localhost:{programs.port}", "Content-Length": str(len(body))} | upload.headers()
    lines = [f"POST {upload.path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
    connection = socket.create_connection(("127.0.0.1", programs.port), timeout=WITHIN_SECONDS)
    connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body[: len(body) // 2])
    return connection


def sent_whole(upload: Upload, programs: Programs) -> httpx.Response:
    return httpx.post(programs.base_url + upload.path, content=upload.body(), headers=upload.headers(), timeout=60)


def held_in(folder: Path) -> int:
    """How many files of this folder some process holds open that have no name in it."""
    found = 0
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            target = str(link.readlink())
            found += target.startswith(f"{folder}/") and target.endswith(" (deleted)")
    return found


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + WITHIN_SECONDS
    while not is_so():
        assert time.monotonic() < until, what
        time.sleep(0.05)


def nothing_of_it(response: Response, home: Path, passing: Path) -> None:
    """The draft is as it was, and no upload has left anything, in a table or on disk."""
    now = Response.objects.get(pk=response.pk)
    assert (now.state, now.answers, now.revision) == (response.state, SAVED, response.revision)
    assert not Submission.objects.exists()
    assert not Document.objects.exists()
    assert not ImportRun.objects.exists()
    assert list(passing.rglob("*")) == []
    assert [path for path in (home / "files").rglob("*") if path.is_file()] == []


def all_goes_through(uploads: list[Upload], programs: Programs, response: Response) -> None:
    answers = [sent_whole(upload, programs) for upload in uploads]
    assert [answer.status_code for answer in answers] == [200, 302, 302], answers[0].text
    found = Response.objects.get(pk=response.pk)
    assert found.answers.keys() == {*SAVED, "plan"}
    assert Document.objects.get().size_bytes == len(uploads[-1].content)
    assert imports.uploaded(ImportRun.objects.get().pk).read_bytes() == uploads[1].content


def test_a_server_killed_in_the_middle_of_uploads_leaves_nothing_of_them(
    programs: Programs, uploads: list[Upload], response: Response, home: Path, passing: Path
) -> None:
    with contextlib.ExitStack() as connections:
        for upload in uploads:
            connections.enter_context(half_sent(upload, programs))
        wait_until(lambda: held_in(passing) == len(uploads), "each body is being written to disk")
        programs.kill("web")
    programs.start("web")
    programs.wait_for_web()
    nothing_of_it(response, home, passing)
    all_goes_through(uploads, programs, response)


def test_clients_that_go_away_in_the_middle_of_uploads_leave_nothing_of_them(
    programs: Programs, uploads: list[Upload], response: Response, home: Path, passing: Path
) -> None:
    for upload, at_once in itertools.product(uploads, (b"\x00" * 8, struct.pack("ii", 1, 0))):
        with half_sent(upload, programs) as connection:
            wait_until(lambda: held_in(passing) == 1, "the body is being written to disk")
            # Closed in order, or reset as when a cable is pulled and plugged in again.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        wait_until(lambda: held_in(passing) == 0, "the server has noticed")
    nothing_of_it(response, home, passing)
    all_goes_through(uploads, programs, response)
