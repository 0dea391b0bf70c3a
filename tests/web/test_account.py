"""Whose account an edit uses: every way to send something, with a visitor's key and without it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import gradio as gr
import pytest
from starlette.requests import Request

from tests.support import PHOTOS, looping
from tests.support.gateway import Gateway
from tests.support.running import DONE, Bench
from tests.support.showing import Page as Html
from volcedit import EditParams
from volcedit.service.fields import INPUTS, show_params
from volcedit.web.api import make_edit, make_replay
from volcedit.web.desk import Desk, Updates
from volcedit.web.edit.form import ENTRIES
from volcedit.web.edit.room import EditRoom
from volcedit.web.keys import LIFETIME_S, Keys
from volcedit.web.page import Page
from volcedit.web.publishing import publish_fetched
from volcedit.web.visitor import COOKIE, owner_of

OWNERS, VISITORS = "key-of-the-owner", "canary-of-a-visitor"
MODEL = "byteedit_v2.0"


def named_page() -> Page:
    """A page whose components are their names. A real one would begin Gradio's event loops."""
    names = {field.name: field.name for field in fields(Page)}
    return Page(**names | {"controls": {field.key: field.key for field in INPUTS}})


class Life:
    """One process of the app, and one visitor's page in it."""

    now_s = 0.0

    def __init__(self, bench: Bench, request: gr.Request) -> None:
        self.page = named_page()
        self.bench = bench
        self.desk = Desk(self.page, bench.workbench)
        self.desk.keys = Keys(bench.workbench.settings, lambda: self.now_s)
        self.room = EditRoom(self.desk)
        self.request = request

    def enter_key(self) -> None:
        """Type the key."""
        shown = self.room.connector.set_key(self.request, "", VISITORS, MODEL)
        assert "with your key" in self.badge(shown)

    def account(self) -> tuple[str, str]:
        """The text of the badge, and of the line below Run."""
        shown = self.room.connector.tell_account(self.request, MODEL)
        return self.badge(shown), Html(shown[self.page.allowance]).text

    def badge(self, shown: Updates) -> str:
        return Html(shown[self.page.provider].value).text

    @property
    def photo(self) -> str:
        """The path of the photo, as uploaded."""
        return publish_fetched((PHOTOS / "chelsea.png").read_bytes())

    @property
    def form(self) -> list[object]:
        values = {
            "photo": self.photo,
            **show_params(EditParams("make it snow", seed=7)),
            **{"count": 1, "delivery": "base64", "model": MODEL, "mode": "sync"},
            **{"photo_url": "", "photo_way": "fetch"},
        }
        return [values[name] for name in ENTRIES]

    def run(self) -> str:
        """Press Run; what the status says in the end."""
        steps = self.room.runner.run(self.request, None, False, [], *self.form)
        return self.status(steps)

    def status(self, steps: AsyncIterator[Updates]) -> str:
        async def follow() -> list[Updates]:
            return [step async for step in steps]

        said = [
            step[self.page.status] for step in looping.run(follow()) if self.page.status in step
        ]
        return Html(said[-1]).text


def visitor(cookie: str = "a-cookie-of-22-letters", **scope: object) -> gr.Request:
    headers = [(b"cookie", f"{COOKIE}={cookie}".encode()), (b"host", b"app.example.com")]
    scope = {"type": "http", "headers": headers, "query_string": b"", "client": ("::1", 1)} | scope
    return gr.Request(Request(scope), session_hash="a-page")


@pytest.fixture(autouse=True)
def keep_uploads_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "gradio"))


@pytest.fixture(params=["cookie", "page"])
def request_(request: pytest.FixtureRequest) -> gr.Request:
    return visitor() if request.param == "cookie" else visitor(headers=[])


@pytest.fixture
def open_life(gateway: Gateway, tmp_path: Path) -> Iterator[Callable[..., Life]]:
    gateway.script(DONE)
    benches: list[Bench] = []

    def open_life(request: gr.Request, **settings: object) -> Life:
        settings = {"api_key": OWNERS, "edits_per_hour": 9} | settings
        benches.append(Bench(gateway.url, tmp_path, **settings))
        return Life(benches[-1], request)

    yield open_life
    for bench in benches:
        bench.workbench.close()


def used(gateway: Gateway) -> list[str]:
    """The keys of all calls so far."""
    return [it.headers["Authorization"].removeprefix("Bearer ") for it in gateway.requests]


@pytest.fixture(params=["expired", "restarted", "elsewhere"])
def without_key(
    request: pytest.FixtureRequest,
    open_life: Callable[..., Life],
    request_: gr.Request,
) -> Life:
    """The process of a visitor whose key is not in its memory, after an edit with that key."""
    life = open_life(request_)
    # The other process has begun before the key was entered.
    other = open_life(request_) if request.param == "elsewhere" else None
    if other is not None:
        assert "at the owner's cost" in other.account()[0]
    life.enter_key()
    life.run()
    if request.param == "expired":
        life.now_s += LIFETIME_S + 1
        return life
    return other or open_life(request_)


def ways_to_send(life: Life) -> dict[str, Callable[[], Any]]:
    """Everything that may reach the service, by name."""
    request, room, desk = life.request, life.room, life.desk
    notebook = desk.workbench.notebook(owner_of(request))
    (record_id,) = notebook.ids()
    event = cast(gr.EventData, SimpleNamespace(record_id=record_id))
    photo = cast(gr.FileData, {"path": life.photo})
    url = f"{life.bench.settings.base_url}/cat.jpg"

    async def collect(steps: AsyncIterator[Updates]) -> list[Updates]:
        return [step async for step in steps]

    return {
        "run": life.run,
        "repeat": lambda: life.status(room.replayer.repeat(request, event, [])),
        "chain": lambda: life.status(room.replayer.chain(request, event)),
        "chain on a photo": lambda: life.status(
            room.replayer.chain_on_photo(request, event, life.photo, None)
        ),
        "fetch by URL": lambda: looping.run(
            collect(room.linker.fetch(request, url, "fetch", None))
        )[-1][life.page.photo_url_note],
        "fetch again": lambda: room.viewer.fetch(request, event, []),
        "send again": lambda: room.composer.resend(request, event),
        "test the connection": lambda: looping.run(collect(room.connector.test(request)))[-1][
            life.page.connection_note
        ],
        "/edit": lambda: looping.run(make_edit(desk)(request, photo, "make it snow")),
        "/replay": lambda: looping.run(make_replay(desk)(request, record_id)),
    }


def test_without_the_key_nothing_is_sent_in_any_way(without_key: Life, gateway: Gateway):
    assert used(gateway) == [VISITORS]
    for name, send in ways_to_send(without_key).items():
        try:
            said = str(send())
        except gr.Error as error:
            said = error.message
        assert "Enter it again under Connection" in said, name
    assert used(gateway) == [VISITORS]
    assert without_key.account() == ("Nothing is sent: see Connection", "")


def test_without_the_key_the_apps_account_can_be_chosen(without_key: Life, gateway: Gateway):
    shown = without_key.room.connector.show_key(without_key.request, MODEL)
    page = without_key.page
    assert shown[page.remove_key].visible
    assert "choose this app's account" in Html(shown[page.key_note]).text
    assert shown[page.facts] == ""  # not the app's, which are not used
    without_key.room.connector.remove_key(without_key.request, MODEL)
    without_key.run()
    assert used(gateway) == [VISITORS, OWNERS]


def test_without_the_key_it_can_be_entered_again(without_key: Life, gateway: Gateway):
    without_key.room.connector.set_key(without_key.request, "", VISITORS, MODEL)
    without_key.run()
    assert used(gateway) == [VISITORS] * 2


def test_ten_tabs_agree(open_life: Callable[..., Life], gateway: Gateway):
    tabs = [gr.Request(visitor().request, session_hash=f"tab {n}") for n in range(10)]
    life = open_life(tabs[0])
    life.enter_key()
    later = open_life(tabs[0])
    for tab in tabs:
        later.request = tab
        assert later.account()[0] == "Nothing is sent: see Connection"
    later.room.connector.remove_key(tabs[3], MODEL)
    for tab in tabs:
        later.request = tab
        assert "at the owner's cost" in later.account()[0]


def test_what_is_left_is_told_and_goes_down(open_life: Callable[..., Life]):
    life = open_life(visitor(), edits_per_hour=2)
    assert life.account()[1] == "2 of 2 left this hour"
    life.run()
    assert life.account()[1] == "1 of 2 left this hour"
    life.run()
    assert life.account()[1].startswith("0 of 2 left this hour · the next at ")
    assert "so nothing was sent" in life.run()


def test_without_limits_nothing_is_told_of_them(open_life: Callable[..., Life]):
    badge, allowance = open_life(visitor(), edits_per_hour="").account()
    assert badge.endswith("calls may cost money")
    assert allowance == ""


def test_a_damaged_count_is_told_below_run(open_life: Callable[..., Life], tmp_path: Path):
    life = open_life(visitor())
    (tmp_path / "spending").mkdir()
    (tmp_path / "spending" / "edits.json").write_bytes(b"?")
    assert "cannot be counted" in life.account()[1]


def test_programs_and_pages_at_one_address_share_the_hour(
    open_life: Callable[..., Life], gateway: Gateway
):
    life = open_life(visitor(), edits_per_hour=3)
    life.run()
    photo = cast(gr.FileData, {"path": life.photo})
    kinds = []
    for number in range(20):
        stranger = visitor(f"a-fresh-cookie-of-number-{number}")
        _, (record,) = looping.run(make_edit(life.desk)(stranger, photo, "make it snow"))
        kinds.append(record["error"] and record["error"]["kind"])
    assert kinds == [None, None] + ["limit"] * 18
    assert used(gateway) == [OWNERS] * 3


def test_behind_a_proxy_visitors_have_an_hour_each(
    open_life: Callable[..., Life], gateway: Gateway
):
    life = open_life(visitor(), edits_per_hour=1, proxies=1)
    photo = cast(gr.FileData, {"path": life.photo})
    for number in (1, 2, 2):
        headers = [(b"x-forwarded-for", f"6.6.6.6, 198.51.100.{number}".encode())]
        stranger = visitor(headers=headers)
        stranger.session_hash = None
        looping.run(make_edit(life.desk)(stranger, photo, "make it snow"))
    assert len(used(gateway)) == 2
