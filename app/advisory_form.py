"""The thresholds form: what a person typed, in their units, to settings and back."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.advisories import Kind, KindSettings
from pipeline.advisories.thresholds import FieldForm, number_fields, read_settings
from pipeline.errors import SettingsError

ENABLED = "enabled"


def shown_values(settings: KindSettings) -> dict[str, float]:
    """Return the numbers of settings in the units of people, by field."""
    return {
        form.name: float(getattr(settings, form.name)) / form.factor
        for form in number_fields(type(settings))
    }


def typed_settings(kind: Kind, typed: Mapping[str, float | None], enabled: bool) -> KindSettings:
    """Return the settings that were typed; raise ``SettingsError`` that names the field.

    A kind that may not be off stays on, whatever was typed.
    """
    values: dict[str, object] = {ENABLED: enabled or not kind.may_be_off}
    for form in number_fields(kind.settings):
        number = typed.get(form.name)
        if number is None:
            raise SettingsError(f"{form.title}: give a number")
        if not form.least <= number <= form.most:
            raise SettingsError(
                f"{form.title}: {number:g} {form.unit} is not within "
                f"{form.least:g} to {form.most:g}"
            )
        values[form.name] = number * form.factor
    return read_settings(kind.settings, values)


def label_of(form: FieldForm) -> str:
    """Return a field's label with its unit."""
    return f"{form.title} ({form.unit})" if form.unit else form.title


def help_of(form: FieldForm) -> str:
    """Return a field's limits and default."""
    return f"{form.least:g} to {form.most:g} {form.unit}; default {form.default:g}"
