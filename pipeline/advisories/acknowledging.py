"""Why an advisory was acknowledged: a code that is kept, and its words."""

from __future__ import annotations

REASONS = {
    "seen_well": "Looked at, all is well",
    "care": "Care or handling",
    "procedure": "Planned procedure or away from the cot",
    "repositioned": "Position changed",
    "equipment": "Equipment is being mended",
    "not_so": "It is not so",
    "other": "Other (see the note)",
}
