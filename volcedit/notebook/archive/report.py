"""One page that shows edits to anybody: pictures before and after, recipes, answers, verdicts.

The page needs no network, no script and no server. It lies beside the folder `blobs`, shows the
pictures from there, and, where that folder is missing, the thumbnails it carries itself. All that
people or services wrote is escaped, and its policy lets nothing run or be fetched.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from volcedit.notebook.archive.contents import blob_name
from volcedit.notebook.records import Failure, Mark, Record
from volcedit.service.answers import (
    is_sandbox,
)
from volcedit.types import PictureFacts, Provider, Touched, Verdict, Words

ANSWER_MAX_CHARS = 20_000
"""Of an answer on the page; all of it is in the record's file."""
POLICY = (
    "default-src 'none'; img-src 'self' data: blob: file:; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'"
)

# What HTML has no place for: control characters, and halves of surrogate pairs.
_NO_TEXT = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Sheet:
    """What the page shows of one record."""

    record: Record
    mark: Mark
    thumbnails: Mapping[str, bytes]
    """Small JPEGs, by the SHA-256 of what they show; as many as the page is to carry."""
    lost: Collection[str]
    """Names in the archive of pictures that could not be put there."""


class Report:
    """A page in the making: first each record's article, newest first, then what surrounds them."""

    def __init__(self, language: str, ids: Collection[str]) -> None:
        """`ids` are those of all records that will be on it, so that they can refer to others."""
        self._language = language
        self._ids = ids
        self._day = ""
        self._counts = {"edits": 0, "pictures": 0, "starred": 0}

    def say(self, key: str, **values: object) -> str:
        """A sentence of the page, escaped, with `values` in it."""
        return escape(_WORDS[key].in_language(self._language).format(**values))

    # ── around the records ───────────────────────────────────────────────────────────────────

    def head(self, now: datetime, lost: Collection[str], left_out: Collection[str]) -> str:
        """All before the first article; `left_out` are records that could not be read."""
        tag = "zh-CN" if self._language == "zh" else "en"
        counts = " · ".join(
            self.say(key, count=f"{count:,}") for key, count in self._counts.items() if count
        )
        notes = ""
        for key, names in (("lost", lost), ("left_out", left_out)):
            if names:
                listed = "".join(f"<li>{escape(name)}</li>" for name in names)
                notes += (
                    f'<details class="warn"><summary>{self.say(key, count=len(names))}</summary>'
                    f"<ul>{listed}</ul></details>"
                )
        exported = self.say("exported", time=f"{now:%Y-%m-%d %H:%M} UTC")
        return (
            f'<!doctype html>\n<html lang="{tag}"><head><meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="color-scheme" content="light dark">\n'
            '<meta name="referrer" content="no-referrer">\n'
            f"<title>{self.say('title')}</title>\n<style>{_STYLE}</style></head>\n<body><header>"
            f"<h1>{self.say('title')}</h1><p>{counts or self.say('empty')}</p>"
            f'<p class="soft">{exported}</p>{notes}</header>\n<main>'
        )

    def foot(self) -> str:
        """All after the last article."""
        return f"</main>\n<footer>{self.say('foot')}</footer></body></html>\n"

    # ── one record ───────────────────────────────────────────────────────────────────────────

    def article(self, sheet: Sheet) -> str:
        """One record, under its day if that is a new one."""
        record, mark = sheet.record, sheet.mark
        self._counts["edits"] += 1
        self._counts["pictures"] += record.picture is not None
        self._counts["starred"] += mark.starred
        day, clock = record.time[:10], f"{datetime.fromisoformat(record.time):%H:%M:%S}"
        head = ""
        if day != self._day:
            self._day = day
            head = f'<h2 class="day"><time>{escape(day)}</time></h2>\n'
        star = f'<span class="star" title="{self.say("star")}">★</span> ' if mark.starred else ""
        chips = "".join(f"<li>{chip}</li>" for chip in self._chips(record, clock))
        told = [
            f'<p class="remark" dir="auto">{escape(mark.note)}</p>' if mark.note else "",
            self._lineage(record),
            self._verdict(record.verdict) if record.verdict else "",
            self._touched(record.touched) if record.touched else "",
        ]
        return (
            f'{head}<article id="{escape(record.id)}" class="{escape(record.state)}">'
            f'<h3 dir="auto">{star}{escape(record.recipe.params.prompt)}</h3>'
            f'<ul class="chips">{chips}</ul><div class="pair">{self._pictures(sheet)}</div>'
            f"{''.join(told)}{self._recipe(record)}{self._answer(record)}</article>\n"
        )

    def _chips(self, record: Record, clock: str) -> list[str]:
        recipe, params = record.recipe, record.recipe.params
        sandbox = recipe.provider == Provider.SANDBOX or is_sandbox(record.response or {})
        chips = [
            self.say("seed", seed=params.seed),
            self.say("strength", scale=f"{params.scale:g}"),
            self.say("sandbox") if sandbox else escape(recipe.req_key),
        ]
        if record.took_s is not None:
            chips.append(self.say("seconds", seconds=f"{record.took_s:.1f}"))
        return [*chips, f'<time datetime="{escape(record.time)}">{clock} UTC</time>']

    def _pictures(self, sheet: Sheet) -> str:
        record = sheet.record
        photo, url = record.recipe.photo, record.recipe.photo_url
        if photo is None:
            before = f'<div class="none"><p>{self.say("by_link", url=url)}</p></div>'
        else:
            before = self._figure(sheet, photo, "before")
        if record.picture is not None:
            return before + self._figure(sheet, record.picture, "after")
        return before + f'<div class="none">{self._why_none(record)}</div>'

    def _figure(self, sheet: Sheet, facts: PictureFacts, which: str) -> str:
        name, prompt = blob_name(facts), sheet.record.recipe.params.prompt
        label = f"{self.say(which)}: {escape(prompt)}"
        shape = f"--w: {facts.width_px}; --h: {facts.height_px}"
        small = sheet.thumbnails.get(facts.sha256)
        if small is not None:
            shape += f"; background-image: url(data:image/jpeg;base64,{_base64(small)})"
        if name in sheet.lost:
            shot = (
                f'<span class="shot gone" role="img" aria-label="{label}" style="{shape}">'
                f"<span>{self.say('gone')}</span></span>"
            )
        else:
            box = self._box(sheet.record.touched, facts) if which == "after" else ""
            # Without words in `alt` a picture that is missing leaves its place to the thumbnail.
            shot = (
                f'<a class="shot" href="{name}" aria-label="{label}" style="{shape}">'
                f'<img src="{name}" alt="" loading="lazy" decoding="async">{box}</a>'
            )
        kind = facts.media_type.partition("/")[2].upper()
        size = f"{facts.width_px}×{facts.height_px} {kind}, {_size(facts.size_bytes)}"
        caption = f"<b>{self.say(which)}</b> {escape(size)}"
        return f"<figure>{shot}<figcaption>{caption}</figcaption></figure>"

    def _box(self, touched: Touched | None, facts: PictureFacts) -> str:
        """Where most of the change lies, drawn over the picture while one points at its words."""
        if touched is None or touched.box is None:
            return ""
        left, top, right, bottom = touched.box
        width, height = facts.width_px, facts.height_px
        sides = {
            "left": left / width,
            "top": top / height,
            "right": 1 - right / width,
            "bottom": 1 - bottom / height,
        }
        style = "; ".join(f"{side}: {100 * share:.2f}%" for side, share in sides.items())
        return f'<i class="box" style="{style}"></i>'

    def _why_none(self, record: Record) -> str:
        if record.failure is not None:
            return self._failure(record.failure)
        key = "under_way" if record.state.is_under_way else f"state_{record.state}"
        return f"<p>{self.say(key)}</p>"

    def _failure(self, failure: Failure) -> str:
        told = [failure.kind, failure.code, failure.request_id and f"id {failure.request_id}"]
        facts = " · ".join(escape(each) for each in told if each)
        return (
            f"<p><b>{self.say('state_failed')}</b> "
            f"{escape(failure.message.in_language(self._language))}</p>"
            f'<p class="soft">{facts}</p>'
        )

    def _lineage(self, record: Record) -> str:
        lines = []
        for key, other in (("child_of", record.parent), ("repeat_of", record.replay_of)):
            if other is None:
                continue
            link = f"<code>{escape(other)}</code>"
            if other in self._ids:
                link = f'<a href="#{escape(other)}">{link}</a>'
            lines.append(f'<p class="soft">{self.say(key)} {link}</p>')
        return "".join(lines)

    def _verdict(self, verdict: Verdict) -> str:
        facts = []
        if not verdict.kind.is_same:
            if verdict.largest is not None:
                largest = ", ".join(map(str, verdict.largest))
                facts.append(self.say("largest", largest=largest))
            if verdict.mean is not None:
                facts.append(self.say("mean", mean=", ".join(f"{it:.2f}" for it in verdict.mean)))
            facts.append(self.say("changed", share=_percent(verdict.changed_share)))
            if verdict.psnr_db is not None:
                facts.append(f"PSNR {verdict.psnr_db:.1f} dB")
        words = self.say(f"verdict_{verdict.kind}")
        told = f' <span class="soft">{" · ".join(facts)}</span>' if facts else ""
        return f'<p class="verdict"><b class="{escape(verdict.kind)}">{words}</b>{told}</p>'

    def _touched(self, touched: Touched) -> str:
        share = min(100.0, max(0.0, 100 * touched.preserved_share))
        words = self.say("touched", share=f"{share:.1f} %")
        where = ""
        if touched.box is not None:
            left, top, right, bottom = touched.box
            size = f"{right - left}×{bottom - top}"
            where = self.say("where", size=size, left=left, top=top)
        return (
            f'<p class="touched"><span class="bar"><i style="width: {share:.1f}%"></i></span> '
            f'{words} <span class="soft">{where}</span></p>'
        )

    def _recipe(self, record: Record) -> str:
        values = record.recipe.to_json()
        photo, params = values.pop("photo"), values.pop("params")
        rows = {
            **{name: value for name, value in params.items() if value not in (None, "")},
            **{name: value for name, value in values.items() if name != "format"},
            "photo": photo and photo["sha256"],
            "picture": record.picture and record.picture.sha256,
            "recipe": record.recipe.id,
            "record": record.id,
        }
        told = "".join(
            f'<dt>{escape(name)}</dt><dd dir="auto">{escape(_plain(value))}</dd>'
            for name, value in rows.items()
            if value is not None
        )
        file = f"records/{escape(record.id)}.json"
        return (
            f'<details class="recipe"><summary>{self.say("recipe")}</summary><dl>{told}</dl>'
            f'<p class="soft"><a href="{file}">{self.say("file")}</a></p></details>'
        )

    def _answer(self, record: Record) -> str:
        if record.response is None:
            return ""
        text = json.dumps(record.response, ensure_ascii=False, indent=1)
        more = f'<p class="soft">{self.say("cut")}</p>' if len(text) > ANSWER_MAX_CHARS else ""
        return (
            f"<details><summary>{self.say('answer')}</summary>"
            f'<pre tabindex="0">{escape(text[:ANSWER_MAX_CHARS])}</pre>{more}</details>'
        )


def escape(text: object) -> str:
    """`text`, which may be anything that anybody typed, as harmless HTML, also in attributes."""
    return html.escape(_NO_TEXT.sub("\ufffd", str(text)))


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %" if 0 < share < 0.001 else f"{100 * share:.1f} %"


def _size(size_bytes: int) -> str:
    if size_bytes < 1_000_000:
        return f"{max(1, round(size_bytes / 1000))} KB"
    return f"{size_bytes / 1_000_000:.1f} MB"


_WORDS: Mapping[str, Words] = {
    "title": Words("volcedit notebook", "volcedit 笔记本"),
    "edits": Words("{count} edits", "{count} 次编辑"),
    "pictures": Words("{count} pictures", "{count} 张结果"),
    "starred": Words("{count} starred", "{count} 个星标"),
    "empty": Words("There are no edits in here.", "此处没有编辑。"),
    "exported": Words(
        "Exported {time}. A click on a picture opens its file. The ZIP that this page came in can "
        "be imported into any volcedit.",
        "导出于 {time}。点击图片可打开其文件。本页所在的 ZIP 可导入任何 volcedit。",
    ),
    "lost": Words(
        "Missing or damaged when this was exported: {count}", "导出时缺失或已损坏：{count}"
    ),
    "left_out": Words("Records that could not be read: {count}", "无法读取的记录：{count}"),
    "foot": Words(
        "Made by volcedit. This page asks nothing of any network, and runs no script.",
        "由 volcedit 生成。本页不访问网络，也不运行脚本。",
    ),
    "star": Words("starred", "星标"),
    "seed": Words("seed {seed}", "种子 {seed}"),
    "strength": Words("strength {scale}", "强度 {scale}"),
    "sandbox": Words("sandbox, not SeedEdit", "沙盒，并非 SeedEdit"),
    "seconds": Words("{seconds} s", "{seconds} 秒"),
    "before": Words("Before", "编辑前"),
    "after": Words("After", "编辑后"),
    "gone": Words("missing or damaged", "缺失或已损坏"),
    "by_link": Words(
        "The service fetched the photo itself, from {url}; what it got there is not known.",
        "照片由服务自行从 {url} 获取；当时的内容无从得知。",
    ),
    "under_way": Words("Was still under way when this was exported.", "导出时仍在进行中。"),
    "state_done": Words("Done, but there is no picture.", "已完成，但没有图片。"),
    "state_failed": Words("Failed.", "失败。"),
    "state_stopped": Words("Stopped before it was sent.", "发送前已停止。"),
    "child_of": Words("Made from the picture of", "基于此次编辑的结果："),
    "repeat_of": Words("Repeats", "重复自"),
    "verdict_same_bytes": Words("Identical, byte for byte", "逐字节相同"),
    "verdict_same_pixels": Words("Identical pixels", "像素相同"),
    "verdict_near": Words("Nearly the same", "几乎相同"),
    "verdict_drifted": Words("Drifted", "已有偏差"),
    "largest": Words("largest difference {largest} of 255 (RGB)", "最大差 {largest}/255（RGB）"),
    "mean": Words("mean {mean}", "平均差 {mean}"),
    "changed": Words("{share} of the pixels changed", "{share} 的像素有变化"),
    "touched": Words("{share} of the photo kept", "保留原图 {share}"),
    "where": Words(
        "Most of the change: {size} px at {left}, {top}",
        "主要变化：{size} 像素，位于 {left}, {top}",
    ),
    "recipe": Words("Recipe", "配方"),
    "file": Words("The record's file", "记录文件"),
    "answer": Words("Answer of the service", "服务的答复"),
    "cut": Words("Cut here; all of it is in the record's file.", "此处截断；全文见记录文件。"),
}

_STYLE = """
:root { --accent: #0f766e; --ink: #0f172a; --soft: #475569; --line: #d5dce4; --paper: #fff;
  --ground: #eef1f4; --hold: #e2e8ee; --good: #0b4f2a; --good-bg: #d9f2e3; --warn: #5c4300;
  --warn-bg: #fdf0c4; --bad: #8a1c1c; --bad-bg: #fde2e2; }
@media (prefers-color-scheme: dark) { :root { --accent: #2dd4bf; --ink: #e8edf2; --soft: #a3b1c2;
  --line: #33404f; --paper: #161d26; --ground: #0d1218; --hold: #212b36; --good: #a7ecc6;
  --good-bg: #0d3220; --warn: #fbe29a; --warn-bg: #3a2f0b; --bad: #ffb4b4; --bad-bg: #401616; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1120px; padding: 32px 20px 48px; background: var(--ground);
  color: var(--ink); font: 16px/1.5 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
h1, h2, h3, p, ul, figure { margin: 0; }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
h1 { display: flex; align-items: center; gap: 11px; font-size: 1.7rem; font-weight: 750;
  letter-spacing: -0.03em; }
h1::before { content: ""; width: 25px; height: 25px; border-radius: 7px; flex: none;
  border: 2px solid var(--accent);
  background: linear-gradient(90deg, transparent 50%, var(--accent) 50%);
  print-color-adjust: exact; }
header p { margin-top: 6px; }
.soft { color: var(--soft); font-size: 0.88rem; }
.day { margin: 34px 0 12px; font-size: 0.95rem; font-weight: 650; color: var(--soft); }
article { margin-bottom: 18px; padding: 18px 20px 16px; border-radius: 16px;
  border: 1px solid var(--line); background: var(--paper); scroll-margin-top: 12px;
  content-visibility: auto; contain-intrinsic-size: auto 620px; }
article:target { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
h3 { font-size: 1.16rem; line-height: 1.35; font-weight: 650; white-space: pre-wrap; }
.star { color: #d29a0a; }
.chips { display: flex; flex-wrap: wrap; gap: 5px 7px; padding: 0; margin: 8px 0 13px;
  list-style: none; font-size: 0.84rem; color: var(--soft); }
.chips li { padding: 1px 10px; border-radius: 999px; background: var(--hold); }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 12px; align-items: start; }
.shot { position: relative; display: block; overflow: hidden; border-radius: 10px;
  width: min(100%, calc(640px * var(--w) / var(--h))); aspect-ratio: var(--w) / var(--h);
  background: var(--hold) center / 100% 100% no-repeat; print-color-adjust: exact; }
/* Not width and height: with those Chromium draws a torn picture over the thumbnail. */
.shot img { position: absolute; inset: 0; min-width: 100%; max-width: 100%; min-height: 100%;
  max-height: 100%; }
.gone { display: grid; place-items: center; }
.gone span { padding: 3px 12px; border-radius: 999px; background: var(--bad-bg); color: var(--bad);
  font-size: 0.86rem; }
.box { position: absolute; border: 2px dashed #fff; outline: 2px dashed #0f172a; border-radius: 4px;
  opacity: 0; transition: opacity 0.15s; }
article:has(.touched:hover) .box { opacity: 1; }
figcaption { margin-top: 5px; font-size: 0.82rem; color: var(--soft); }
figcaption b { margin-right: 3px; color: var(--ink); font-weight: 600; }
.none { display: grid; align-content: center; gap: 6px; height: 100%; min-height: 120px;
  padding: 16px; border-radius: 10px; border: 1px dashed var(--line); color: var(--soft); }
.failed .none { border-color: var(--bad); color: var(--bad); }
.failed .none .soft { color: inherit; }
.remark { margin-top: 12px; padding: 7px 12px; border-left: 3px solid #d29a0a;
  white-space: pre-wrap; background: var(--hold); border-radius: 0 8px 8px 0; }
.pair ~ p { margin-top: 9px; }
.verdict b { padding: 2px 11px; border-radius: 999px; font-size: 0.86rem; font-weight: 600;
  background: var(--good-bg); color: var(--good); }
.verdict .near { background: var(--warn-bg); color: var(--warn); }
.verdict .drifted { background: var(--bad-bg); color: var(--bad); }
.touched { font-size: 0.9rem; width: fit-content; }
.bar { display: inline-block; width: 84px; height: 8px; margin-right: 5px; border-radius: 999px;
  overflow: hidden; background: var(--hold); vertical-align: middle; print-color-adjust: exact; }
.bar i { display: block; height: 100%; background: var(--accent); }
details { margin-top: 9px; }
summary { cursor: pointer; width: fit-content; color: var(--soft); font-size: 0.9rem; }
summary:hover { color: var(--accent); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 3px 16px; margin: 9px 0;
  font-size: 0.86rem; }
dt { color: var(--soft); }
dd { margin: 0; white-space: pre-wrap; font-family: ui-monospace, Consolas, monospace; }
pre { margin: 9px 0 0; padding: 11px 13px; max-height: 26em; overflow: auto; border-radius: 10px;
  background: var(--ground); font: 0.82rem/1.5 ui-monospace, Consolas, monospace;
  white-space: pre-wrap; }
code { font: 0.92em ui-monospace, Consolas, monospace; }
.warn { padding: 8px 13px; border-radius: 10px; background: var(--warn-bg); }
.warn summary, .warn li { color: var(--warn); }
.warn ul { padding-left: 20px; font-size: 0.84rem; }
footer { margin-top: 30px; color: var(--soft); font-size: 0.85rem; }
@media (max-width: 640px) {
  body { padding: 22px 12px 36px; }
  article { padding: 14px 13px 13px; border-radius: 14px; }
  .pair { gap: 7px; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: 7px; }
}
@media print {
  :root { --ground: #fff; --ink: #000; --paper: #fff; --soft: #444; --line: #bbb; --hold: #eee;
    --good: #0b4f2a; --good-bg: #fff; --warn: #5c4300; --warn-bg: #fff; --bad: #8a1c1c;
    --bad-bg: #fff; --accent: #0f766e; color-scheme: light; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  article { content-visibility: visible; break-inside: avoid; }
  .shot { width: min(100%, calc(9cm * var(--w) / var(--h))); }
  .recipe::details-content { content-visibility: visible; block-size: auto; }
  pre { max-height: none; }
  .day { break-after: avoid; }
}
"""
