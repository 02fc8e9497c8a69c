"""Erasing an infant: what there is, counted; then gone, from the database and from the disk.

What is an infant's: every recording made under its name, and of the recordings of cots what lies
within its stays. Keypoints are cut exactly at the stay's ends; minutes and pieces of video that
reach into a stay go whole. It cannot be undone.

It is done in small transactions, files first, so that the monitor goes on writing beside it and a
run cut short is finished by another. Deleted pages are overwritten (``secure_delete``); the write-
ahead log keeps older pages until it is overwritten in turn, at the latest when all that have the
database open have closed it. ``beyond`` names what this cannot reach.

How to add a table that holds something of an infant: write a condition in ``scope`` and a ``Part``
in ``parts``. One that does not: name it in ``HOLDS_NOTHING``, with why. A test fails for a table
that stands in neither.
"""

from db.erasure.erasing import (
    SETTLES_AFTER_US,
    ErasureReport,
    Holdings,
    erase,
    fault_of_erasing,
    holdings,
)
from db.erasure.files import File
from db.erasure.parts import HOLDS_NOTHING, PARTS

__all__ = [
    "HOLDS_NOTHING",
    "PARTS",
    "SETTLES_AFTER_US",
    "ErasureReport",
    "File",
    "Holdings",
    "erase",
    "fault_of_erasing",
    "holdings",
]
