"""How backends are weighed: every expected number is worked out by hand from the table of docs/sites.md."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dicomize.advice.scoring import CONFORMANCE, CORRECTNESS, CRITERIA, PRIVACY, Tally, decided_by, standings
from dicomize.comparing.model import BackendOutcome, FaultKind, RunStatus

Make = Callable[..., BackendOutcome]
PAGE = (Path(__file__).parents[2] / "docs" / "sites.md").read_text(encoding="utf-8")


def tally(*outcomes: BackendOutcome) -> Tally:
    made = Tally(outcomes[0].backend)
    for one in outcomes:
        made.add(one)
    return made


def test_every_fault_counts_once() -> None:
    groups = (CORRECTNESS, CONFORMANCE, PRIVACY)
    assert sorted(kind for group in groups for kind in group) == sorted(FaultKind)


def test_the_weights_are_those_of_the_page() -> None:
    rows = re.findall(r"^\| ([a-z: ]+?) \| (.+?) \| (\d+) \| (\d+) \|$", PAGE, re.MULTILINE)
    assert rows == [(c.name, c.what, str(c.through), str(c.own)) for c in CRITERIA]
    assert sum(c.through for c in CRITERIA) == sum(c.own for c in CRITERIA) == 100


def test_a_backend_that_does_everything_right_and_first_has_all_points(outcome: Make) -> None:
    (standing,) = standings([tally(outcome("a"), outcome("a"))], own_files=False)
    assert standing.measures == (1.0,) * len(CRITERIA)
    assert standing.score == 100


def test_each_measure(outcome: Make) -> None:
    own = tally(
        outcome("a", 0.2, (FaultKind.COLOR, FaultKind.LABEL, FaultKind.LEAK)),
        outcome("a", 0.4, (FaultKind.TYPE_2,)),
        outcome("a", 0.9, (), RunStatus.CRASHED),
        outcome("a", None, (), RunStatus.FAILED, refusal="no"),
    )
    fast = tally(*[outcome("b", 0.1)] * 4)
    best, worst = standings([own, fast], own_files=False)
    assert [s.tally.backend for s in (best, worst)] == ["b", "a"]
    # converts 3 of 4; median 0.4 against 0.1, so 1.25 / 4; takes 2 of 4; of its 2 files 1 is right, 1 conforms, 1 is private
    assert worst.measures == pytest.approx((0.75, 0.3125, 0.5, 0.5, 0.5, 0.5))
    assert worst.score == round(0.75 * 70 + 0.3125 * 20 + 0.5 * (1 + 4 + 2 + 3))
    by_own = standings([own, fast], own_files=True)[1]
    assert by_own.score == round(0.75 * 20 + 0.3125 * 10 + 0.5 * (10 + 30 + 10 + 20))
    assert own.faults == dict.fromkeys((FaultKind.COLOR, FaultKind.LABEL, FaultKind.LEAK, FaultKind.TYPE_2), 1)
    assert own.refusals == {"no": 1}


def test_what_could_not_be_measured_does_not_count(outcome: Make) -> None:
    (standing,) = standings([tally(outcome("a", 0.1, (), RunStatus.NOT_RUN))], own_files=True)
    assert standing.measures == (1.0, 1.0, None, None, None, None)
    assert standing.score == 100
    (nothing,) = standings([tally(outcome("a", None, (), RunStatus.NOT_RUN, refusal="no"))], own_files=True)
    assert nothing.measures == (0.0, None, None, None, None, None)
    assert nothing.score == 0


def test_one_that_is_not_here_is_not_weighed(outcome: Make) -> None:
    absent = tally(outcome("a", None, (), RunStatus.NOT_RUN, because="not installed"))
    assert standings([absent, tally(outcome("b"))], own_files=False)[0].tally.backend == "b"
    assert absent.offered == 0
    assert absent.because == "not installed"


def test_as_fast_is_what_chance_cannot_tell_apart(outcome: Make) -> None:
    made = standings([tally(outcome("a", 0.125)), tally(outcome("b", 0.1))], own_files=False)
    assert [s.score for s in made] == [100, 100]


def test_equal_ones_stay_as_they_came_and_nothing_decides(outcome: Make) -> None:
    first, second = standings([tally(outcome("b")), tally(outcome("a"))], own_files=False)
    assert (first.tally.backend, second.tally.backend) == ("b", "a")
    assert decided_by(first, second) is None


def test_what_decides_is_what_weighs_most(outcome: Make) -> None:
    slow = tally(outcome("slow", 0.2), outcome("slow", 0.2))
    picky = tally(outcome("picky", 0.1), outcome("picky", None, refusal="no"))
    first, second = standings([picky, slow], own_files=False)
    # slow: 70 + 12.5 + 10; picky: 35 + 20 + 10
    assert (first.tally.backend, first.score, second.score) == ("slow", 92, 65)
    decided = decided_by(first, second)
    assert decided is not None
    assert decided.name == "converts"


def test_memory_does_not_grow_with_the_number_of_samples(outcome: Make) -> None:
    made = Tally("a")
    for number in range(1000):
        made.add(outcome("a", None, refusal=f"/samples/{number}.jpg is odd"))
    assert made.offered == 1000
    assert sys.getsizeof(made.refusals) < 2000
