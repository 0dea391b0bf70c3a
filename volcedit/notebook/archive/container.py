"""Reads untrusted ZIP files: validates the directory, then reads members safely.

zipfile alone is not enough: it trusts the directory's counts, sizes and names.

Nothing is ever extracted by name. The caller decides which names are allowed; path traversal and
decompression bombs are ruled out before any member is read.
"""

from __future__ import annotations

import hashlib
import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from volcedit.errors import ArchiveError
from volcedit.types import Words

MEMBERS_MAX = 60_000  # a ZIP without ZIP64 holds 65,535
TOTAL_MAX_BYTES = 4_000_000_000
RATIO_MAX = 100
"""Uncompressed size over compressed size. Text like ours reaches 20 at most."""
RATIO_FREE_BYTES = 1_000_000
"""Members smaller than this may have any ratio."""
CHUNK_BYTES = 1 << 20

_END = b"PK\5\6"
_END_64 = b"PK\6\7"
_END_64_BYTES = 20
_ENTRY = b"PK\1\2"
_END_FORM = struct.Struct("<4s4H2LH")
_ENTRY_FORM = struct.Struct("<4s6H3L5H2L")
_COMMENT_MAX_BYTES = 65_535
_ENCRYPTED = 0x2041  # bits 0, 6 and 13: encrypted, strongly encrypted, encrypted directory
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ODD = re.compile(r"[^\w./\\: -]")
_DRIVE = re.compile(r"[A-Za-z]:")
# What zipfile raises on hostile input: from reading its source, and from fuzzing.
_ZIPFILE_RAISES = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, OSError),
    *(RuntimeError, ValueError, LookupError, OverflowError, TypeError, MemoryError),
)


class Container:
    """An open ZIP with a validated directory. Every method may raise `ArchiveError`."""

    def __init__(self, file: BinaryIO) -> None:
        """`file` must be seekable. The caller closes it."""
        with _as_damage():
            count = _count_entries(file)
            self._zip = zipfile.ZipFile(file)
            infos = self._zip.infolist()
            if len(infos) != count:
                raise zipfile.BadZipFile("the directory has the wrong size")
            size_bytes = file.seek(0, io.SEEK_END)
        for info in infos:
            _check_entry(info)
        _check_names([info.filename for info in infos])
        _check_growth(infos, size_bytes)
        self._infos = {info.filename: info for info in infos if not info.is_dir()}
        self.folders = [info.filename for info in infos if info.is_dir()]
        """Entries that are folders, each with a trailing slash."""

    @property
    def names(self) -> list[str]:
        """The names of all file members, in directory order."""
        return list(self._infos)

    def size_bytes(self, name: str) -> int:
        """The declared uncompressed size of that member."""
        return self._infos[name].file_size

    def read(self, name: str, max_bytes: int) -> bytes:
        """The whole member, verified against its checksum."""
        if self.size_bytes(name) > max_bytes:
            raise refusal(
                Words(
                    "{name} in this archive is larger than the limit for such files "
                    "({max_bytes} bytes).",
                    name=name,
                    max_bytes=f"{max_bytes:,}",
                ),
            )
        return b"".join(self._chunks(name))

    def sha256(self, name: str) -> str:
        """The hex hash of that member, computed without loading it into memory."""
        hashed = hashlib.sha256()
        for chunk in self._chunks(name):
            hashed.update(chunk)
        return hashed.hexdigest()

    def _chunks(self, name: str) -> Iterator[bytes]:
        # zipfile never reads beyond the size in the directory, and then checks the CRC.
        with _as_damage(name), self._zip.open(self._infos[name]) as member:
            size = 0
            while chunk := member.read(CHUNK_BYTES):
                size += len(chunk)
                yield chunk
            if size != self._infos[name].file_size:
                raise zipfile.BadZipFile("cut short")


def refusal(words: Words) -> ArchiveError:
    """The error for a rejected archive, which says that nothing was changed."""
    return ArchiveError(
        words + Words("Nothing was changed."),
    )


def in_words(name: str) -> str:
    """An untrusted name made safe to show in a sentence: no markup, not too long."""
    return _ODD.sub("?", name[:80])


def damage(name: str = "") -> ArchiveError:
    """The error for an archive in which `name`, or the whole file, is damaged."""
    if not name:
        return refusal(Words("This archive is damaged. Export or copy it again."))
    return refusal(Words("{name} in this archive is damaged. Export or copy it again.", name=name))


def _count_entries(file: BinaryIO) -> int:
    """Count the directory's entries by walking it.

    zipfile would create an object per entry, and trust the directory's size over its count: a small
    file could take gigabytes of memory.
    """
    size_bytes = file.seek(0, io.SEEK_END)
    file.seek(max(0, size_bytes - _END_FORM.size - _COMMENT_MAX_BYTES))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0:
        raise refusal(
            Words(
                "This file is not a ZIP, or is incomplete. Choose an archive exported by volcedit."
            ),
        )
    fields: tuple[int, ...] = _END_FORM.unpack_from(tail, at)[4:7]
    count, directory_bytes, offset = fields
    # zipfile would prefer the ZIP64 end record before this one, and read another directory.
    is_64 = tail[max(0, at - _END_64_BYTES) : at].startswith(_END_64)
    if is_64 or count > MEMBERS_MAX or offset >= TOTAL_MAX_BYTES:
        raise _too_large()
    file.seek(size_bytes - len(tail) + at - directory_bytes)
    # Each entry starts where the previous one ends; skip its variable-length fields.
    remaining, seen = directory_bytes, 0
    while remaining > 0:
        head = file.read(_ENTRY_FORM.size)
        sign, *entry = _ENTRY_FORM.unpack(head)
        seen += 1
        if sign != _ENTRY or seen > count:
            raise zipfile.BadZipFile("the directory is not where it should be")
        extra_bytes = sum(entry[9:12])
        file.seek(extra_bytes, io.SEEK_CUR)
        remaining -= _ENTRY_FORM.size + extra_bytes
    if remaining or seen != count:
        raise zipfile.BadZipFile("the directory has the wrong size")
    return count


def _check_entry(info: zipfile.ZipInfo) -> None:
    name = info.orig_filename
    shown = in_words(name)
    if info.flag_bits & _ENCRYPTED:
        raise refusal(
            Words(
                "“{name}” in this archive is encrypted. Export it again without a password.",
                name=shown,
            ),
        )
    if name.startswith(("/", "\\")) or _DRIVE.match(name):
        raise refusal(
            Words(
                "“{name}” in this archive is an absolute path, which volcedit never exports.",
                name=shown,
            ),
        )
    if "\\" in name:
        raise refusal(
            Words(
                "“{name}” in this archive contains a backslash, which volcedit never exports.",
                name=shown,
            ),
        )
    if ".." in name.split("/"):
        raise refusal(Words("“{name}” points outside this archive.", name=shown))
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise refusal(
            Words("“{name}” in this archive is a link or a device, not a file.", name=shown),
        )
    # zipfile cuts names at a NUL. Folders have no content.
    if name != info.filename or (info.is_dir() and info.file_size):
        raise unknown(name)
    if info.compress_type not in _PACKED:
        raise refusal(
            Words(
                "“{name}” uses an unsupported compression method. Create an ordinary ZIP.",
                name=shown,
            ),
        )


def unknown(name: str) -> ArchiveError:
    """The error for an archive with a member that does not belong there."""
    return refusal(
        Words(
            "“{name}” does not belong in a volcedit archive. Choose an unmodified export.",
            name=in_words(name),
        ),
    )


def _check_names(names: list[str]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.casefold(), name)
        if other is name:
            continue
        if other == name:
            raise refusal(
                Words("“{name}” is in this archive twice.", name=in_words(name)),
            )
        raise refusal(
            Words(
                "“{name}” and “{other}” in this archive differ only in case.",
                name=in_words(name),
                other=in_words(other),
            ),
        )


def _check_growth(infos: list[zipfile.ZipInfo], archive_bytes: int) -> None:
    total = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    if total > TOTAL_MAX_BYTES:
        raise _too_large()
    if packed > archive_bytes:
        raise damage()  # members overlap
    pairs = [(info.file_size, info.compress_size) for info in infos]
    if any(
        unpacked > max(RATIO_FREE_BYTES, RATIO_MAX * size)
        for unpacked, size in [*pairs, (total, archive_bytes)]
    ):
        raise refusal(
            Words(
                "This archive would expand to more than {ratio_max} times its size. It is "
                "not a volcedit export.",
                ratio_max=RATIO_MAX,
            ),
        )


def _too_large() -> ArchiveError:
    return refusal(
        Words(
            "This archive has more than {files} files or {gb} GB. Export it in parts.",
            files=f"{MEMBERS_MAX:,}",
            gb=TOTAL_MAX_BYTES // 10**9,
        ),
    )


@contextmanager
def _as_damage(name: str = "") -> Iterator[None]:
    try:
        yield
    except _ZIPFILE_RAISES as error:
        raise damage(name) from error
