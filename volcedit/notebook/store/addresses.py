"""Which store an address means."""

from __future__ import annotations

import re
from pathlib import Path

from volcedit.errors import ConfigError
from volcedit.notebook.store.buckets import Buckets
from volcedit.notebook.store.files import Files
from volcedit.notebook.store.protocol import Store
from volcedit.types import Words

# One slash where a `Path` was made of a URL. A scheme has two letters: C: is a drive.
_URL = re.compile(r"([a-z][a-z0-9+.-]+):/{1,2}([^/].*)")


def open_store(address: str | Path) -> Store:
    """The store at `address`: a path, or a URL that fsspec knows, such as s3://bucket/folder.

    What fsspec needs for a URL must be installed (s3fs, gcsfs, …) and finds its keys by itself.
    Raises `ConfigError` for a URL that it does not know.
    """
    url = _URL.fullmatch(str(address))
    if url is None:
        return Files(Path(address))
    scheme, rest = url.groups()
    import fsspec  # only now: most have a disk

    try:
        fs, root = fsspec.core.url_to_fs(f"{scheme}://{rest}")
    except (ImportError, ValueError) as error:
        raise ConfigError(
            Words(
                f"VOLCEDIT_DATA_DIR names a store that cannot be opened: {error}",
                f"无法打开 VOLCEDIT_DATA_DIR 所指的存储：{error}",
            )
        ) from error
    return Buckets(fs, root)
