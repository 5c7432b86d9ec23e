"""A written report, read back by the tests."""

import json
from html.parser import HTMLParser

from neurogrow.report import write_report


class Page(HTMLParser):
    """What the tests look at: texts, tables, figures, addresses, tags."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.tables, self.headings, self.figures, self.missing, self.captions = [], [], [], {}, [], []
        self._into, self._figure, self._text = None, None, ""
        self.html = path.read_text(encoding="utf-8")
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        if tag == "script":
            self._figure = attributes.get("data-figure")
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        wanted = tag in ("td", "th", "h1", "h2", "h3", "figcaption", "pre") or attributes.get("class") == "missing"
        if wanted:
            self._into, self._text = tag, ""

    def handle_data(self, data):
        if self._figure:
            self.figures[self._figure] = json.loads(data)
        if self._into:
            self._text += data

    def handle_endtag(self, tag):
        if tag == "script":
            self._figure = None
        if tag != self._into:
            return
        self._into, text = None, self._text.strip()
        if tag in ("td", "th"):
            self.tables[-1][-1].append(text)
        elif tag == "p":
            self.missing.append(text)
        elif tag == "figcaption":
            self.captions.append(text)
        else:
            self.headings.append(text)

    def table(self, first_cell):
        """The table with a row that begins so, as a dictionary of rows."""
        return next(
            {row[0]: row[1:] for row in table} for table in self.tables if any(row[0] == first_cell for row in table)
        )


def page_of(*runs, trade_offs=()):
    return Page(write_report(runs, runs[0].path / "report.html", trade_offs))
