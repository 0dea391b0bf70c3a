from __future__ import annotations

import pytest

from volcedit.config import Settings, read_settings
from volcedit.errors import ConfigError
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


def put(keys: Keys, base_url: str = "", owner: str = "me", *, local: bool = False) -> Settings:
    return keys.put(owner, KEY, base_url, may_choose_gateway=local)


def test_without_a_key_the_apps_own_settings_apply(keys: Keys, app: Settings):
    assert keys.settings_of("me") is app


def test_a_visitors_key_replaces_the_apps_key(keys: Keys):
    put(keys)
    found = keys.settings_of("me")
    assert (found.base_url, found.api_key) == ("https://app.example.com", KEY)


def test_a_key_applies_only_to_its_visitor(keys: Keys, app: Settings):
    put(keys)
    assert keys.settings_of("you") is app


def test_a_removed_key_is_gone(keys: Keys, app: Settings):
    put(keys)
    keys.remove("me")
    assert keys.settings_of("me") is app


def test_a_key_in_use_is_kept(keys: Keys, clock: Clock):
    put(keys)
    for _ in range(5):
        clock.now_s += LIFETIME_S
        assert keys.settings_of("me").api_key == KEY


def test_an_unused_key_expires_without_a_fallback_to_another(keys: Keys, clock: Clock):
    put(keys)
    clock.now_s += LIFETIME_S + 1
    keys.settings_of("you")
    assert KEY not in repr(vars(keys))
    for _ in range(2):
        with pytest.raises(ConfigError, match="Enter it again"):
            keys.settings_of("me")
    put(keys)
    assert keys.settings_of("me").api_key == KEY


def test_only_a_local_user_may_choose_a_gateway(keys: Keys):
    with pytest.raises(ConfigError, match="on the machine"):
        put(keys, "http://169.254.169.254")
    assert put(keys, "https://mine.example.com/", local=True).host == "mine.example.com"


def test_with_volcengine_a_key_needs_a_gateway_and_gets_no_key_pair():
    pair = {"VOLC_ACCESSKEY": "the-apps", "VOLC_SECRETKEY": "own"}
    with pytest.raises(ConfigError, match="Enter the gateway"):
        put(Keys(read_settings(pair)))
    found = put(Keys(read_settings(pair)), "https://mine.example.com", local=True)
    assert (found.provider, found.api_key, found.key_pair) == ("gateway", KEY, None)


def test_the_sandbox_accepts_no_key():
    with pytest.raises(ConfigError, match="Enter the gateway"):
        put(Keys(read_settings({})), local=True)
    found = put(Keys(read_settings({})), "https://mine.example.com", local=True)
    assert found.provider == "gateway"


def test_an_app_can_refuse_keys():
    keys = Keys(read_settings({**GATEWAY, "VOLCEDIT_VISITOR_KEYS": "false"}))
    with pytest.raises(ConfigError, match="VOLCEDIT_VISITOR_KEYS"):
        put(keys)


@pytest.mark.parametrize("key", ["two words", "umlaut-\u00e4", "line\nend"])
def test_a_key_that_does_not_fit_a_header_is_refused_and_not_quoted(
    keys: Keys, app: Settings, key: str
):
    with pytest.raises(ConfigError) as caught:
        keys.put("me", key, "", may_choose_gateway=False)
    assert key not in str(caught.value)
    assert keys.settings_of("me") is app


def test_str_and_repr_of_the_settings_do_not_show_the_key(keys: Keys):
    assert KEY not in repr(put(keys))
