"""Opens the store at an address."""

from __future__ import annotations

import re
from pathlib import Path

from volcedit.errors import ConfigError
from volcedit.notebook.store.buckets import Buckets
from volcedit.notebook.store.files import Files
from volcedit.notebook.store.protocol import Store
from volcedit.types import Words

# `Path` turns the slashes of a URL into one. A scheme has at least two letters: C: is a drive.
_URL = re.compile(r"([a-z][a-z0-9+.-]+):/{1,2}([^/].*)")


def open_store(address: str | Path) -> Store:
    """Open the store at `address`, a path or a URL for fsspec like s3://bucket/folder.

    fsspec's driver for the URL (s3fs, gcsfs, …) must be installed and finds its own credentials.
    Raises `ConfigError` for an unsupported URL.
    """
    url = _URL.fullmatch(str(address))
    if url is None:
        return Files(Path(address))
    scheme, rest = url.groups()
    import fsspec  # lazy import: most installations use a disk

    try:
        fs, root = fsspec.core.url_to_fs(f"{scheme}://{rest}")
    except (ImportError, ValueError) as error:
        raise ConfigError(
            Words("The store at VOLCEDIT_DATA_DIR cannot be opened: {error}", error=str(error))
        ) from error
    return Buckets(fs, root)
