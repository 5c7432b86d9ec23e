"""Take the README's pictures of the report, opened in Chromium, and of a command's output.

    make demo && python docs/screenshots.py [demo/report.html]

Writes report-desktop.png, report-phone.png and terminal.svg to docs/images. Needs Chromium and Pillow.
"""

import argparse
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from rich.console import Console
from rich.text import Text

IMAGES = Path(__file__).parent / "images"
DESKTOP, PHONE = (1280, 2250), (390, 844)
NARROWEST = 500
"""Chromium opens no narrower window; a phone's page is shown in a frame, and cut out."""
COMMAND = ("neurogrow", "analyze", "paper-bimt")
COLUMNS = 84


def chromium() -> str:
    """Return the browser's command."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    return found or sys.exit("Install Chromium to take the screenshots.")


def shoot(page: Path, size: tuple[int, int], picture: Path) -> None:
    """Take a screenshot of the top of a page."""
    with TemporaryDirectory() as profile:
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=8000"]
        where = [f"--user-data-dir={profile}", f"--window-size={size[0]},{size[1]}", f"--screenshot={picture}"]
        subprocess.run([chromium(), *options, *where, page.resolve().as_uri()], check=True, capture_output=True)


def shoot_phone(page: Path, picture: Path) -> None:
    """Take a screenshot of a page as wide as a phone."""
    with TemporaryDirectory() as folder:
        frame, wide = Path(folder) / "frame.html", Path(folder) / "wide.png"
        style = "border:0;display:block;margin:0"
        frame.write_text(
            f'<body style="margin:0"><iframe src="{page.resolve().as_uri()}" width="{PHONE[0]}" height="{PHONE[1]}" '
            f'style="{style}"></iframe>'
        )
        shoot(frame, (NARROWEST, PHONE[1]), wide)
        with Image.open(wide) as whole:
            whole.crop((0, 0, *PHONE)).save(picture)


def shoot_terminal(picture: Path) -> None:
    """Run the command and draw what it prints."""
    environment = {"COLUMNS": str(COLUMNS), "FORCE_COLOR": "1", "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    with TemporaryDirectory() as empty:
        done = subprocess.run(COMMAND, capture_output=True, text=True, check=True, env=environment, cwd=empty)
    console = Console(record=True, width=COLUMNS, file=StringIO())
    console.print(f"$ {' '.join(COMMAND)}")
    console.print(Text.from_ansi(done.stdout))
    console.save_svg(str(picture), title="neurogrow")


def main() -> None:
    """Take all three."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("report", type=Path, nargs="?", default=Path("demo/report.html"))
    report = parser.parse_args().report
    if not report.is_file():
        sys.exit(f"{report} does not exist; `make demo` makes it.")
    shoot(report, DESKTOP, IMAGES / "report-desktop.png")
    shoot_phone(report, IMAGES / "report-phone.png")
    shoot_terminal(IMAGES / "terminal.svg")


if __name__ == "__main__":
    main()
