"""The status message of an answer: `Success`, or what was not done, and why."""

from collections.abc import Sequence

from volcedit.sandbox.effects.table import EFFECTS
from volcedit.sandbox.understanding.prompts import Understood

_PART_MAX_CHARS = 60
_PARTS_MAX = 5


def explain(understood: Understood) -> str:
    """The message in the prompt's language. A message that says `Success` means all was done."""
    if understood.effects and not understood.missed and not understood.overruled:
        return "Success"
    sentences = []
    if understood.all_removed:
        sentences.append(_said(understood, *_ALL_REMOVED))
    elif not understood.effects and (understood.missed or not understood.is_order):
        sentences.append(_unknown(understood))
    elif not understood.effects:
        sentences.append(_said(understood, *_NOTHING_TO_DO))
    if understood.missed and understood.effects:
        quoted = [f"“{_shortened(part)}”" for part in understood.missed]
        sentences.append(_said(understood, *_MISSED).format(_listed(quoted, understood.chinese)))
    if understood.overruled:
        names = [_name(one, understood.chinese) for one in understood.overruled]
        sentences.append(_said(understood, *_OVERRULED).format(_listed(names, understood.chinese)))
    return ("" if understood.chinese else " ").join(sentences)


_ALL_REMOVED = (
    "The negative prompt takes away every effect, so the photo is unchanged.",
    "负面提示词去掉了所有效果，图片未改变。",
)
_NOTHING_TO_DO = (
    "The prompt asks for no change, so the photo is unchanged.",
    "指令没有要求任何改变，图片未改变。",
)
_MISSED = ("Not understood: {}.", "未能理解：{}。")
_OVERRULED = (
    "Not done, because the prompt takes it back later: {}.",
    "指令后文与之矛盾，未执行：{}。",
)


def _said(understood: Understood, english: str, chinese: str) -> str:
    return chinese if understood.chinese else english


def _unknown(understood: Understood) -> str:
    # A sample of each kind; the full list would be too long to read.
    first, *others = EFFECTS.values()
    names = [_name(one.name, understood.chinese) for one in (first, *others[::3])]
    if understood.chinese:
        listed = "、".join(names)
        return f"沙盒不认识这条指令，图片未改变。它认识：{listed}等，也能写上引号里的文字。"
    return (
        "The sandbox does not know this instruction, so the photo is unchanged. "
        f"It knows: {', '.join(names)}, … and it writes quoted text."
    )


def _name(effect: str, chinese: bool) -> str:
    return EFFECTS[effect].chinese if chinese else effect


def _listed(parts: Sequence[str], chinese: bool) -> str:
    more = ["…"] if len(parts) > _PARTS_MAX else []
    return ("、" if chinese else ", ").join([*parts[:_PARTS_MAX], *more])


def _shortened(part: str) -> str:
    plain = " ".join(part.split())
    return plain if len(plain) <= _PART_MAX_CHARS else f"{plain[:_PART_MAX_CHARS]}…"
