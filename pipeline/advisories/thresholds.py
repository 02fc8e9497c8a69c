"""The settings of a kind of advisory: defaults, units and limits; some per kind, some for all.

All times are seconds. ``unit`` in a field's extra says in what a person reads and sets it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import SettingsError

SECONDS_IN = {"s": 1.0, "min": 60.0, "h": 3600.0}


class KindSettings(BaseModel):
    """What every kind can be set to.

    ``after_s``: for how long its cause must hold before it is raised. ``release_s``: for how long
    the cause must be away before it is over. ``again_s``: it is announced again after so long,
    while it lasts. ``escalate_s``: unacknowledged for so long it rises by one priority; 0 = never.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    LIMIT_FIELDS: ClassVar[tuple[str, ...]] = ()

    enabled: bool = Field(True, title="Given at all")
    after_s: float = Field(10, ge=0, le=3600, title="After", json_schema_extra={"unit": "s"})
    release_s: float = Field(
        10, ge=0, le=3600, title="Over when away for", json_schema_extra={"unit": "s"}
    )
    again_s: float = Field(
        1800, ge=60, le=86_400, title="Told again every", json_schema_extra={"unit": "min"}
    )
    escalate_s: float = Field(
        0,
        ge=0,
        le=86_400,
        title="More urgent if not seen to for (0 = never)",
        json_schema_extra={"unit": "min"},
    )


@dataclass(frozen=True, slots=True)
class FieldForm:
    """One number of a kind's settings as a person sets it, in ``unit``."""

    name: str
    title: str
    unit: str
    default: float
    least: float
    most: float
    step: float

    @property
    def factor(self) -> float:
        """Return how many of the stored unit one of the shown unit is."""
        return SECONDS_IN.get(self.unit, 1.0) if self.name.endswith("_s") else 1.0


def number_fields(settings: type[KindSettings]) -> list[FieldForm]:
    """Return the numbers that can be set, with their limits, in the units of people."""
    return [_form(name, settings) for name in settings.model_fields if name != "enabled"]


def _form(name: str, settings: type[KindSettings]) -> FieldForm:
    field = settings.model_fields[name]
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    unit = str(extra.get("unit", ""))
    limits = {type(one).__name__: one for one in field.metadata}
    factor = SECONDS_IN.get(unit, 1.0) if name.endswith("_s") else 1.0
    return FieldForm(
        name=name,
        title=field.title or name,
        unit=unit,
        default=float(field.default) / factor,
        least=float(limits["Ge"].ge) / factor,
        most=float(limits["Le"].le) / factor,
        step=float(str(extra.get("step", 1))),
    )


def read_settings(settings: type[KindSettings], values: Mapping[str, Any]) -> KindSettings:
    """Check values against the limits; raise ``SettingsError``, one line, for the first fault."""
    try:
        return settings.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        field = settings.model_fields.get(place)
        name = field.title if field is not None and field.title else place
        raise SettingsError(f"{name}: {first['msg']} (stored unit: see the limits)") from None


def changed_values(settings: KindSettings) -> dict[str, Any]:
    """Return the values that differ from the defaults, as they are stored."""
    return settings.model_dump(exclude_defaults=True)
