"""Who may do what: five roles, one table from role to permissions, one from page to permission.

How to add a page: name it in ``PAGES`` of ``app/main.py`` and in ``PAGE_PERMISSIONS`` here. How to
add a route: give it in ``app/routes.py`` and in ``ROUTE_PERMISSIONS`` here. A test fails for a page
or a route that stands in only one of the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person is in the study."""

    VIEWER = "viewer"
    CLINICIAN = "clinician"
    REVIEWER = "reviewer"
    ENGINEER = "engineer"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """One thing that a person may do; the value completes "You may not ..."."""

    SEE_WARD = "see the ward and its live pictures"
    SEE_RECORDINGS = "see what was recorded"
    SEE_INFANTS = "see the infants"
    EDIT_INFANTS = "add or move infants"
    ACKNOWLEDGE = "acknowledge advisories"
    ADD_NOTES = "add notes"
    SET_THRESHOLDS = "change thresholds"
    EXPORT = "export"
    EDIT_CAMERAS = "change cots and cameras"
    REVIEW = "have videos reviewed"
    ANNOTATE = "correct keypoints"
    MANAGE_MODELS = "change models"
    SEE_SYSTEM = "see the system"
    MANAGE_PEOPLE = "manage people"
    SEE_AUDIT = "see the audit trail"
    ERASE = "erase an infant"


_WATCH = {Permission.SEE_WARD}
_CARE = {
    *_WATCH,
    Permission.SEE_RECORDINGS,
    Permission.SEE_INFANTS,
    Permission.EDIT_INFANTS,
    Permission.ACKNOWLEDGE,
    Permission.ADD_NOTES,
    Permission.SET_THRESHOLDS,
    Permission.EXPORT,
    Permission.EDIT_CAMERAS,
    Permission.SEE_SYSTEM,
}
_REVIEW = {
    *_WATCH,
    Permission.SEE_RECORDINGS,
    Permission.EXPORT,
    Permission.REVIEW,
    Permission.ANNOTATE,
    Permission.ADD_NOTES,
}
_BUILD = {*_REVIEW, Permission.EDIT_CAMERAS, Permission.MANAGE_MODELS, Permission.SEE_SYSTEM}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset(_WATCH),
    Role.CLINICIAN: frozenset(_CARE),
    Role.REVIEWER: frozenset(_REVIEW),
    Role.ENGINEER: frozenset(_BUILD),
    Role.ADMINISTRATOR: frozenset(Permission),
}

PAGE_PERMISSIONS: dict[str, Permission] = {
    "ward": Permission.SEE_WARD,
    "cot": Permission.SEE_WARD,
    "advisories": Permission.SEE_WARD,
    "recordings": Permission.SEE_RECORDINGS,
    "review": Permission.SEE_RECORDINGS,
    "cameras": Permission.EDIT_CAMERAS,
    "annotate": Permission.ANNOTATE,
    "guideline": Permission.ANNOTATE,
    "models": Permission.MANAGE_MODELS,
    "system": Permission.SEE_SYSTEM,
    "infants": Permission.SEE_INFANTS,
    "people": Permission.MANAGE_PEOPLE,
    "audit": Permission.SEE_AUDIT,
}

# None: open to everybody, guarded by a token of its own (metrics), or what signing in is done with.
ROUTE_PERMISSIONS: dict[str, Permission | None] = {
    "/healthz": None,
    "/metrics": None,
    "/sign-in": None,
    "/sign-in/service": None,
    "/sign-in/password": None,
    "/session": None,
    "/live/{cot_id:int}.jpg": Permission.SEE_WARD,
    "/video/{video_id:int}.mp4": Permission.SEE_RECORDINGS,
    "/upload": Permission.REVIEW,
    "/reviewed/{job_id:int}/{path:path}": Permission.EXPORT,
    "/exported/{job_id:int}.mp4": Permission.EXPORT,
    "/film/{recording_id:int}/original": Permission.SEE_RECORDINGS,
    "/film/{recording_id:int}/overlay": Permission.SEE_RECORDINGS,
    "/film/{recording_id:int}/times": Permission.SEE_RECORDINGS,
    "/film/{recording_id:int}/survey": Permission.SEE_RECORDINGS,
    "/film/{recording_id:int}/points/{part:int}": Permission.SEE_RECORDINGS,
    "/picture/{frame_id:int}": Permission.ANNOTATE,
}


@dataclass(frozen=True, slots=True)
class User:
    """A person who is signed in; ``id`` is None for one who stands in no table (the demo's)."""

    name: str
    role: Role
    id: int | None = None

    def may(self, permission: Permission) -> bool:
        """Tell whether the person's role has a permission."""
        return permission in ROLE_PERMISSIONS[self.role]
