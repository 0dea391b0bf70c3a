"""The HTML below a picture: its verdict, what the edit changed, and its chain."""

from __future__ import annotations

from dataclasses import dataclass

from volcedit.notebook.records import Record
from volcedit.pictures.comparing import Stability
from volcedit.types import Language, State, Touched, Verdict
from volcedit.web.markup import note
from volcedit.web.templates import render
from volcedit.words import say, say_all
from volcedit.words.kinds import STATES, verdict_words, words_of


def verdict(
    record: Record, first: Record | None, difference: str | None, language: Language
) -> str:
    """How a repeat compares with its original, `first`; "" if it is not a repeat.

    `first` is None if it was deleted; `difference` is the path of the difference picture, which
    is made when it is asked for.
    """
    if record.replay_of is None or record.state != State.DONE:
        return ""
    elsewhere = ""
    if first is not None and (then := first.recipe.host) != (now := record.recipe.host):
        elsewhere = say(
            language,
            "Made by different services: the first by {then}, this one by {now}.",
            then=then,
            now=now,
        )
    if record.verdict is None:
        kind, tone, numbers = "none", "unknown", ""
        title = say(language, "No verdict")
        means = say(language, "The first edit has no picture to compare with.")
    else:
        kind, tone = record.verdict.kind, record.verdict.kind.tone
        numbers = _numbers_of(record.verdict, language)
        title = say(language, verdict_words(record.verdict.kind).title)
        means = say(language, verdict_words(record.verdict.kind).means)
    return render(
        "edit/verdict.html", language,
        kind=kind, tone=tone, title=title, means=means, numbers=numbers,
        elsewhere=elsewhere, first=first, difference=difference, repeat=record,
        can_differ=_can_differ(record, first),
    )  # fmt: skip


def _can_differ(record: Record, first: Record | None) -> bool:
    """Whether there is a difference between both pictures that can be shown."""
    has_both = first is not None and first.picture is not None and record.picture is not None
    return has_both and record.verdict is not None and not record.verdict.kind.is_same


def _numbers_of(verdict: Verdict, language: Language) -> str:
    """A sentence with the numbers; "" if nothing differs."""
    if verdict.kind.is_same:
        return ""
    if verdict.largest is None or verdict.mean is None or verdict.psnr_db is None:
        return say(language, "The pictures have different sizes.")
    return say(
        language,
        "PSNR {psnr} dB; {share} of the pixels differ by more than 16 of 255. Largest difference "
        "in red, green, blue: {largest}; mean: {mean}.",
        psnr=f"{verdict.psnr_db:.1f}",
        share=share_name(verdict.changed_share),
        largest=" / ".join(map(str, verdict.largest)),
        mean=" / ".join(f"{level:.1f}" for level in verdict.mean),
    )


def share_name(share: float) -> str:
    """Formatted for display: "98.4 %". Never rounds to 0 or 100 % unless that is exact."""
    percent = 100 * share
    if 0 < percent < 0.1:
        return "< 0.1 %"
    if 99.9 < percent < 100:
        return "> 99.9 %"
    return f"{percent:.1f} %"


def stability(summary: Stability, language: Language) -> str:
    """A summary of all repeats of an edit; "" if there are none."""
    if not summary.count:
        return ""
    parts = [
        say(language, verdict_words(kind).counted, count=count)
        for kind, count in summary.counts.items()
        if count
    ]
    if summary.unjudged:
        parts.append(say(language, "{count} without a verdict", count=summary.unjudged))
    sentences = [
        say(
            language,
            "{count} repeats: {parts}.",
            one="{count} repeat: {parts}.",
            count=summary.count,
            parts=parts,
        )
    ]
    if summary.worst_psnr_db is not None:
        sentences.append(
            say(language, "The worst PSNR is {psnr} dB.", psnr=f"{summary.worst_psnr_db:.1f}")
        )
    return note(say_all(language, sentences))


def touched(measured: Touched, language: Language) -> str:
    """Describes what an edit changed."""
    share, mean = share_name(measured.preserved_share), f"{measured.mean:.1f}"
    sentences = [
        say(
            language,
            "{share} of the photo is unchanged. Mean change {mean} of 255. Amber marks small "
            "changes, white the largest.",
            share=share,
            mean=mean,
        )
    ]
    if measured.box is not None:
        left, top, right, bottom = measured.box
        sentences.append(
            say(
                language,
                "Most of the change is inside the frame: {width}×{height} px, {left} px from "
                "the left and {top} px from the top.",
                width=right - left,
                height=bottom - top,
                left=left,
                top=top,
            )
        )
    return render("edit/touched.html", language, text=say_all(language, sentences))


def box_style(measured: Touched, width_px: int, height_px: int) -> str:
    """The position of the box on its picture, as CSS; "" if nothing changed."""
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
    """Steps from the first edit."""
    record: Record
    thumbnail: bytes | None
    """A JPEG of its picture."""


def lineage(
    chosen: str, chain: tuple[str, ...], leaves: list[Leaf], left_out: int, language: Language
) -> str:
    """The tree that contains the edit `chosen`, and the actions for the `chain` leading to it.

    "" for an edit with neither parents nor children. `left_out` is how many are not shown.
    """
    if len(leaves) + left_out < 2:
        return ""
    return render(
        "edit/lineage.html", language,
        chosen=chosen, chain=chain, left_out=left_out, indented_most=INDENTED_MOST,
        leaves=[(leaf, _facts_of(leaf.record, language)) for leaf in leaves],
    )  # fmt: skip


def _facts_of(record: Record, language: Language) -> list[str]:
    facts = [say(language, "seed {seed}", seed=record.recipe.params.seed)]
    if record.replay_of is not None:
        facts.append(say(language, "a repeat"))
    if record.state != State.DONE:
        facts.append(say(language, words_of(record.state, STATES)))
    return facts
