"""What the surface of a dressed infant is made of: one number per fabric."""

from __future__ import annotations

SKIN, TOP, LEGS, FEET, HANDS, NAPPY, HAT, GEAR, SACK, HAIR = range(10)
FABRICS = 10
NONE = 255
CLOTHS = (TOP, LEGS, FEET, HANDS, NAPPY, HAT, SACK)
