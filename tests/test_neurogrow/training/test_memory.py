import platform
import subprocess
import sys

import pytest

PAGE_FAULTS = """
import resource, numpy
from neurogrow.training.memory import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        numpy.ones(9_000_000)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

returned = faults()
keep_freed_memory()
numpy.ones(9_000_000)
print(returned, faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are left alone")
def test_memory_that_is_kept_is_not_faulted_in_again():
    printed = subprocess.run([sys.executable, "-c", PAGE_FAULTS], capture_output=True, text=True, check=True).stdout
    returned, kept = map(int, printed.split())
    assert returned > 1000
    assert kept < 0.2 * returned
