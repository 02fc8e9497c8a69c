"""The last step of a process that was told to end and has closed all that was open."""

from __future__ import annotations

import logging
import os
import sys
from typing import NoReturn


def leave() -> NoReturn:
    """End this process at once, with exit code 0.

    Taking the interpreter and its libraries apart lasts a second on a free machine and many on a
    busy one; nothing is gained by it, and who waits for the end may lose patience and kill.
    """
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)
