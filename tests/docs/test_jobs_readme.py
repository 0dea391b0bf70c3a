"""What the README of the jobs says is true: its modules and its verdicts are those of the code."""

from __future__ import annotations

from tests.support import ROOT
from tests.support.readmes import ALL, quoted_in
from volcedit.types import VerdictKind

README = ALL["volcedit/jobs/README.md"]


def test_every_module_has_a_subject():
    named = [name for row in README.rows("The jobs") for name in quoted_in(row[0])]
    modules = {path.stem for path in (ROOT / "volcedit/jobs").glob("*.py")} - {"__init__"}
    assert sorted(named) == sorted(modules)


def test_every_verdict_is_told_the_best_first():
    told = [quoted_in(row[0])[0] for row in README.rows("Repeats")]
    assert told == [kind.value for kind in VerdictKind]
