"""The HTML below a picture: its verdict, what the edit touched, the chain it stands in."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from volcedit.notebook.records import Record
from volcedit.pictures.comparing import Stability
from volcedit.types import Language, State, Touched, Verdict
from volcedit.web.markup import escape, file_url, note
from volcedit.words import say


def verdict(
    record: Record, first: Record | None, difference: str | None, language: Language
) -> str:
    """How a repeat compares with its `first`, in words and numbers; "" for what is no repeat.

    `first` is None when it was deleted; `difference` is the path of the difference picture.
    """
    if record.replay_of is None or record.state != State.DONE:
        return ""
    kind = record.verdict.kind if record.verdict else "none"
    told = "" if record.verdict is None else _numbers_of(record.verdict, language)
    elsewhere = image = link = ""
    if first is not None:
        then, now = first.recipe.host, record.recipe.host
        if then != now:
            elsewhere = note(say(language, "verdict_elsewhere", then=then, now=now))
        link = (
            f'<button type="button" data-action="choose" data-id="{escape(first.id)}">'
            f"{escape(say(language, 'verdict_first'))}</button>"
        )
    if difference is not None:
        words = escape(say(language, "difference"))
        image = (
            f'<figure><img src="{escape(file_url(difference))}" alt="{words}">'
            f"<figcaption>{words}</figcaption></figure>"
        )
    return (
        f'<section class="verdict {kind}"><h3>{escape(say(language, f"verdict_{kind}_title"))}</h3>'
        f"<p>{escape(say(language, f'verdict_{kind}_means'))} {escape(told)}</p>{elsewhere}"
        f'<div class="actions">{link}</div>{image}</section>'
    )


def _numbers_of(verdict: Verdict, language: Language) -> str:
    """A sentence with the numbers; "" where all are the same or there are none."""
    if verdict.kind.is_same:
        return ""
    if verdict.largest is None or verdict.mean is None or verdict.psnr_db is None:
        return say(language, "verdict_size")
    return say(
        language,
        "verdict_numbers",
        psnr=f"{verdict.psnr_db:.1f}",
        share=share_name(verdict.changed_share),
        largest=" / ".join(map(str, verdict.largest)),
        mean=" / ".join(f"{level:.1f}" for level in verdict.mean),
    )


def share_name(share: float) -> str:
    """For people: "98.4 %". Nearly all is not called all, and hardly anything not nothing."""
    percent = 100 * share
    if 0 < percent < 0.1:
        return "< 0.1 %"
    if 99.9 < percent < 100:
        return "> 99.9 %"
    return f"{percent:.1f} %"


def stability(summary: Stability, language: Language) -> str:
    """One sentence on all repeats of one edit; "" where there are none."""
    if not summary.count:
        return ""
    counts = {**summary.counts, "unjudged": summary.unjudged}
    parts = [
        say(language, f"repeats_{kind}", count=count) for kind, count in counts.items() if count
    ]
    comma = ", " if language == "en" else "、"
    sentences = [say(language, "repeats", count=summary.count, parts=comma.join(parts))]
    if summary.worst_psnr_db is not None:
        sentences.append(say(language, "repeats_worst", psnr=f"{summary.worst_psnr_db:.1f}"))
    return note(_joined(sentences, language))


def _joined(sentences: list[str], language: Language) -> str:
    return (" " if language == "en" else "").join(sentences)


def touched(measured: Touched, language: Language) -> str:
    """What an edit touched, in a sentence."""
    share, mean = share_name(measured.preserved_share), f"{measured.mean:.1f}"
    sentences = [say(language, "touched", share=share, mean=mean)]
    if measured.box is not None:
        left, top, right, bottom = measured.box
        box = {"width": right - left, "height": bottom - top, "left": left, "top": top}
        sentences.append(say(language, "touched_box", **box))
    return f'<p class="touched">{escape(_joined(sentences, language))}</p>'


def box_style(measured: Touched, width_px: int, height_px: int) -> str:
    """Where the box lies on its picture, as CSS; "" where nothing changed."""
    if measured.box is None:
        return ""
    left, top, right, bottom = measured.box
    sides = {
        "left": left / width_px,
        "top": top / height_px,
        "width": (right - left) / width_px,
        "height": (bottom - top) / height_px,
    }
    return "; ".join(f"{name}: {100 * share:.3f}%" for name, share in sides.items())


# ── chains ───────────────────────────────────────────────────────────────────────────────────

INDENTED_MOST = 6


@dataclass(frozen=True)
class Leaf:
    """One edit in the tree."""

    depth: int
    """Steps from the first."""
    record: Record
    thumbnail: bytes | None
    """JPEG, of its picture."""


def lineage(
    chosen: str, chain: tuple[str, ...], leaves: list[Leaf], left_out: int, language: Language
) -> str:
    """The tree that the edit `chosen` is in, and what can be done with the `chain` to it.

    "" for an edit that came of none and of which none came. `left_out` says how many are not shown.
    """
    if len(leaves) + left_out < 2:
        return ""
    rows = "".join(_leaf(leaf, chosen, chain, language) for leaf in leaves)
    rest = note(say(language, "lineage_more", count=left_out)) if left_out else ""
    actions = ""
    if len(chain) > 1:
        actions = "".join(
            f'<button type="button" data-action="{action}" data-id="{escape(chosen)}">'
            f"{escape(say(language, action, count=len(chain)))}</button>"
            for action in ("chain", "chain_on_photo")
        )
        actions = (
            f'<div class="actions">{actions}</div><p>{escape(say(language, "chain_means"))}</p>'
        )
    return (
        f'<section class="lineage"><h3>{escape(say(language, "lineage"))}</h3>'
        f"<ol>{rows}</ol>{rest}{actions}</section>"
    )


def _leaf(leaf: Leaf, chosen: str, chain: tuple[str, ...], language: Language) -> str:
    record = leaf.record
    params = record.recipe.params
    facts = [say(language, "caption", seed=params.seed)]
    if record.replay_of is not None:
        facts.append(say(language, "is_repeat"))
    if record.state != State.DONE:
        facts.append(say(language, f"state_{record.state}"))
    image = '<span class="no-picture"></span>'
    if leaf.thumbnail is not None:
        data = base64.b64encode(leaf.thumbnail).decode()
        image = f'<img src="data:image/jpeg;base64,{data}" alt="">'
    current = ' aria-current="true"' if record.id == chosen else ""
    return (
        f'<li class="{"on" if record.id in chain else "off"}" '
        f'style="--depth: {min(leaf.depth, INDENTED_MOST)}">'
        f'<button type="button" data-action="choose" data-id="{escape(record.id)}"{current}>{image}'
        f'<span><b dir="auto">{escape(params.prompt)}</b>'
        f"<small>{escape(' · '.join(facts))}</small></span></button></li>"
    )
