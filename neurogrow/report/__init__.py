"""The report: one HTML page about runs and trade-offs, which works offline."""

from typing import TYPE_CHECKING

from .._internal.lazy import lazily

if TYPE_CHECKING:
    from .page import write_report
else:
    __getattr__ = lazily(__name__, "page")

__all__ = ["write_report"]
