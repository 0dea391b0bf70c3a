"""Settings from environment variables. `os.environ` is read here alone."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

from volcedit.errors import ConfigError
from volcedit.types import KeyPair, Mode, Provider, Words

# The vendor's values. Source marks are explained in `service.wire`.
GATEWAY_PATH = "/volcv/v1"  # [P]
DIRECT_URL = "https://visual.volcengineapi.com"  # [V]
DEFAULT_REQ_KEY = "byteedit_v2.0"  # [P]

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")

MODES: tuple[Mode, ...] = get_args(Mode)

DEFAULTS: Mapping[str, str] = {
    "VOLCEDIT_BASE_URL": "",
    "VOLCEDIT_API_KEY": "",
    "VOLC_ACCESSKEY": "",
    "VOLC_SECRETKEY": "",
    "VOLC_SESSION_TOKEN": "",
    "VOLCEDIT_VOLC_URL": DIRECT_URL,
    "VOLCEDIT_PROVIDER": "auto",
    "VOLCEDIT_REQ_KEY": DEFAULT_REQ_KEY,
    "VOLCEDIT_MODE": "sync",
    "VOLCEDIT_DATA_DIR": ".volcedit",
    "VOLCEDIT_TIMEOUT_S": "120",
    "VOLCEDIT_MAX_ATTEMPTS": "4",
    "VOLCEDIT_MAX_CONCURRENT": "2",
    "VOLCEDIT_VISITOR_KEYS": "true",
    "VOLCEDIT_PRICE": "",
    "VOLCEDIT_CURRENCY": "",
    "VOLCEDIT_NOTEBOOK_MB": "",
    "VOLCEDIT_KEEP_DAYS": "",
    "VOLCEDIT_EDITS_PER_HOUR": "",
    "VOLCEDIT_EDITS_PER_DAY": "",
    "VOLCEDIT_STORAGE_MB": "",
    "VOLCEDIT_PROXIES": "0",
    "VOLCEDIT_HOSTS": "",
    "VOLCEDIT_GRACE_S": "30",
}
"""All variables and their defaults. `.env.example` explains them."""
SPACE_DEFAULTS = {
    "VOLCEDIT_NOTEBOOK_MB": "200",
    "VOLCEDIT_KEEP_DAYS": "30",
    "VOLCEDIT_EDITS_PER_HOUR": "20",
    "VOLCEDIT_EDITS_PER_DAY": "300",
    "VOLCEDIT_STORAGE_MB": "2000",
    "VOLCEDIT_PROXIES": "1",
}
"""Different defaults on a Hugging Face Space, where anyone may come, all notebooks share one disk,
and one proxy is in front [D]."""


@dataclass(frozen=True)
class Settings:
    """How the app calls the service, and where it stores data."""

    provider: Provider
    base_url: str
    """Root of the gateway or of Volcengine, without a trailing slash. Empty for the embedded
    sandbox, whose port is known only once it runs."""
    api_key: str = field(repr=False)
    """The gateway's key."""
    key_pair: KeyPair | None = field(repr=False)
    """Volcengine's keys; None for any other provider."""
    req_key: str
    """The vendor's name for the model. `service.models.settle` checks that it is known."""
    mode: Mode
    """One synchronous call per edit, or a task. `service.models.settle` replaces a mode that the
    model does not support."""
    data_dir: Path
    """Where the notebooks are stored."""
    timeout_s: float
    """Timeout of one response, 1 … 3600."""
    max_attempts: int
    """Attempts per call, including retries, 1 … 10."""
    max_concurrent: int
    """Concurrent calls of the whole app, 1 … 64."""
    visitor_keys: bool
    """Whether visitors may use their own keys."""
    price: float | None = None
    """Price of one edit, in `currency`; None if unknown."""
    currency: str = ""
    notebook_max_bytes: int | None = None
    """Limit on one visitor's photos and pictures; None for no limit."""
    keep_days: int | None = None
    """How long an edit without a star is kept; None for no limit."""
    edits_per_hour: int | None = None
    """Edits that one visitor may make in an hour at the owner's cost; None for no limit."""
    edits_per_day: int | None = None
    """Edits that all visitors may make in a day at the owner's cost; None for no limit."""
    storage_max_bytes: int | None = None
    """Limit on all notebooks and uploads together; None for no limit."""
    proxies: int = 0
    """Trusted proxies in front of the app, 0 … 8. The client's address is that many from the right
    in `X-Forwarded-For`; with 0 it is the address of the connection."""
    hosts: tuple[str, ...] = ()
    """Host names to serve, in lower case and without a port. Empty: on loopback the machine's own
    names, otherwise any."""
    grace_s: float = 30.0
    """How long calls in progress are waited for when the app stops, 0 … 3600."""
    changed: frozenset[str] = frozenset()
    """The names of the variables that differ from their defaults."""

    @property
    def limits_edits(self) -> bool:
        """Whether edits at the owner's cost are limited."""
        return self.edits_per_hour is not None or self.edits_per_day is not None

    @property
    def host(self) -> str:
        """The host of the service, with its path if any, for display and for records. "sandbox" for
        the embedded sandbox, since its port changes at each start."""
        is_sandbox = self.provider == Provider.SANDBOX
        return "sandbox" if is_sandbox else self.base_url.partition("://")[2]


_SYSTEM = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")


def read_system_environ(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a process of ours needs to start, and nothing secret."""
    environ = os.environ if environ is None else environ
    return {name: environ[name] for name in _SYSTEM if name in environ}


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from `environ` (default: `os.environ`). Raises `ConfigError`, naming the variable.

    An empty variable counts as not set, as in a copied `.env.example`. The model is not checked
    here; `service.models.settle` does that.
    """
    environ = os.environ if environ is None else environ
    # A Space sets SPACE_ID [D]: https://huggingface.co/docs/hub/spaces-overview
    defaults = {**DEFAULTS, **(SPACE_DEFAULTS if environ.get("SPACE_ID") else {})}
    values = {name: environ.get(name, "").strip() or default for name, default in defaults.items()}
    base_url = read_base_url(values["VOLCEDIT_BASE_URL"])
    provider = _choose_provider(values, base_url)
    is_gateway, is_direct = provider == Provider.GATEWAY, provider == Provider.VOLCENGINE
    if is_direct:
        base_url = read_base_url(values["VOLCEDIT_VOLC_URL"], "VOLCEDIT_VOLC_URL", DIRECT_URL)
    return Settings(
        provider=provider,
        base_url=base_url if is_gateway or is_direct else "",
        api_key=read_key(values["VOLCEDIT_API_KEY"]) if is_gateway else "",
        key_pair=_read_key_pair(values) if is_direct else None,
        req_key=values["VOLCEDIT_REQ_KEY"],
        mode=_read_mode(values["VOLCEDIT_MODE"]),
        data_dir=Path(values["VOLCEDIT_DATA_DIR"]).expanduser(),
        timeout_s=_read_number("VOLCEDIT_TIMEOUT_S", values, 3600),
        max_attempts=int(_read_number("VOLCEDIT_MAX_ATTEMPTS", values, 10, whole=True)),
        max_concurrent=int(_read_number("VOLCEDIT_MAX_CONCURRENT", values, 64, whole=True)),
        visitor_keys=_read_switch("VOLCEDIT_VISITOR_KEYS", values),
        price=_read_price(values["VOLCEDIT_PRICE"]),
        currency=values["VOLCEDIT_CURRENCY"],
        notebook_max_bytes=_read_megabytes("VOLCEDIT_NOTEBOOK_MB", values),
        keep_days=_read_limit("VOLCEDIT_KEEP_DAYS", values),
        # 0 is a limit as well: every visitor then needs a key of their own.
        edits_per_hour=_read_limit("VOLCEDIT_EDITS_PER_HOUR", values, least=0),
        edits_per_day=_read_limit("VOLCEDIT_EDITS_PER_DAY", values, least=0),
        storage_max_bytes=_read_megabytes("VOLCEDIT_STORAGE_MB", values),
        proxies=int(_read_number("VOLCEDIT_PROXIES", values, 8, least=0, whole=True)),
        hosts=_read_hosts(values["VOLCEDIT_HOSTS"]),
        grace_s=_read_number("VOLCEDIT_GRACE_S", values, 3600, least=0),
        changed=frozenset(name for name in DEFAULTS if values[name] != defaults[name]),
    )


def _choose_provider(values: Mapping[str, str], base_url: str) -> Provider:
    wanted = values["VOLCEDIT_PROVIDER"]
    if wanted == "auto":
        # Half a key pair is reported as an error; it must not fall back to the sandbox.
        has_keys = values["VOLC_ACCESSKEY"] or values["VOLC_SECRETKEY"]
        known = Provider.GATEWAY if base_url else Provider.VOLCENGINE
        return known if base_url or has_keys else Provider.SANDBOX
    if not (provider := Provider(wanted)).is_known:
        raise wrong_setting(
            "VOLCEDIT_PROVIDER",
            Words("auto, gateway, volcengine or sandbox"),
        )
    if provider == Provider.GATEWAY and not base_url:
        raise wrong_setting(
            "VOLCEDIT_BASE_URL",
            Words("set when VOLCEDIT_PROVIDER is gateway"),
        )
    return provider


def read_base_url(
    text: str, name: str = "VOLCEDIT_BASE_URL", example: str = "https://gateway.example.com"
) -> str:
    """Normalize the root URL of a service: people paste the whole endpoint, or a trailing slash.

    Empty stays empty. Raises `ConfigError`, which names the variable `name`.
    """
    base_url = text.split("?")[0].rstrip("/").removesuffix(GATEWAY_PATH).rstrip("/")
    if not base_url:
        return ""
    try:
        parts = urlsplit(base_url)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1)
    except ValueError:
        usable = False
    if not usable or parts.username is not None or parts.fragment:
        raise wrong_setting(name, Words("the root of a service, like {example}", example=example))
    return base_url


def read_key(text: str, name: str = "VOLCEDIT_API_KEY") -> str:
    """`text`, if it can be sent in a header. Raises `ConfigError`, which does not quote it."""
    if not text.isascii() or not text.isprintable() or " " in text:
        raise wrong_setting(
            name,
            Words("one word of plain characters, without “Bearer”"),
        )
    return text


def check_key_pair(keys: KeyPair) -> KeyPair:
    """`keys`, if they can sign requests. Raises `ConfigError`, which does not quote them."""
    for name, key, other in (
        ("VOLC_ACCESSKEY", keys.access_key, "VOLC_SECRETKEY"),
        ("VOLC_SECRETKEY", keys.secret_key, "VOLC_ACCESSKEY"),
    ):
        if not read_key(key, name):
            raise wrong_setting(
                name,
                Words("set, together with {other}, to call Volcengine", other=other),
            )
    read_key(keys.session_token, "VOLC_SESSION_TOKEN")
    return keys


def _read_key_pair(values: Mapping[str, str]) -> KeyPair:
    names = ("VOLC_ACCESSKEY", "VOLC_SECRETKEY", "VOLC_SESSION_TOKEN")
    return check_key_pair(KeyPair(*(values[name] for name in names)))


def _read_mode(text: str) -> Mode:
    for mode in MODES:
        if text == mode:
            return mode
    raise wrong_setting("VOLCEDIT_MODE", Words("sync or async"))


def _read_switch(name: str, values: Mapping[str, str]) -> bool:
    if values[name].lower() not in ("true", "false"):
        raise wrong_setting(name, Words("true or false"))
    return values[name].lower() == "true"


def _read_price(text: str) -> float | None:
    if not text:
        return None
    try:
        price = float(text)
    except ValueError:
        price = -1
    if not 0 <= price < 1e9:  # NaN fails both
        raise wrong_setting("VOLCEDIT_PRICE", Words("a number, 0 or more, like 0.2"))
    return price


def _read_limit(name: str, values: Mapping[str, str], *, least: int = 1) -> int | None:
    """A whole number. "none" means no limit; so does empty, where that is the default."""
    if values[name] in ("", "none"):
        return None
    return int(_read_number(name, values, 1_000_000, least=least, whole=True))


def _read_megabytes(name: str, values: Mapping[str, str]) -> int | None:
    """A limit given in MB, in bytes."""
    megabytes = _read_limit(name, values)
    return None if megabytes is None else megabytes * 1_000_000


def _read_number(
    name: str, values: Mapping[str, str], most: float, *, least: int = 1, whole: bool = False
) -> float:
    try:
        number = int(values[name]) if whole else float(values[name])
    except ValueError:
        number = -1
    if not least <= number <= most:  # NaN fails both
        raise wrong_setting(
            name,
            Words("a whole number from {least} to {most}", least=least, most=most)
            if whole
            else Words("a number from {least} to {most}", least=least, most=most),
        )
    return number


def _read_hosts(text: str) -> tuple[str, ...]:
    """Host names separated by commas, each as it stands in a Host header, without the port."""
    names = tuple(name.strip().lower() for name in text.split(",") if name.strip())
    for name in names:
        if not _HOST.fullmatch(name):
            raise wrong_setting(
                "VOLCEDIT_HOSTS",
                Words("host names separated by commas, without https:// or a port"),
            )
    return names


def wrong_setting(name: str, must_be: Words) -> ConfigError:
    """The error for an invalid variable: “`name` must be …”."""
    return ConfigError(Words("{name} must be {must_be}.", name=name, must_be=must_be))
