"""Let a process that handles pictures all day keep the memory of the last one for the next.

The C library hands every block of picture size back to the kernel when it is freed and asks for it
anew, zeroed page by page, for the next frame: converting and copying a picture then costs three
times what the work itself does. Ours; measured with ``cotside bench``.
"""

from __future__ import annotations

import ctypes

# From malloc.h of the GNU C library.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
# Above a 4K picture (25 MB), and little beside what a process takes anyway.
_KEPT_BYTES = 32 * 1024 * 1024


def keep_picture_memory() -> bool:
    """Keep up to 32 MB of freed memory in this process; tell whether the C library could be asked.

    Calling it again changes nothing. A C library without ``mallopt`` is left as it is.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    mallopt.argtypes, mallopt.restype = [ctypes.c_int, ctypes.c_int], ctypes.c_int
    return bool(mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES) and mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES))
