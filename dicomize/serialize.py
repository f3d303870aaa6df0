"""The vocabulary as plain JSON values, and back: a saved plan can be carried out again."""

from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, Final

from dicomize.errors import MetadataError
from dicomize.model import Attribute, Plan, SourceImage, Step, StepKind
from dicomize.version import __version__

PLAN_SCHEMA = "dicomize.plan/1"
_AGAIN = "plan the conversion again"


def to_plain(value: object) -> Any:
    """A dataclass, tuple, path or enumeration as dictionaries, lists and text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in dataclasses.fields(value) if f.init}
    if isinstance(value, tuple | list):
        return [to_plain(v) for v in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    return value


def dump_plan(plan: Plan) -> str:
    """A plan as JSON text."""
    return json.dumps({"schema": PLAN_SCHEMA, **to_plain(plan)}, indent=2) + "\n"


def load_plan(text: str, name: str) -> Plan:
    """A plan from JSON text; `name` is for the message.

    Raises:
        MetadataError: the text is no plan, or one that this version would not have made.
    """
    try:
        table = _object_of(text)
        if table.pop("schema", None) != PLAN_SCHEMA or table.get("dicomize_version") != __version__:
            raise MetadataError(f"{name} is no plan of this version, {__version__}", _AGAIN)
        plan: Plan = _from_plain(Plan, table)
        problem = next(_problems(plan), "")
    except (ValueError, TypeError, RecursionError) as error:
        raise MetadataError(f"{name} is no plan: {_short(error)}", "save one with dicomize plan --save") from None
    if problem:
        raise MetadataError(f"{name} is a damaged plan: {problem}", _AGAIN)
    return plan


def _object_of(text: str) -> dict[str, Any]:
    table = json.loads(text, parse_constant=_no_number)
    if not isinstance(table, dict):
        raise TypeError("it is no JSON object")
    return table


def _no_number(text: str) -> typing.NoReturn:
    raise ValueError(f"{text} is no number")


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _short(error: Exception) -> str:
    text = str(error) if str(error).isprintable() else repr(str(error))
    return text if len(text) <= 200 else text[:199] + "…"


# ---------------------------------------------------------------- back into the vocabulary


def _from_plain(kind: Any, value: Any) -> Any:
    origin = typing.get_origin(kind)
    if origin is tuple:
        return _tuple(typing.get_args(kind), value)
    if origin in {typing.Union, types.UnionType}:
        return _one_of(typing.get_args(kind), value)
    if dataclasses.is_dataclass(kind):
        return _object(kind, value)
    if isinstance(kind, type) and issubclass(kind, Enum | Path):
        return kind(_from_plain(str, value))
    if kind is float and type(value) is int:
        return float(value)
    # not isinstance: true is no number here
    if type(value) is not kind:
        raise TypeError(f"{_brief(value)} is no {kind.__name__}")
    return value


def _object(kind: Any, value: Any) -> Any:
    fields = _fields(kind)
    if not isinstance(value, dict):
        raise TypeError(f"{_brief(value)} is no {kind.__name__}")
    if wrong := sorted(value.keys() ^ fields.keys()):
        raise TypeError(f"{kind.__name__} {'has an unknown' if wrong[0] in value else 'lacks'} {_brief(wrong[0])}")
    return kind(**{name: _from_plain(fields[name], v) for name, v in value.items()})


@functools.cache
def _fields(kind: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {f.name: hints[f.name] for f in dataclasses.fields(kind) if f.init}


def _tuple(kinds: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{_brief(value)} is no list")
    if kinds[-1] is Ellipsis:
        return tuple(_from_plain(kinds[0], v) for v in value)
    return tuple(_from_plain(k, v) for k, v in zip(kinds, value, strict=True))


def _one_of(kinds: tuple[Any, ...], value: Any) -> Any:
    if value is None and type(None) in kinds:
        return None
    for kind in kinds:
        if type(value) is kind:
            return value
    return _from_plain(next(k for k in kinds if k is not type(None)), value)


# ---------------------------------------------------------------- what a plan must be, whoever wrote the file


def _problems(plan: Plan) -> Iterator[str]:
    """What is wrong with the decisions of a plan that has the right form."""
    for path in (plan.source.path, plan.destination, *(path for _, path in plan.site.tools)):
        if "\0" in str(path):
            yield f"{str(path)!r} is no path"
    if not 0 < plan.site.timeout <= 86400:
        yield f"the timeout is {plan.site.timeout}"
    if plan.site.configured:
        from dicomize.sites.described import problems  # noqa: PLC0415 - most sites describe none

        yield from (problem for own in plan.site.configured for problem in problems(own))
    yield from _form_problems(plan)
    yield from _attribute_problems(plan.attributes, _character_set(plan.attributes))
    yield from _disagreements(plan)


def _form_problems(plan: Plan) -> Iterator[str]:
    from dicomize.planning.codestreams import CODESTREAMS  # noqa: PLC0415 - as below
    from dicomize.planning.form import WRITTEN  # noqa: PLC0415 - costs 0.3 s, and most plans are never loaded

    if plan.TransferSyntaxUID not in WRITTEN | CODESTREAMS:
        yield f"{plan.TransferSyntaxUID!r} is no transfer syntax that is written here"
    if any(v < 1 for v in (plan.image.Rows, plan.image.Columns, plan.image.SamplesPerPixel, plan.image.BitsStored)):
        yield "the picture has no size"
    for source, steps in ((plan.source, plan.steps), *((f.source, f.steps) for f in plan.frames)):
        yield from _step_problems(source, steps)
    if plan.frames and (plan.frames[0].source, plan.frames[0].steps) != (plan.source, plan.steps):
        yield "its first frame is not its first picture"
    kinds = [step.kind for step in plan.steps]
    if not (plan.encapsulated or plan.decoded) or plan.compresses != (StepKind.COMPRESS in kinds):
        yield "its steps do not lead to its transfer syntax"


def _step_problems(source: SourceImage, steps: tuple[Step, ...]) -> Iterator[str]:
    """What is wrong with what is done to one picture."""
    kinds = [step.kind for step in steps]
    if kinds[:1] != [StepKind.CLEAN] or kinds != [kind for kind in StepKind if kind in kinds]:
        yield "its steps are in disorder"
    for step in steps:
        if step.parameter not in _PARAMETERS.get(step.kind, (0,)):
            yield f"the step {step.kind} has the parameter {step.parameter}"
        if len(step.rectangles) not in _RECTANGLES.get(step.kind, (0,)):
            yield f"the step {step.kind} has {len(step.rectangles)} rectangles"
        right, bottom = (65535, 65535) if step.kind is StepKind.SCALE else (source.Columns, source.Rows)
        for part in step.rectangles:
            if (
                min(part.x, part.y) < 0
                or min(part.width, part.height) < 1
                or part.right > right
                or part.bottom > bottom
            ):
                yield f"the step {step.kind} has a rectangle outside the picture"


_PARAMETERS: Final = {
    StepKind.TURN: range(2, 9), StepKind.FLATTEN: range(1 << 24), StepKind.COMPRESS: range(1001),
}  # fmt: skip
_RECTANGLES: Final = {StepKind.REDACT: range(1, 1 << 16), StepKind.CROP: (1,), StepKind.SCALE: (1,)}
"""how many rectangles a step has"""


def _character_set(attributes: tuple[Attribute, ...]) -> str:
    return next(("\\".join(map(str, a.value)) for a in attributes if a.tag == 0x00080005), "")


def _attribute_problems(attributes: tuple[Attribute, ...], character_set: str) -> Iterator[str]:
    from dicomize.metadata.dataset import can_be_written  # noqa: PLC0415 - as above
    from dicomize.metadata.values import problem_of  # noqa: PLC0415 - as above

    tags = [a.tag for a in attributes]
    if sorted(set(tags)) != tags:
        yield "its attributes are not in tag order"
    for attribute in attributes:
        if problem := problem_of(attribute):
            yield problem
        elif not can_be_written(attribute.VR, attribute.value, character_set):
            yield f"the attribute {attribute.tag:08X} cannot be written in its character set"
        for item in attribute.items:
            yield from _attribute_problems(item, character_set)


def _disagreements(plan: Plan) -> Iterator[str]:
    """Where attributes say otherwise than the decisions they were made from."""
    from pydicom.datadict import tag_for_keyword  # noqa: PLC0415 - as above

    stated = {a.tag: a.value for a in plan.attributes}
    expected = {"SOPClassUID": plan.SOPClassUID}
    expected |= {k: v for k, v in to_plain(plan.image).items() if v is not None} | {"HighBit": plan.image.HighBit}
    for keyword, value in expected.items():
        if stated.get(tag_for_keyword(keyword) or 0) != (value,):
            yield f"{keyword} is not {value!r}, as it decides elsewhere"
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        if not stated.get(tag_for_keyword(keyword) or 0):
            yield f"it has no {keyword}"
