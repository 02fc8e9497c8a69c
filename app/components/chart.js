// Movement over time as one light drawing: bars or a line, shaded stretches that cannot be
// assessed with their reason, and a readout of what lies under the pointer.
const HEIGHT = 200;
const MARGIN = { left: 44, right: 8, top: 26, bottom: 24 };
const LETTER = 7.2;

let patterns = 0;

function element(tag, className, parent) {
  const made = document.createElement(tag);
  made.className = className;
  parent.appendChild(made);
  return made;
}

function shape(tag, attributes, parent) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  parent.appendChild(made);
  return made;
}

class Chart {
  constructor(parent) {
    this.root = element("figure", "chart", parent);
    this.readout = element("figcaption", "readout", this.root);
    this.svg = shape("svg", { height: HEIGHT, role: "img" }, this.root);
    this.pattern = `hatch-${(patterns += 1)}`;
    this.svg.addEventListener("pointermove", (event) => this.point(event));
    this.svg.addEventListener("pointerleave", () => this.leave());
    this.resized = new ResizeObserver(() => this.paint());
    this.resized.observe(this.root);
  }

  update({ data }) {
    this.data = data;
    this.svg.setAttribute("aria-label", data.label);
    this.paint();
  }

  x(ms) {
    const { from_ms: from, to_ms: to } = this.data;
    return MARGIN.left + ((ms - from) / (to - from)) * this.inner;
  }

  y(value) {
    const height = HEIGHT - MARGIN.top - MARGIN.bottom;
    return MARGIN.top + height * (1 - Math.min(1, value / this.data.top));
  }

  paint() {
    const width = Math.round(this.root.clientWidth);
    if (!this.data || width < 80) return;
    this.inner = width - MARGIN.left - MARGIN.right;
    this.svg.setAttribute("width", width);
    this.svg.replaceChildren();
    this.paintHatch();
    for (const span of this.data.spans) this.paintSpan(span);
    this.paintAxes(width);
    if (this.data.kind === "bars") this.paintBars();
    else this.paintLines();
    this.cursor = shape(
      "line",
      { class: "cursor", y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom, visibility: "hidden" },
      this.svg,
    );
  }

  paintHatch() {
    const size = { width: 7, height: 7, patternUnits: "userSpaceOnUse" };
    const definition = shape("defs", {}, this.svg);
    const turned = { id: this.pattern, patternTransform: "rotate(45)", ...size };
    const pattern = shape("pattern", turned, definition);
    shape("rect", { class: "hatch-ground", width: 7, height: 7 }, pattern);
    shape("line", { class: "hatch-line", x1: 0, y1: 0, x2: 0, y2: 7 }, pattern);
  }

  paintSpan(span) {
    const left = Math.max(MARGIN.left, this.x(span.from_ms));
    const right = Math.min(MARGIN.left + this.inner, this.x(span.to_ms));
    if (right - left < 0.5) return;
    const top = MARGIN.top;
    const height = HEIGHT - MARGIN.top - MARGIN.bottom;
    shape(
      "rect",
      { x: left, y: top, width: right - left, height, fill: `url(#${this.pattern})` },
      this.svg,
    );
    const room = Math.floor((right - left - 10) / LETTER);
    if (room < 4) return;
    this.paintReason(span.reason.split(", "), room, (left + right) / 2, top + height / 2);
  }

  paintReason(lines, room, x, y) {
    if (lines.some((line) => line.length > room)) return;
    lines.slice(0, 4).forEach((line, number) => {
      const offset = (number - (Math.min(4, lines.length) - 1) / 2) * 16;
      const text = shape("text", { class: "reason", x, y: y + offset + 4 }, this.svg);
      text.textContent = line;
    });
  }

  paintAxes(width) {
    const bottom = HEIGHT - MARGIN.bottom;
    for (const level of this.data.levels) {
      const y = Math.round(this.y(level.value)) + 0.5;
      const ends = { x1: MARGIN.left, x2: width - MARGIN.right, y1: y, y2: y };
      shape("line", { class: level.value === 0 ? "axis" : "grid", ...ends }, this.svg);
      const text = shape("text", { class: "level", x: MARGIN.left - 8, y: y + 4 }, this.svg);
      text.textContent = level.text;
    }
    let free = -Infinity;
    for (const tick of this.data.ticks) {
      const x = this.x(tick.at_ms);
      const half = (tick.text.length * LETTER) / 2;
      if (x - half < free + 14 || x - half < 0 || x + half > width) continue;
      free = x + half;
      shape("line", { class: "axis", x1: x, x2: x, y1: bottom, y2: bottom + 4 }, this.svg);
      const text = shape("text", { class: "tick", x, y: HEIGHT - 5 }, this.svg);
      text.textContent = tick.text;
    }
  }

  paintBars() {
    const width = this.x(this.data.from_ms + this.data.window_ms) - MARGIN.left;
    const gap = width > 4 ? 1 : width > 2 ? 0.4 : 0;
    const zero = this.y(0);
    for (const [at, value] of this.data.points) {
      if (value === null) continue;
      const y = Math.min(zero - 1, this.y(value));
      const place = { x: this.x(at) + gap / 2, y, width: width - gap, height: zero - y };
      shape("rect", { class: "bar", ...place }, this.svg);
    }
  }

  paintLines() {
    const step = this.data.window_ms;
    let run = [];
    const flush = () => {
      if (run.length) this.paintRun(run, step);
      run = [];
    };
    let before = null;
    for (const [at, value] of this.data.points) {
      if (value === null || (before !== null && at - before > step * 1.5)) flush();
      if (value !== null) run.push([at, value]);
      before = at;
    }
    flush();
  }

  paintRun(run, step) {
    const corners = run.flatMap(([at, value]) => [
      [this.x(at), this.y(value)],
      [this.x(at + step), this.y(value)],
    ]);
    const path = corners.map(([x, y], at) => `${at ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`);
    const first = corners[0][0].toFixed(1);
    const last = corners[corners.length - 1][0].toFixed(1);
    const zero = this.y(0).toFixed(1);
    const area = `${path.join("")}L${last} ${zero}L${first} ${zero}Z`;
    shape("path", { class: "area", d: area }, this.svg);
    shape("path", { class: "line", d: path.join("") }, this.svg);
  }

  point(event) {
    const x = event.clientX - this.svg.getBoundingClientRect().left;
    const share = (x - MARGIN.left) / this.inner;
    if (share < 0 || share > 1) return this.leave();
    const ms = this.data.from_ms + share * (this.data.to_ms - this.data.from_ms);
    const found = this.data.points.find(([at]) => at <= ms && ms < at + this.data.window_ms);
    this.readout.textContent = found ? found[2] : "nothing recorded";
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
    this.cursor.setAttribute("visibility", "visible");
    return undefined;
  }

  leave() {
    this.readout.textContent = "";
    this.cursor.setAttribute("visibility", "hidden");
  }

  close() {
    this.resized.disconnect();
    this.root.remove();
  }
}

const charts = new WeakMap();

export default function (component) {
  const parent = component.parentElement;
  let chart = charts.get(parent);
  if (!chart) {
    chart = new Chart(parent);
    charts.set(parent, chart);
  }
  chart.update(component);
  return () => {
    chart.close();
    charts.delete(parent);
  };
}
