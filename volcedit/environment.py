"""Prepares the process for the app: its `.env` file, proxies, and the folder for uploads.

Used by `app.py` alone. Nothing here imports Gradio, which reads some of this when it is imported.
"""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from tempfile import TemporaryFile, gettempdir

from dotenv import dotenv_values

from volcedit.errors import ConfigError
from volcedit.types import Words

TEMP_NAME = "volcedit"
"""The folder of uploads, inside Gradio's."""
_ENCODING = Words("{path} is not UTF-8. Save it as UTF-8.")
_logger = logging.getLogger(__name__)


def read_env_file(path: str) -> dict[str, str]:
    """The variables in the `.env` file at `path`; "" for none. Raises `ConfigError`."""
    if not path:
        return {}
    try:
        # With or without the mark that Windows' editor puts in front.
        text = Path(path).read_text("utf-8-sig")
    except OSError as error:
        raise ConfigError(
            Words("{path} cannot be read: {reason}", path=path, reason=error.strerror or "")
        ) from error
    except UnicodeError as error:
        raise ConfigError(_ENCODING.given(path=path)) from error
    if "\0" in text:  # UTF-16 without a mark
        raise ConfigError(_ENCODING.given(path=path))
    values = dotenv_values(stream=StringIO(text))
    return {name: value for name, value in values.items() if value is not None}


def settle_proxies(environ: MutableMapping[str, str]) -> None:
    """Let Gradio start anywhere. Changes `environ` in place.

    Gradio calls itself on loopback when it starts, with httpx, which would ask a proxy for that,
    and fails for a SOCKS proxy even if it is not to be used. Call this before importing Gradio.
    """
    skipped = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    names = [it.strip() for it in skipped.split(",") if it.strip()]
    if "*" not in names:
        names += [it for it in ("localhost", "127.0.0.1", "::1") if it not in names]
    for name in ("no_proxy", "NO_PROXY"):
        environ[name] = ",".join(names)
    for name in [it for it in environ if it.lower() in ("all_proxy", "http_proxy", "https_proxy")]:
        if environ[name].lower().startswith("socks") and not _has_socks():
            del environ[name]
            _logger.warning(
                "%s is ignored: a SOCKS proxy needs PySocks and socksio. Install both, or set "
                "HTTPS_PROXY to an http:// proxy.",
                name,
            )


def settle_forwarding(environ: MutableMapping[str, str]) -> None:
    """Keep uvicorn from replacing the address of a connection by one from a header.

    It would do so for connections from this machine, where anybody may have written the header.
    `VOLCEDIT_PROXIES` says which address in it to believe. Changes `environ` in place.
    """
    environ.setdefault("FORWARDED_ALLOW_IPS", "")


def _has_socks() -> bool:
    return all(find_spec(name) for name in ("socks", "socksio"))


def settle_temp_dir(environ: MutableMapping[str, str]) -> Path:
    """Create a folder for uploads that is this app's alone, and let Gradio use it.

    It lies in `GRADIO_TEMP_DIR`, or in the folder that all of Gradio's apps share. Raises
    `ConfigError`.
    """
    parent = Path(environ.get("GRADIO_TEMP_DIR") or Path(gettempdir(), "gradio"))
    folder = parent if parent.name == TEMP_NAME else parent / TEMP_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ConfigError(
            Words(
                "The folder {path} cannot be written ({reason}), perhaps because it belongs to "
                "another user. Set GRADIO_TEMP_DIR to a folder of your own.",
                path=str(folder),
                reason=error.strerror or "",
            )
        ) from error
    environ["GRADIO_TEMP_DIR"] = str(folder)
    return folder
