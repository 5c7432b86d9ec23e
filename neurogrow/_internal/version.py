"""The version, for modules that the public face imports; importing it from there would close a circle."""

import sys

__version__: str = vars(sys.modules["neurogrow"])["__version__"]
