import json
import re
import shutil
import subprocess

import pytest
from support.report_page import page_of
from support.reports import planted_trade_off
from support.run_folders import full_folder

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

PROBE = """<script>addEventListener("load", () => setTimeout(() => {
const boxes = [...document.querySelectorAll("[data-module]")];
const shown = () => document.querySelector("[data-shown]").value;
const out = { plots: document.querySelectorAll(".plot .main-svg").length > 0 &&
  [...document.querySelectorAll(".plot")].every((plot) => plot.querySelector(".main-svg")),
  wide: document.documentElement.scrollWidth - innerWidth, all: shown(),
  asked:
    performance.getEntriesByType("resource").map((entry) => entry.name).filter((name) => /^(http|ws)/.test(name)) };
const slider = document.querySelector("[data-switch=threshold]");
slider.value = 100; slider.dispatchEvent(new Event("input", { bubbles: true })); out.strongest = shown();
slider.value = 0; document.querySelector("[data-switch=none]").click(); out.none = shown();
document.querySelector("[data-switch=all]").click(); out.again = shown();
const marks = () => [...document.querySelectorAll("#trade-off-1-wiring-length .point")].length;
const press = (box) => { box.checked = !box.checked; box.dispatchEvent(new Event("input", { bubbles: true })); };
const [bimt, l1] = document.querySelectorAll("[data-condition]");
const dominated = document.querySelector("[data-switch=dominated]");
out.marks = [marks()];
for (const box of [dominated, bimt, dominated, l1, bimt, l1]) { press(box); out.marks.push(marks()); }
document.documentElement.dataset.probe = JSON.stringify(out);
}, 500));</script>"""


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH to open the report in")
def test_a_browser_opens_it_without_an_error_or_a_request(tmp_path):
    both = page_of(
        full_folder(tmp_path / "rate", "rate"), full_folder(tmp_path / "spiking"), trade_offs=[planted_trade_off()]
    )
    probed = tmp_path / "probed.html"
    probed.write_text(both.html.replace("</body>", PROBE + "</body>"), encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0", "--dump-dom"]
    profile = [f"--user-data-dir={tmp_path / 'profile'}", "--window-size=600,900", "--virtual-time-budget=8000"]
    command = [CHROMIUM, *options, *profile, probed.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "CONSOLE" not in done.stderr  # the page's policy reports a request for anything outside it here as well
    probe = re.search(r'data-probe="([^"]*)"', done.stdout)
    assert probe, "the page's scripts did not run to their end"
    out = json.loads(probe[1].replace("&quot;", '"'))
    assert out["plots"]
    assert out["asked"] == []
    assert out["wide"] <= 0
    assert out["all"] == out["again"]
    assert out["strongest"].endswith(": 1 connection")
    assert out["none"].endswith(": 0 connections")
    # BIMT has one dominated network and two on its frontier, L1 has one: hide dominated networks, then BIMT too, ...
    assert out["marks"] == [4, 3, 1, 1, 0, 3, 4]
