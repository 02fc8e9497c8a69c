"""People as the pages and the command line show them."""

from __future__ import annotations

from datetime import tzinfo

from app.permissions import ROLE_PERMISSIONS, Permission, Role
from app.views.tables import Columns
from app.views.times import day_and_clock
from db.people_schema import Person

_ROLE_WORDS = {
    Role.VIEWER: "sees the ward and its live pictures",
    Role.CLINICIAN: "also recordings, infants, advisories, thresholds, reports and cameras",
    Role.REVIEWER: "sees recordings, corrects keypoints, exports",
    Role.ENGINEER: "as reviewer, and changes models and cameras",
    Role.ADMINISTRATOR: "everything, with people, the audit trail and erasure",
}


def state_words(person: Person) -> str:
    """Return how somebody stands, in words."""
    if person.disabled_us is not None:
        return "disabled"
    if person.password_hash is not None:
        return "active"
    if person.external is not None:
        return "active, by the sign-in service"
    return "has a one-time code" if person.code_hash is not None else "has not come yet"


def last_seen(person: Person, zone: tzinfo) -> str:
    """Return when somebody last signed in, in words."""
    if person.last_sign_in_us is None:
        return "never signed in"
    return f"last signed in {day_and_clock(person.last_sign_in_us, zone)}"


def role_words(role: Role) -> str:
    """Return a role with what it is for."""
    return f"{role.value}: {_ROLE_WORDS[role]}"


def permission_table() -> Columns:
    """Return the permission table, a row for each permission, a column for each role."""
    return {
        "May": [permission.value for permission in Permission],
        **{
            role.value: [
                "● yes" if permission in ROLE_PERMISSIONS[role] else "–"
                for permission in Permission
            ]
            for role in Role
        },
    }
