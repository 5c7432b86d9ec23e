"use strict";

(() => {
  const BUTTONS = [["toImage", "zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]];
  const CONFIG = { responsive: true, displaylogo: false, modeBarButtons: BUTTONS };
  const PAPER = 670; // width of a printed page in CSS pixels

  const plots = [...document.querySelectorAll("script[data-figure]")].map((source) => {
    const plot = document.getElementById(source.dataset.figure);
    const { data, layout } = JSON.parse(source.textContent);
    for (const trace of data) if (trace.meta?.role === "strokes") drawStrokes(trace);
    Plotly.newPlot(plot, data, layout, CONFIG);
    new ResizeObserver(() => plot.clientWidth !== plot._fullLayout.width && Plotly.Plots.resize(plot)).observe(plot);
    return plot;
  });

  // A spike is a stroke as high as its row: two points and a gap.
  function drawStrokes(trace) {
    const x = unpacked(trace.x), y = unpacked(trace.y);
    trace.x = Array.from(x).flatMap((tick) => [tick, tick, null]);
    trace.y = Array.from(y).flatMap((row) => [row - 0.42, row + 0.42, null]);
  }

  // plotly encodes arrays of numbers as base64.
  function unpacked({ dtype, bdata }) {
    const bytes = Uint8Array.from(atob(bdata), (letter) => letter.charCodeAt(0));
    return new { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array }[dtype](bytes.buffer);
  }

  // The size of a marker is a fraction of the distance between neurons, so that it scales with the map.
  function sizeNeurons(plot) {
    const axis = plot._fullLayout.xaxis;
    const step = (plot.clientWidth / (axis.range[1] - axis.range[0])) * plot.neuronStep;
    const at = plot.neuronTraces.map((trace) => trace.index);
    const size = plot.neuronTraces.map((trace) => Math.min(Math.max(trace.share * step, 2.5), 30));
    Plotly.restyle(plot, { "marker.size": size }, at);
  }

  // A connection is a line of three points: its start, its end and a gap.
  function sizeAndSwitch(plot, controls) {
    const roles = (role) => plot.data.map((trace, index) => ({ index, trace, ...trace.meta })).filter((t) => t.role === role);
    plot.neuronTraces = roles("neurons");
    const columns = new Set(plot.neuronTraces.flatMap((t) => Array.from(values(t.trace.x))));
    const sorted = [...columns].sort((a, b) => a - b);
    plot.neuronStep = Math.min(1, ...sorted.slice(1).map((x, i) => x - sorted[i]));
    const connections = roles("connections").map((t) => ({ ...t, x: values(t.trace.x), y: values(t.trace.y) }));

    const find = (name) => controls.querySelector(`[data-switch="${name}"]`);
    const boxes = [...controls.querySelectorAll("[data-module]")];
    const weights = find("weights"), slider = find("threshold"), shown = controls.querySelector("[data-shown]");

    function threshold() {
      const low = Number(slider.dataset.low), high = Number(slider.dataset.high);
      return Number(slider.value) === 0 ? 0 : low * (high / low) ** (Number(slider.value) / 100) * (1 - 1e-3);
    }

    function update() {
      const hidden = new Set(boxes.filter((box) => !box.checked).map((box) => Number(box.dataset.module)));
      const neurons = plot.neuronTraces;
      Plotly.restyle(plot, { visible: neurons.map((t) => !hidden.has(t.module)) }, neurons.map((t) => t.index));
      if (!slider) return;
      const least = threshold();
      let count = 0;
      const lines = connections.map((t) => {
        const keep = t.magnitude.map((w, i) => i).filter(
          (i) => weights.checked && t.magnitude[i] >= least && !t.modules[i].some((module) => hidden.has(module)),
        );
        count += keep.length;
        const take = (axis) => keep.flatMap((i) => [axis[3 * i], axis[3 * i + 1], null]);
        return { x: take(t.x), y: take(t.y) };
      });
      Plotly.restyle(plot, { x: lines.map((l) => l.x), y: lines.map((l) => l.y) }, connections.map((t) => t.index));
      const from = Math.max(least, Number(slider.dataset.low)).toPrecision(3);
      shown.value = `|w| ≥ ${from}: ${count} connection${count === 1 ? "" : "s"}`;
      slider.setAttribute("aria-valuetext", `|w| at least ${from}`);
      slider.disabled = !weights.checked;
    }

    controls.addEventListener("input", update);
    for (const [name, checked] of [["all", true], ["none", false]]) {
      find(name)?.addEventListener("click", () => {
        for (const box of boxes) box.checked = checked;
        update();
      });
    }
    sizeNeurons(plot);
    update();
    new ResizeObserver(() => sizeNeurons(plot)).observe(plot);
  }

  // plotly stores arrays plain or encoded; the drawn figure has them decoded.
  function values(axis) {
    return axis && axis._inputArray ? axis._inputArray : axis;
  }

  // The common legend shows or hides the traces of conditions in every figure of the section.
  function switchConditions(controls) {
    const figures = [...controls.closest("section").querySelectorAll(".plot")];
    const boxes = [...controls.querySelectorAll("[data-condition]")];
    const dominated = controls.querySelector('[data-switch="dominated"]');
    controls.addEventListener("input", () => {
      const shown = new Set(boxes.filter((box) => box.checked).map((box) => Number(box.dataset.condition)));
      const visible = ({ meta }) => shown.has(meta.condition) && (dominated.checked || meta.role !== "dominated");
      for (const plot of figures) Plotly.restyle(plot, { visible: plot.data.map(visible) });
    });
  }

  for (const controls of document.querySelectorAll("[data-conditions]")) switchConditions(controls);
  for (const controls of document.querySelectorAll("[data-controls]")) {
    sizeAndSwitch(document.getElementById(controls.dataset.controls), controls);
  }

  addEventListener("beforeprint", () => {
    for (const plot of plots) Plotly.relayout(plot, { width: Math.min(plot.clientWidth, PAPER), autosize: false });
  });
  addEventListener("afterprint", () => {
    for (const plot of plots) Plotly.relayout(plot, { width: null, autosize: true });
  });
})();
