from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from volcedit.config import Settings, read_settings
from volcedit.errors import ConfigError, HistoryError
from volcedit.notebook.archive.export import write_archive
from volcedit.notebook.history import History, Notebook
from volcedit.notebook.store.failures import UNWRITABLE
from volcedit.web.keys import LIFETIME_S, Keys

KEY = "canary-key-1234"
GATEWAY = {"VOLCEDIT_BASE_URL": "https://app.example.com", "VOLCEDIT_API_KEY": "the-apps-own"}


class Clock:
    """A clock set by a test."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app() -> Settings:
    return read_settings(GATEWAY)


@pytest.fixture
def keys(app: Settings, clock: Clock) -> Keys:
    return Keys(app, clock)


@pytest.fixture
def mine(history: History) -> Notebook:
    return history.notebook("me")


@pytest.fixture
def yours(history: History) -> Notebook:
    return history.notebook("you")


def put(keys: Keys, notebook: Notebook, base_url: str = "", *, local: bool = False) -> Settings:
    return keys.put(notebook, KEY, base_url, may_choose_gateway=local)


def test_without_a_key_the_apps_own_settings_apply(keys: Keys, app: Settings, mine: Notebook):
    assert keys.settings_of(mine) is app


def test_a_visitors_key_replaces_the_apps_key(keys: Keys, mine: Notebook):
    put(keys, mine)
    found = keys.settings_of(mine)
    assert (found.base_url, found.api_key) == ("https://app.example.com", KEY)


def test_a_key_applies_only_to_its_notebook(
    keys: Keys, app: Settings, mine: Notebook, yours: Notebook
):
    put(keys, mine)
    assert keys.settings_of(yours) is app


def test_a_removed_key_is_gone(keys: Keys, app: Settings, mine: Notebook):
    put(keys, mine)
    keys.remove(mine)
    assert keys.settings_of(mine) is app
    assert KEY not in repr(vars(keys))


def test_a_key_in_use_is_kept(keys: Keys, clock: Clock, mine: Notebook):
    put(keys, mine)
    for _ in range(5):
        clock.now_s += LIFETIME_S
        assert keys.settings_of(mine).api_key == KEY


# ── a key that is not here any more ──────────────────────────────────────────────────────────


def expired(keys: Keys, clock: Clock) -> Keys:
    clock.now_s += LIFETIME_S + 1
    return keys


def restarted(keys: Keys, clock: Clock) -> Keys:
    return Keys(read_settings(GATEWAY))


@pytest.mark.parametrize("lose", [expired, restarted])
def test_without_the_key_nothing_replaces_it_until_the_visitor_decides(
    lose: Callable, keys: Keys, clock: Clock, mine: Notebook, yours: Notebook
):
    put(keys, mine)
    keys = lose(keys, clock)
    keys.settings_of(yours)
    assert KEY not in repr(vars(keys))
    for _ in range(2):
        with pytest.raises(ConfigError, match="Enter it again"):
            keys.settings_of(mine)
    put(keys, mine)
    assert keys.settings_of(mine).api_key == KEY


@pytest.mark.parametrize("lose", [expired, restarted])
def test_a_visitor_whose_key_is_lost_can_choose_the_apps_account(
    lose: Callable, keys: Keys, clock: Clock, mine: Notebook
):
    put(keys, mine)
    keys = lose(keys, clock)
    keys.remove(mine)
    assert keys.settings_of(mine).api_key == "the-apps-own"
    assert restarted(keys, clock).settings_of(mine).api_key == "the-apps-own"


def test_a_key_entered_in_another_process_is_missed_here(
    keys: Keys, app: Settings, mine: Notebook, tmp_path: Path
):
    other, same = Keys(app), History(tmp_path).notebook("me")
    assert other.settings_of(same) is app
    put(keys, mine)
    with pytest.raises(ConfigError, match="Enter it again"):
        other.settings_of(same)


def test_a_key_removed_in_another_process_is_not_used_here(
    keys: Keys, app: Settings, mine: Notebook, tmp_path: Path
):
    put(keys, mine)
    Keys(app).remove(History(tmp_path).notebook("me"))
    assert keys.settings_of(mine) is app
    assert KEY not in repr(vars(keys))


def test_a_key_outlives_a_new_secret_for_its_notebook(
    keys: Keys, clock: Clock, history: History, mine: Notebook
):
    put(keys, mine)
    history.link("renewed", mine)
    assert keys.settings_of(history.notebook("renewed")).api_key == KEY
    with pytest.raises(ConfigError):
        restarted(keys, clock).settings_of(history.notebook("renewed"))


def test_an_app_that_no_longer_accepts_keys_says_so_and_replaces_none(keys: Keys, mine: Notebook):
    put(keys, mine)
    later = Keys(read_settings({**GATEWAY, "VOLCEDIT_VISITOR_KEYS": "false"}))
    with pytest.raises(ConfigError, match="no longer accepts any"):
        later.settings_of(mine)
    later.remove(mine)
    assert later.settings_of(mine).api_key == "the-apps-own"


def test_an_app_without_a_key_replaces_none_either(keys: Keys, mine: Notebook):
    put(keys, mine)
    with pytest.raises(ConfigError, match="Enter it again"):
        Keys(read_settings({})).settings_of(mine)


def test_if_nobody_can_tell_whether_there_was_a_key_nothing_is_sent(
    keys: Keys, mine: Notebook, tmp_path: Path
):
    folder = tmp_path / "notebooks" / mine.name
    folder.parent.mkdir()
    folder.write_text("not a folder")
    with pytest.raises(HistoryError, match="could not be read"):
        keys.settings_of(mine)


def test_a_key_that_cannot_be_noted_is_not_taken(keys: Keys, mine: Notebook, tmp_path: Path):
    (tmp_path / "notebooks").write_text("not a folder")
    with pytest.raises(HistoryError, match="could not be written"):
        put(keys, mine)
    assert KEY not in repr(vars(keys))


def test_a_key_whose_removal_cannot_be_noted_is_not_used_and_not_replaced(
    keys: Keys, mine: Notebook, monkeypatch: pytest.MonkeyPatch
):
    put(keys, mine)

    def fail() -> None:
        raise HistoryError(UNWRITABLE)

    monkeypatch.setattr(mine, "note_no_key", fail)
    with pytest.raises(HistoryError):
        keys.remove(mine)
    with pytest.raises(ConfigError, match="Enter it again"):
        keys.settings_of(mine)


def test_an_export_does_not_tell_whether_there_is_a_key(notebook: Notebook):
    without, with_key = io.BytesIO(), io.BytesIO()
    for file in (without, with_key):
        write_archive(notebook, None, file, now=datetime(2026, 1, 1, tzinfo=UTC))
        notebook.note_own_key()
    names = [zipfile.ZipFile(file).namelist() for file in (without, with_key)]
    assert names[0] == names[1]


# ── what may be entered ──────────────────────────────────────────────────────────────────────


def test_only_a_local_user_may_choose_a_gateway(keys: Keys, mine: Notebook):
    with pytest.raises(ConfigError, match="on the machine"):
        put(keys, mine, "http://169.254.169.254")
    assert put(keys, mine, "https://mine.example.com/", local=True).host == "mine.example.com"


def test_with_volcengine_a_key_needs_a_gateway_and_gets_no_key_pair(mine: Notebook):
    pair = {"VOLC_ACCESSKEY": "the-apps", "VOLC_SECRETKEY": "own"}
    with pytest.raises(ConfigError, match="Enter the gateway"):
        put(Keys(read_settings(pair)), mine)
    found = put(Keys(read_settings(pair)), mine, "https://mine.example.com", local=True)
    assert (found.provider, found.api_key, found.key_pair) == ("gateway", KEY, None)


def test_the_sandbox_accepts_no_key(mine: Notebook):
    with pytest.raises(ConfigError, match="Enter the gateway"):
        put(Keys(read_settings({})), mine, local=True)
    found = put(Keys(read_settings({})), mine, "https://mine.example.com", local=True)
    assert found.provider == "gateway"


def test_an_app_can_refuse_keys(mine: Notebook):
    keys = Keys(read_settings({**GATEWAY, "VOLCEDIT_VISITOR_KEYS": "false"}))
    with pytest.raises(ConfigError, match="VOLCEDIT_VISITOR_KEYS"):
        put(keys, mine)


@pytest.mark.parametrize("key", ["two words", "umlaut-\u00e4", "line\nend"])
def test_a_key_that_does_not_fit_a_header_is_refused_and_not_quoted(
    keys: Keys, app: Settings, mine: Notebook, key: str
):
    with pytest.raises(ConfigError) as caught:
        keys.put(mine, key, "", may_choose_gateway=False)
    assert key not in str(caught.value)
    assert keys.settings_of(mine) is app


def test_str_and_repr_of_the_settings_do_not_show_the_key(keys: Keys, mine: Notebook):
    assert KEY not in repr(put(keys, mine))
