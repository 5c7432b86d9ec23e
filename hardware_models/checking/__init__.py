"""An independent check of every mapping. It shares no code with the code that it checks."""

from typing import TYPE_CHECKING

from neurogrow._internal.lazy import lazily

if TYPE_CHECKING:
    from .checker import violations
    from .surveyors import SURVEYORS, Surveyor
else:
    __getattr__ = lazily(__name__, "surveyors", "checker")

__all__ = ["SURVEYORS", "Surveyor", "violations"]
