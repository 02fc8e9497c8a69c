// Strips of trends on one time axis. One cursor goes through all of them, by pointer or by arrow
// keys; what lies under it is said in a line, and a click or Enter asks for that moment.
const WIDE = { left: 118, right: 12 };
const NARROW = { left: 38, right: 6 };
const NARROW_BELOW = 620;
const AXIS = 24;
const MARKS = 26;
const BETWEEN = 10;
const TITLE = 16;
const LETTER = 7.2;
const CLUSTER = 13;
const SIGNS = {
  high: "M0-7 7 6H-7Z",
  medium: "M0-7 6.5 0 0 7-6.5 0Z",
  low: "M-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0Z",
  info: "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0Z",
  note: "M-6-6H6V3H0L-3 7V3H-6Z",
  move: "M-7-1H2V-5L8 0 2 5V1H-7Z",
};
const ORDER = ["high", "medium", "low", "note", "move", "info"];

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

function words(text, attributes, parent) {
  const made = shape("text", attributes, parent);
  made.textContent = text;
  return made;
}

const percent = (value) => `${Math.round(value * 100)} %`;

// What a strip says of one bin; empty where it cannot say anything.
const SAYS = {
  bars: (strip, at) => (strip.mean[at] ?? null) === null ? strip.why?.[at] || "" : strip.mean[at].toFixed(2),
  share: (strip, at) => (strip.mean[at] ?? null) === null ? "" : percent(strip.mean[at]),
  centre: (strip, at) => {
    const value = strip.mean[at] ?? null;
    if (value === null) return "";
    if (Math.abs(value) < 0.005) return "even";
    return `${percent(Math.abs(value))} more ${value > 0 ? "left" : "right"}`;
  },
  stack: (strip, at) => {
    const moving = strip.mean[at] ?? null;
    if (moving === null) return "";
    const gross = strip.low[at];
    return `gross ${percent(gross)}, small ${percent(moving - gross)}`;
  },
  lanes: (strip, at) => strip.words[at] || "",
};

class Chart {
  constructor(parent) {
    this.root = element("figure", "chart", parent);
    this.root.setAttribute("role", "group");
    this.line = element("figcaption", "line", this.root);
    this.line.setAttribute("aria-live", "polite");
    this.svg = shape("svg", { role: "img", tabindex: 0 }, this.root);
    this.hatch = `hatch-${(patterns += 1)}`;
    this.svg.addEventListener("pointermove", (event) => this.follow(event));
    this.svg.addEventListener("pointerleave", () => this.leave());
    this.svg.addEventListener("click", (event) => this.click(event));
    this.svg.addEventListener("keydown", (event) => this.key(event));
    this.svg.addEventListener("blur", () => this.leave());
    this.resized = new ResizeObserver(() => this.paint());
    this.resized.observe(this.root);
    this.cursor = null;
  }

  update({ data: [data], setTriggerValue }) {
    this.data = data;
    this.trigger = setTriggerValue;
    this.count = data.texts.length;
    this.root.setAttribute("aria-label", data.label);
    this.svg.setAttribute("aria-label", data.label);
    this.root.dataset.choosable = String(data.choosable);
    this.paint();
  }

  x(ms) {
    const { from_ms: from, to_ms: to } = this.data;
    const share = Math.min(1, Math.max(0, (ms - from) / (to - from)));
    return this.margin.left + share * this.inner;
  }

  start(at) {
    return this.data.first_ms + at * this.data.bin_ms;
  }

  paint() {
    const width = Math.round(this.root.clientWidth);
    if (!this.data || width < 80) return;
    this.narrow = width < NARROW_BELOW;
    this.margin = this.narrow || !this.data.strips[0].title ? NARROW : WIDE;
    this.inner = width - this.margin.left - this.margin.right;
    this.svg.replaceChildren();
    this.paintDefinitions();
    const ground = shape("g", {}, this.svg);
    const front = shape("g", {}, this.svg);
    let y = this.data.marks.length ? MARKS : 4;
    this.top = y;
    this.places = [];
    for (const strip of this.data.strips) {
      const isTitled = this.narrow && strip.title;
      if (isTitled) y += TITLE;
      this.places.push({ strip, top: y, bottom: y + strip.height });
      y += strip.height + BETWEEN;
    }
    this.bottom = y - BETWEEN;
    const height = this.bottom + AXIS;
    this.svg.setAttribute("width", width);
    this.svg.setAttribute("height", height);
    this.paintTicks(ground, width);
    for (const place of this.places) this.paintStrip(place, ground, front);
    this.paintReasons(front);
    this.paintMarks(front);
    this.paintCursor();
  }

  paintDefinitions() {
    const size = { width: 7, height: 7, patternUnits: "userSpaceOnUse" };
    const definitions = shape("defs", {}, this.svg);
    const turned = { id: this.hatch, patternTransform: "rotate(45)", ...size };
    const pattern = shape("pattern", turned, definitions);
    shape("rect", { class: "hatch-ground", width: 7, height: 7 }, pattern);
    shape("line", { class: "hatch-line", x1: 0, y1: 0, x2: 0, y2: 7 }, pattern);
  }

  paintTicks(ground, width) {
    const ticks = [...this.data.ticks].sort((a, b) => Number(b.is_day) - Number(a.is_day));
    const taken = [];
    for (const tick of ticks) {
      const x = this.x(tick.at_ms);
      const half = (tick.text.length * LETTER) / 2;
      shape(
        "line",
        { class: tick.is_day ? "day" : "grid", x1: x, x2: x, y1: this.top, y2: this.bottom },
        ground,
      );
      const meets = taken.some(([left, right]) => x + half + 10 > left && x - half - 10 < right);
      if (meets || x - half < 0 || x + half > width) continue;
      taken.push([x - half, x + half]);
      const kind = tick.is_day ? "tick is-day" : "tick";
      words(tick.text, { class: kind, x, y: this.bottom + 18 }, ground);
    }
  }

  paintStrip(place, ground, front) {
    const { strip, top, bottom } = place;
    const right = this.margin.left + this.inner;
    for (const [from, to] of this.blockedOf(strip)) this.paintHatch(from, to, top, bottom, ground);
    shape("line", { class: "axis", x1: this.margin.left, x2: right, y1: bottom, y2: bottom }, ground);
    this.paintTitle(place, front);
    for (const level of strip.levels) this.paintLevel(level, place, ground);
    const paints = {
      bars: () => this.paintBars(place, front),
      centre: () => this.paintCentre(place, front),
      stack: () => this.paintStack(place, front),
      share: () => this.paintShare(place, front),
      lanes: () => this.paintLanes(place, front),
    };
    paints[strip.kind]();
  }

  // The first strip shows every stretch with its reason; the others what they lack themselves.
  blockedOf(strip) {
    const spans = this.data.spans.map((span) => [span.from_ms, span.to_ms]);
    return strip === this.data.strips[0] ? [...strip.blocked, ...spans] : strip.blocked;
  }

  paintHatch(from, to, top, bottom, parent) {
    const left = this.x(from);
    const width = Math.max(1, this.x(to) - left);
    const place = { x: left, y: top, width, height: bottom - top };
    shape("rect", { class: "blank", ...place }, parent);
    shape("rect", { fill: `url(#${this.hatch})`, ...place }, parent);
  }

  paintTitle({ strip, top, bottom }, front) {
    if (!strip.title) return;
    if (this.narrow) {
      words(strip.title, { class: "title", x: this.margin.left, y: top - 4 }, front);
      return;
    }
    const middle = strip.height < 60 ? (top + bottom) / 2 + 4.5 : top + 12;
    words(strip.title, { class: "title", x: 0, y: middle }, front);
    if (strip.kind === "stack") {
      words("gross over small", { class: "note", x: 0, y: middle + 15 }, front);
    }
  }

  paintLevel(level, place, ground) {
    const y = Math.round(this.y(level.value, place)) + 0.5;
    const ends = { x1: this.margin.left, x2: this.margin.left + this.inner, y1: y, y2: y };
    if (level.value !== 0 && Math.abs(level.value) !== 1) shape("line", { class: "grid", ...ends }, ground);
    const inset = place.strip.kind === "centre" ? (level.value > 0 ? 11 : -2) : 4.5;
    words(level.text, { class: "level", x: this.margin.left - 7, y: y + inset }, ground);
  }

  y(value, { strip, top, bottom }) {
    const low = strip.kind === "centre" ? -strip.top : 0;
    const share = (Math.min(strip.top, Math.max(low, value)) - low) / (strip.top - low);
    return bottom - share * (bottom - top);
  }

  bin(at) {
    const left = this.x(this.start(at));
    return [left, Math.max(1, this.x(this.start(at + 1)) - left)];
  }

  // One path for all bars of a strip: hundreds of rectangles would be slow to lay out.
  area(values, low, high) {
    let path = "";
    values.forEach((value, at) => {
      if (value === null) return;
      const [x, width] = this.bin(at);
      const gap = width > 4 ? 1 : width > 2 ? 0.4 : 0;
      const top = high(value, at);
      const bottom = low(value, at);
      if (bottom - top < 0.25) return;
      path += `M${(x + gap / 2).toFixed(1)} ${top.toFixed(1)}h${(width - gap).toFixed(2)}V${bottom.toFixed(1)}h${(gap - width).toFixed(2)}Z`;
    });
    return path;
  }

  paintBars(place, front) {
    const { strip, bottom } = place;
    for (const [from, to, low, median, high] of strip.band || []) {
      const left = this.x(from);
      const width = this.x(to) - left;
      if (width <= 0) continue;
      const ends = { x: left, width, y: this.y(high, place) };
      shape("rect", { class: "band", ...ends, height: this.y(low, place) - ends.y }, front);
      const y = this.y(median, place);
      shape("line", { class: "median", x1: left, x2: left + width, y1: y, y2: y }, front);
    }
    const zero = () => bottom;
    const tall = (value) => Math.min(bottom - 1, this.y(value, place));
    const tone = `tone-${strip.tone}`;
    shape("path", { class: `reach ${tone}`, d: this.area(strip.high, zero, tall) }, front);
    shape("path", { class: `bar ${tone}`, d: this.area(strip.mean, zero, tall) }, front);
    if (strip.why) this.paintWhy(place, front);
  }

  // Why a limb alone has no value, written over its hatching where there is room.
  paintWhy({ strip, top, bottom }, front) {
    for (let from = 0, to; from < strip.why.length; from = to) {
      for (to = from + 1; strip.why[to] === strip.why[from]; ) to += 1;
      const text = strip.why[from];
      const left = this.x(this.start(from));
      const right = this.x(this.start(to));
      if (!text || text.length * LETTER > right - left - 8) continue;
      words(text, { class: "reason", x: (left + right) / 2, y: (top + bottom) / 2 + 4.5 }, front);
    }
  }

  paintCentre(place, front) {
    const { strip } = place;
    const zero = this.y(0, place);
    const ends = { x1: this.margin.left, x2: this.margin.left + this.inner, y1: zero, y2: zero };
    shape("line", { class: "grid", ...ends }, front);
    const more = strip.mean.map((value) => (value !== null && value > 0 ? value : null));
    const less = strip.mean.map((value) => (value !== null && value < 0 ? value : null));
    const y = (value) => this.y(value, place);
    shape("path", { class: "bar tone-left", d: this.area(more, () => zero, y) }, front);
    shape("path", { class: "bar tone-right", d: this.area(less, y, () => zero) }, front);
  }

  paintStack(place, front) {
    const { strip, bottom } = place;
    const gross = (_, at) => this.y(strip.low[at], place);
    shape("path", { class: "small", d: this.area(strip.mean, gross, (value) => this.y(value, place)) }, front);
    shape("path", { class: "bar tone-accent", d: this.area(strip.low, () => bottom, (value) => this.y(value, place)) }, front);
  }

  paintShare(place, front) {
    const y = (value) => this.y(value, place);
    shape("path", { class: "share", d: this.area(place.strip.mean, () => place.bottom, y) }, front);
  }

  paintLanes({ strip, top, bottom }, front) {
    for (const run of strip.runs) {
      const left = this.x(run.from_ms);
      const width = Math.max(1, this.x(run.to_ms) - left);
      shape("rect", { class: `lane ${run.word}`, x: left, y: top, width, height: bottom - top }, front);
      const room = width - 6;
      const text = run.word.length * LETTER < room ? run.word : LETTER < room ? run.word[0].toUpperCase() : "";
      if (text) words(text, { class: "lane-word", x: left + width / 2, y: (top + bottom) / 2 + 4.5 }, front);
    }
  }

  paintReasons(front) {
    const { top, bottom } = this.places[0];
    for (const span of this.data.spans) {
      const left = this.x(span.from_ms);
      const right = this.x(span.to_ms);
      const room = Math.floor((right - left - 8) / LETTER);
      const lines = span.reason.split(", ").flatMap((line) => this.broken(line, room));
      if (room >= 4 && lines.every((line) => line.length <= room)) {
        this.paintUpright(lines, (left + right) / 2, (top + bottom) / 2, front);
      } else if (right - left >= 13 && span.reason.length * LETTER < bottom - top) {
        const x = (left + right) / 2 + 4.5;
        const y = bottom - 6;
        words(span.reason, { class: "reason turned", x, y, transform: `rotate(-90 ${x} ${y})` }, front);
      }
    }
  }

  broken(line, room) {
    const at = line.indexOf(" ");
    return line.length > room && at > 0 ? [line.slice(0, at), line.slice(at + 1)] : [line];
  }

  paintUpright(lines, x, y, front) {
    lines.slice(0, 4).forEach((line, number) => {
      const offset = (number - (Math.min(4, lines.length) - 1) / 2) * 16;
      words(line, { class: "reason", x, y: y + offset + 4 }, front);
    });
  }

  paintMarks(front) {
    const groups = [];
    for (const mark of this.data.marks) {
      const x = this.x(mark.at_ms);
      const last = groups[groups.length - 1];
      if (last && x - last.x < CLUSTER) last.marks.push(mark);
      else groups.push({ x, marks: [mark] });
    }
    this.groups = groups;
    for (const { x, marks } of groups) {
      const [first] = [...marks].sort((a, b) => ORDER.indexOf(a.sign) - ORDER.indexOf(b.sign));
      const end = Math.max(...marks.map((mark) => this.x(mark.to_ms ?? mark.at_ms)));
      const sign = first.sign in SIGNS ? first.sign : "info";
      if (end - x > 8) shape("line", { class: `spell ${sign}`, x1: x, x2: end, y1: 11, y2: 11 }, front);
      shape("line", { class: "stem", x1: x, x2: x, y1: 19, y2: this.bottom }, front);
      shape("path", { class: `sign ${sign}`, d: SIGNS[sign], transform: `translate(${x} 11)` }, front);
      if (marks.length > 1) words(marks.length, { class: "many", x: x + 8, y: 9 }, front);
    }
  }

  paintCursor() {
    this.pointer = shape("line", { class: "cursor", y1: this.top - 4, y2: this.bottom, visibility: "hidden" }, this.svg);
    this.values = this.places.map(({ strip, top, bottom }) => {
      const y = strip.height < 60 ? (top + bottom) / 2 + 4.5 : top + 12;
      return words("", { class: "value", y: this.narrow ? top - 4 : y }, this.svg);
    });
    if (this.cursor !== null) this.show(Math.min(this.cursor, this.count - 1));
  }

  at(event) {
    const x = event.clientX - this.svg.getBoundingClientRect().left;
    const share = (x - this.margin.left) / this.inner;
    if (share < 0 || share > 1) return null;
    const ms = this.data.from_ms + share * (this.data.to_ms - this.data.from_ms);
    return Math.min(this.count - 1, Math.max(0, Math.floor((ms - this.data.first_ms) / this.data.bin_ms)));
  }

  follow(event) {
    const at = this.at(event);
    if (at === null) this.leave();
    else this.show(at);
  }

  show(at) {
    this.cursor = at;
    const [left, width] = this.bin(at);
    const x = left + width / 2;
    this.pointer.setAttribute("x1", x);
    this.pointer.setAttribute("x2", x);
    this.pointer.setAttribute("visibility", "visible");
    const happened = this.happened(at);
    this.line.textContent = [this.data.texts[at], ...happened].join("; ");
    const isLate = x > this.margin.left + this.inner * 0.75;
    this.places.forEach(({ strip }, number) => {
      const value = this.values[number];
      value.textContent = strip.title ? SAYS[strip.kind](strip, at) : "";
      value.setAttribute("x", isLate ? x - 7 : x + 7);
      value.setAttribute("text-anchor", isLate ? "end" : "start");
    });
  }

  happened(at) {
    const from = this.start(at);
    const reach = Math.max(this.data.bin_ms, ((this.data.to_ms - this.data.from_ms) * 5) / this.inner);
    return this.data.marks
      .filter((mark) => mark.at_ms >= from - reach / 2 && mark.at_ms < from + reach)
      .slice(0, 4)
      .map((mark) => mark.text);
  }

  leave() {
    if (!this.pointer) return;
    this.cursor = null;
    this.pointer.setAttribute("visibility", "hidden");
    this.line.textContent = "";
    for (const value of this.values) value.textContent = "";
  }

  click(event) {
    const at = this.at(event);
    if (at !== null) this.choose(at);
  }

  choose(at) {
    if (!this.data.choosable || !this.trigger) return;
    this.trigger("moment", Math.round(Math.max(this.data.from_ms, this.start(at))));
  }

  key(event) {
    const step = event.shiftKey ? 10 : 1;
    const from = this.cursor ?? this.count - 1;
    const moves = {
      ArrowLeft: from - step,
      ArrowRight: from + step,
      Home: 0,
      End: this.count - 1,
    };
    if (event.key in moves) this.show(Math.min(this.count - 1, Math.max(0, moves[event.key])));
    else if (event.key === "Escape") this.leave();
    else if ((event.key === "Enter" || event.key === " ") && this.cursor !== null) this.choose(this.cursor);
    else return;
    event.preventDefault();
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
