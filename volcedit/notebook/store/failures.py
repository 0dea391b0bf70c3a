"""The messages people see when a store fails, the same for every store."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from volcedit.errors import HistoryError
from volcedit.types import Words


@contextmanager
def as_history_error(words: Words) -> Iterator[None]:
    """Convert an OSError to `HistoryError` with these words, or `FULL` if the store is full."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise HistoryError(FULL if full else words) from error


NO_RECORD = Words(
    "This edit is not in your history. Reload the page to see what is.",
    "历史中没有这次编辑。请刷新页面查看现有记录。",
)
UNREADABLE = Words(
    "The history could not be read. Look at VOLCEDIT_DATA_DIR.",
    "无法读取历史。请检查 VOLCEDIT_DATA_DIR。",
)
UNWRITABLE = Words(
    "The history could not be written. See that VOLCEDIT_DATA_DIR has space and may be written to.",
    "无法写入历史。请确认 VOLCEDIT_DATA_DIR 有空间且可写。",
)
FULL = Words(
    "The disk is full; nothing that was there is damaged. Make room where VOLCEDIT_DATA_DIR lies, "
    "then try again. What is deleted here frees its room after ten minutes.",
    "磁盘已满；已有内容未受损。请在 VOLCEDIT_DATA_DIR 所在磁盘腾出空间后重试。"
    "在此删除的内容十分钟后释放空间。",
)
BLOB_GONE = Words(
    "The picture of this edit is missing or damaged on disk. Choose the photo again.",
    "此次编辑的图片在磁盘上缺失或已损坏。请重新选择图片。",
)
