"""One HTML page about one or several runs, which opens anywhere and asks the network for nothing."""

from .page import write_report

__all__ = ["write_report"]
