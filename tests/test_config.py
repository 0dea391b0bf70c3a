from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.forking import Forked
from volcedit import Client, ConfigError, KeyPair
from volcedit.config import DEFAULTS, Settings, read_settings
from volcedit.service.models import settle
from volcedit.words import say

EXAMPLE = ROOT / ".env.example"
PAIR = {"VOLC_ACCESSKEY": "AKLTs3cret", "VOLC_SECRETKEY": "s3cret/+=="}
GATEWAY = {"VOLCEDIT_BASE_URL": "https://gateway.example.com", "VOLCEDIT_API_KEY": "s3cret"}
NAMES = "byteedit_v2.0, seededit_v3.0, jimeng_i2i_v30"


def read(**changes: str) -> Settings:
    """The settings as the app reads them, with the mode adapted to the model."""
    more = {f"VOLCEDIT_{name}": value for name, value in changes.items()}
    return settle(read_settings(GATEWAY | more))


def read_example() -> dict[str, str]:
    return dict(re.findall(r"^(\w+)=(.*)$", EXAMPLE.read_text("utf-8"), re.MULTILINE))


def test_nothing_set_means_the_sandbox_with_documented_defaults():
    assert read_settings({}) == Settings(
        provider="sandbox",
        base_url="",
        api_key="",
        key_pair=None,
        req_key="byteedit_v2.0",
        mode="sync",
        data_dir=Path(".volcedit"),
        timeout_s=120.0,
        max_attempts=4,
        max_concurrent=2,
        visitor_keys=True,
    )


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VOLCEDIT_REQ_KEY", "seededit_v3.0")
    assert read_settings().req_key == "seededit_v3.0"


def test_the_example_lists_exactly_the_variables_that_are_read():
    assert list(read_example()) == list(DEFAULTS)


def test_the_unedited_example_sets_only_defaults():
    assert read_settings(read_example()) == read_settings({})


def test_an_empty_variable_counts_as_not_set():
    assert read_settings(dict.fromkeys(DEFAULTS, " ")) == read_settings({})


@pytest.mark.parametrize(
    ("changes", "provider"),
    [
        ({}, "gateway"),
        ({"PROVIDER": "auto"}, "gateway"),
        ({"PROVIDER": "gateway"}, "gateway"),
        ({"PROVIDER": "sandbox"}, "sandbox"),
        ({"PROVIDER": "auto", "BASE_URL": ""}, "sandbox"),
    ],
)
def test_the_provider_is_the_gateway_if_it_has_a_url(changes: dict, provider: str):
    assert read(**changes).provider == provider


@pytest.mark.parametrize(
    ("environ", "provider"),
    [
        (PAIR, "volcengine"),
        (PAIR | GATEWAY, "gateway"),
        (PAIR | GATEWAY | {"VOLCEDIT_PROVIDER": "volcengine"}, "volcengine"),
        (PAIR | {"VOLCEDIT_PROVIDER": "sandbox"}, "sandbox"),
        ({"VOLC_SESSION_TOKEN": "t"}, "sandbox"),
        ({"VOLCEDIT_VOLC_URL": "https://v.example.com"}, "sandbox"),
    ],
)
def test_without_a_gateway_a_key_pair_leads_to_volcengine(environ: dict, provider: str):
    assert read_settings(environ).provider == provider


def test_volcengine_is_called_directly_with_the_key_pair_alone():
    settings = read_settings(PAIR | GATEWAY | {"VOLCEDIT_PROVIDER": "volcengine"})
    assert settings.base_url == "https://visual.volcengineapi.com"
    assert settings.host == "visual.volcengineapi.com"
    assert (settings.api_key, settings.key_pair) == ("", KeyPair("AKLTs3cret", "s3cret/+=="))


@pytest.mark.parametrize(
    "pasted",
    ["http://127.0.0.1:8000", "http://127.0.0.1:8000/", "http://127.0.0.1:8000/?Action=CVProcess"],
)
def test_volcengine_may_have_another_url_and_temporary_keys(pasted: str):
    settings = read_settings(PAIR | {"VOLCEDIT_VOLC_URL": pasted, "VOLC_SESSION_TOKEN": "STS2x"})
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.key_pair.session_token == "STS2x"


@pytest.mark.parametrize("provider", ["gateway", "sandbox"])
def test_no_other_provider_gets_the_key_pair(provider: str):
    assert read_settings(PAIR | GATEWAY | {"VOLCEDIT_PROVIDER": provider}).key_pair is None


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"VOLC_ACCESSKEY": ""}, "VOLC_ACCESSKEY"),
        ({"VOLC_SECRETKEY": ""}, "VOLC_SECRETKEY"),
        ({"VOLC_ACCESSKEY": "", "VOLC_SECRETKEY": "", "VOLCEDIT_PROVIDER": "volcengine"}, "VOLC_"),
        ({"VOLC_ACCESSKEY": "s3cret\nX: 1"}, "VOLC_ACCESSKEY"),
        ({"VOLC_SECRETKEY": "s3crét"}, "VOLC_SECRETKEY"),
        ({"VOLC_SESSION_TOKEN": "two s3crets"}, "VOLC_SESSION_TOKEN"),
        ({"VOLCEDIT_VOLC_URL": "visual.volcengineapi.com"}, "VOLCEDIT_VOLC_URL"),
        ({"VOLCEDIT_VOLC_URL": "https://user:s3cret@h"}, "VOLCEDIT_VOLC_URL"),
    ],
)
def test_an_incomplete_or_invalid_key_pair_is_named_and_not_quoted(changes: dict, name: str):
    with pytest.raises(ConfigError) as caught:
        read_settings(PAIR | changes)
    assert name in str(caught.value.words) and name in say("zh", caught.value.words)
    assert "s3cr" not in f"{caught.value} {caught.value.words!r} {caught.value!r}"


@pytest.mark.parametrize(
    "pasted",
    [
        "https://gateway.example.com",
        "https://gateway.example.com/",
        " https://gateway.example.com\n",
        "https://gateway.example.com/volcv/v1",
        "https://gateway.example.com//volcv/v1/",
        "https://gateway.example.com/volcv/v1?Action=CVProcess&Version=2022-08-31",
    ],
)
def test_the_base_url_may_be_pasted_in_many_ways(pasted: str):
    assert read(BASE_URL=pasted).base_url == "https://gateway.example.com"


def test_a_gateway_may_live_below_a_path():
    assert read(BASE_URL="http://h:8000/proxy/").base_url == "http://h:8000/proxy"


WRONG = [
    ("PROVIDER", "Gateway"),
    ("PROVIDER", "Volcengine"),
    ("REQ_KEY", "seededit_v9.0"),
    ("REQ_KEY", "ByteEdit_v2.0"),
    ("BASE_URL", "gateway.example.com"),
    ("BASE_URL", "ftp://gateway.example.com"),
    ("BASE_URL", "https://"),
    ("BASE_URL", "https://h:65536"),
    ("BASE_URL", "https://h:port"),
    ("BASE_URL", "https://[::1"),
    ("BASE_URL", "https://user:s3cret@h"),
    ("BASE_URL", "https://h#fragment"),
    ("MODE", "Async"),
    ("MODE", "both"),
    ("API_KEY", "Bearer s3cret"),
    ("API_KEY", "s3cret\nX-Injected: 1"),
    ("API_KEY", "s3crét"),
    ("TIMEOUT_S", "0.99"),
    ("TIMEOUT_S", "3600.01"),
    ("TIMEOUT_S", "nan"),
    ("TIMEOUT_S", "inf"),
    ("TIMEOUT_S", "2min"),
    ("MAX_ATTEMPTS", "0"),
    ("MAX_ATTEMPTS", "11"),
    ("MAX_ATTEMPTS", "1.5"),
    ("MAX_CONCURRENT", "0"),
    ("MAX_CONCURRENT", "65"),
    ("MAX_CONCURRENT", "two"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_an_invalid_value_is_named_in_both_languages(name: str, value: str):
    with pytest.raises(ConfigError) as caught:
        read(**{name: value})
    assert f"VOLCEDIT_{name}" in str(caught.value.words)
    assert f"VOLCEDIT_{name}" in say("zh", caught.value.words)


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_no_error_quotes_a_secret(name: str, value: str):
    with pytest.raises(ConfigError) as caught:
        read(**{name: value})
    assert "s3cr" not in f"{caught.value} {caught.value.words!r} {caught.value!r}"


def test_the_gateway_provider_needs_a_url():
    with pytest.raises(ConfigError, match="VOLCEDIT_BASE_URL"):
        read(PROVIDER="gateway", BASE_URL="")


@pytest.mark.parametrize(
    ("name", "value", "field", "read_as"),
    [
        ("TIMEOUT_S", "1", "timeout_s", 1.0),
        ("TIMEOUT_S", "3600", "timeout_s", 3600.0),
        ("MAX_ATTEMPTS", "1", "max_attempts", 1),
        ("MAX_ATTEMPTS", "10", "max_attempts", 10),
        ("MAX_CONCURRENT", "1", "max_concurrent", 1),
        ("MAX_CONCURRENT", "64", "max_concurrent", 64),
    ],
)
def test_a_number_may_be_at_its_limits(name: str, value: str, field: str, read_as: float):
    assert getattr(read(**{name: value}), field) == read_as


def test_a_tilde_means_the_home_directory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", "/somewhere")
    assert read(DATA_DIR="~/notebooks").data_dir == Path("/somewhere/notebooks")


def test_settings_never_show_the_key():
    settings = read()
    assert settings.api_key == "s3cret"
    assert "s3cret" not in f"{settings} {settings!r} {replace(settings, timeout_s=1)!r}"


def test_settings_never_show_the_key_pair():
    settings = read_settings(PAIR | {"VOLC_SESSION_TOKEN": "s3cret"})
    assert settings.key_pair == KeyPair("AKLTs3cret", "s3cret/+==", "s3cret")
    assert "s3cret" not in f"{settings} {settings!r} {settings.key_pair!r}"


def test_the_sandbox_gets_neither_the_gateways_url_nor_its_key():
    settings = read(PROVIDER="sandbox")
    assert (settings.base_url, settings.api_key) == ("", "")


@pytest.mark.parametrize(
    ("changes", "host"),
    [({"BASE_URL": "http://h:8000/x"}, "h:8000/x"), ({"PROVIDER": "sandbox"}, "sandbox")],
)
def test_the_host_includes_its_path(changes: dict, host: str):
    assert read(**changes).host == host


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_an_edit_is_one_call_or_a_task(mode: str):
    assert read(MODE=mode).mode == mode


@pytest.mark.parametrize(("text", "value"), [("true", True), ("FALSE", False)])
def test_visitors_may_use_keys_by_default(text: str, value: bool):
    assert read_settings({"VOLCEDIT_VISITOR_KEYS": text}).visitor_keys is value


def test_a_switch_is_true_or_false():
    with pytest.raises(ConfigError, match="VOLCEDIT_VISITOR_KEYS must be true or false"):
        read_settings({"VOLCEDIT_VISITOR_KEYS": "maybe"})


def test_a_task_only_model_uses_tasks():
    assert read(REQ_KEY="seededit_v3.0").mode == "async"


def test_the_model_is_checked_after_all_other_settings():
    settings = read_settings({"VOLCEDIT_REQ_KEY": "seededit_v9.0"})
    assert (settings.req_key, settings.mode) == ("seededit_v9.0", "sync")
    with pytest.raises(ConfigError) as caught:
        settle(settings)
    assert str(caught.value) == f"VOLCEDIT_REQ_KEY must be one of {NAMES}."
    assert (
        say("zh", caught.value.words)
        == f"VOLCEDIT_REQ_KEY 必须是 {NAMES.replace(', ', '、')} 之一。"
    )


def test_no_client_is_created_for_an_unknown_model():
    settings = replace(read(), req_key="seededit_v9.0")
    with pytest.raises(ConfigError, match="VOLCEDIT_REQ_KEY must be one of"):
        Client.from_settings(settings)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("VOLCEDIT_REQ_KEY", "no such", rf"VOLCEDIT_REQ_KEY must be one of {NAMES}\."),
        ("VOLCEDIT_MODE", "no such", r"VOLCEDIT_MODE must be sync or async\."),
        ("VOLCEDIT_DATA_DIR", "nowhere://x", "The store at VOLCEDIT_DATA_DIR cannot be opened: .+"),
    ],
)
def test_with_invalid_settings_the_app_explains_and_does_not_start(
    name: str, value: str, said: str, tmp_path: Path
):
    environ = os.environ | {"VOLCEDIT_DATA_DIR": str(tmp_path), name: value}
    assert Forked(ROOT / "app.py", environ, tmp_path / "log").wait(60) == 1
    last = (tmp_path / "log").read_text().splitlines()[-1]
    assert re.fullmatch(f"volcedit: {said}", last)


def test_a_key_that_cannot_be_told_apart_is_warned_of_at_start(tmp_path: Path):
    settings = {"VOLCEDIT_BASE_URL": "http://a.example", "VOLCEDIT_API_KEY": "abcdefg"}
    environ = os.environ | settings | {"VOLCEDIT_DATA_DIR": str(tmp_path)}
    (tmp_path / "start.py").write_text("import app")
    assert Forked(tmp_path / "start.py", environ, tmp_path / "log").wait(60) == 0
    log = (tmp_path / "log").read_text()
    assert log.count("VOLCEDIT_API_KEY has less than 8 characters") == 1
    assert "abcdefg" not in log


def test_changed_settings_are_known_by_name_only():
    settings = read_settings(
        {"VOLCEDIT_BASE_URL": "http://a.example", "VOLCEDIT_API_KEY": "canary"}
    )
    assert settings.changed == {"VOLCEDIT_BASE_URL", "VOLCEDIT_API_KEY"}
    assert "canary" not in repr(settings)


# ── cost and limits ──────────────────────────────────────────────────────────────────────────


def test_by_default_there_is_no_price_and_no_limit():
    settings = read_settings({})
    assert (settings.price, settings.currency) == (None, "")
    assert (settings.notebook_max_bytes, settings.keep_days) == (None, None)


@pytest.mark.parametrize(("text", "price"), [("0", 0.0), ("0.2", 0.2), ("1e3", 1000.0)])
def test_a_price_is_a_number(text: str, price: float):
    settings = read_settings({"VOLCEDIT_PRICE": text, "VOLCEDIT_CURRENCY": "CNY"})
    assert (settings.price, settings.currency) == (price, "CNY")


@pytest.mark.parametrize("text", ["-1", "free", "NaN", "inf", "1e9"])
def test_an_invalid_price_is_refused(text: str):
    with pytest.raises(ConfigError, match="VOLCEDIT_PRICE"):
        read_settings({"VOLCEDIT_PRICE": text})


def test_limits_are_megabytes_and_days():
    settings = read_settings({"VOLCEDIT_NOTEBOOK_MB": "50", "VOLCEDIT_KEEP_DAYS": "7"})
    assert (settings.notebook_max_bytes, settings.keep_days) == (50_000_000, 7)


def test_on_a_space_there_are_limits_unless_set_to_none():
    space = {"SPACE_ID": "somebody/volcedit"}
    settings = read_settings(space)
    assert (settings.notebook_max_bytes, settings.keep_days) == (200_000_000, 30)
    assert (settings.edits_per_hour, settings.edits_per_day) == (20, 300)
    assert (settings.storage_max_bytes, settings.proxies) == (2_000_000_000, 1)
    assert not settings.changed
    free = read_settings(space | dict.fromkeys(LIMITS, "none"))
    assert [getattr(free, name) for name in LIMITS.values()] == [None] * len(LIMITS)


LIMITS = {
    "VOLCEDIT_NOTEBOOK_MB": "notebook_max_bytes",
    "VOLCEDIT_KEEP_DAYS": "keep_days",
    "VOLCEDIT_EDITS_PER_HOUR": "edits_per_hour",
    "VOLCEDIT_EDITS_PER_DAY": "edits_per_day",
    "VOLCEDIT_STORAGE_MB": "storage_max_bytes",
}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *((name, text) for name in LIMITS for text in ("-1", "1.5", "much", "1000001")),
        *((name, "0") for name in LIMITS if not name.startswith("VOLCEDIT_EDITS")),
        *(("VOLCEDIT_PROXIES", text) for text in ("-1", "9", "1.5", "none")),
        *(("VOLCEDIT_GRACE_S", text) for text in ("-1", "3601", "NaN", "none")),
        *(("VOLCEDIT_HOSTS", text) for text in ("https://a.example", "a:80", "a b", ".", "[1]x")),
    ],
)
def test_an_invalid_limit_is_refused(name: str, text: str):
    with pytest.raises(ConfigError, match=name):
        read_settings({name: text})


def test_no_edits_at_the_owners_cost_are_a_limit_too():
    settings = read_settings({"VOLCEDIT_EDITS_PER_HOUR": "0", "VOLCEDIT_EDITS_PER_DAY": "0"})
    assert (settings.edits_per_hour, settings.edits_per_day) == (0, 0)


def test_what_guards_an_app_on_the_internet_is_read():
    settings = read_settings(
        {
            "VOLCEDIT_PROXIES": "2",
            "VOLCEDIT_HOSTS": "Edit.example.com, [::1],localhost",
            "VOLCEDIT_GRACE_S": "0.5",
        }
    )
    assert (settings.proxies, settings.grace_s) == (2, 0.5)
    assert settings.hosts == ("edit.example.com", "[::1]", "localhost")
