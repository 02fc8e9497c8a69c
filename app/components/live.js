// Live tiles. One instance asks for the pictures of every cot it shows: short requests, at most
// four at once (a browser opens about six connections to a host), slower when answers are slow.
// A picture older than STALE_MS is taken away, whatever the server last said.
const STALE_MS = 3000;
const DATA_STALE_MS = 12000;
const MAX_AT_ONCE = 4;
const REQUESTS_PER_S = 26;
const FASTEST_MS = 70;
const SLOWEST_MS = 2000;

const SHAPES = {
  circle: '<circle cx="12" cy="12" r="8" fill="currentColor"/>',
  half:
    '<circle cx="12" cy="12" r="8" fill="none" stroke="currentColor" stroke-width="2.5"/>' +
    '<path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor"/>',
  triangle:
    '<path d="M12 3.5 21.5 20h-19z" fill="none" stroke="currentColor" stroke-width="2.5" ' +
    'stroke-linejoin="round"/><path d="M12 9.5v5" stroke="currentColor" stroke-width="2.5" ' +
    'stroke-linecap="round"/><circle cx="12" cy="17.2" r="1.3" fill="currentColor"/>',
  square:
    '<rect x="4.5" y="4.5" width="15" height="15" rx="2" fill="currentColor"/>' +
    '<path d="m9 9 6 6m0-6-6 6" stroke="var(--st-background-color)" stroke-width="2.4" ' +
    'stroke-linecap="round"/>',
  dots:
    '<circle cx="5" cy="12" r="2.4" fill="currentColor"/><circle cx="12" cy="12" r="2.4" ' +
    'fill="currentColor"/><circle cx="19" cy="12" r="2.4" fill="currentColor"/>',
};

function element(tag, className, parent) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (parent) parent.appendChild(made);
  return made;
}

function icon(shape) {
  const made = element("span", "icon");
  made.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true">${SHAPES[shape] || SHAPES.dots}</svg>`;
  return made;
}

function span(ms) {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

class Gate {
  constructor(limit) {
    this.free = limit;
    this.waiting = [];
  }

  async enter() {
    if (this.free > 0) {
      this.free -= 1;
      return;
    }
    await new Promise((resolve) => this.waiting.push(resolve));
  }

  leave() {
    const next = this.waiting.shift();
    if (next) next();
    else this.free += 1;
  }
}

class Tile {
  constructor(grid, cotId) {
    this.grid = grid;
    this.cotId = cotId;
    this.sequence = -1;
    this.frameAt = -Infinity;
    this.answer = { state: "waiting", line: "waiting for a picture" };
    this.failures = 0;
    this.slowness = 1;
    this.visible = true;
    this.gone = false;
    this.build();
    this.loop();
  }

  build() {
    this.root = element("article", "tile");
    this.root.dataset.cot = this.cotId;
    const well = element("button", "well", this.root);
    well.type = "button";
    well.onclick = () => this.grid.open(this.cotId);
    this.well = well;
    this.canvas = element("canvas", "", well);
    this.placeholder = element("span", "placeholder", well);
    this.age = element("span", "age", well);
    this.head = element("header", "", this.root);
    this.name = element("span", "name", this.head);
    this.state = element("span", "state", this.head);
    this.figure = element("div", "figure", this.root);
    this.strip = element("div", "strip", this.root);
    this.foot = element("footer", "", this.root);
  }

  show(cot) {
    this.cot = cot;
    this.well.setAttribute("aria-label", `Open ${cot.name}`);
    this.name.textContent = cot.name;
    this.name.title = cot.position || cot.name;
    this.root.dataset.level = cot.level;
    this.state.replaceChildren(icon(cot.shape), document.createTextNode(cot.word));
    this.showFigure(cot.figure);
    this.showStrip(cot.strip);
    this.foot.textContent = cot.foot || "";
    this.refresh();
  }

  showFigure(figure) {
    this.figure.replaceChildren();
    if (!figure) return;
    this.figure.dataset.assessable = String(figure.assessable);
    const number = element("span", figure.assessable ? "number" : "number none", this.figure);
    number.textContent = figure.number;
    const notes = element("span", "notes", this.figure);
    element("span", "", notes).textContent = figure.unit;
    element("span", "", notes).textContent = figure.note;
  }

  showStrip(strip) {
    this.strip.replaceChildren();
    this.strip.hidden = !strip;
    if (!strip) return;
    this.strip.setAttribute("role", "img");
    this.strip.setAttribute("aria-label", strip.label);
    const bars = element("div", "bars", this.strip);
    for (const bar of strip.bars) {
      const made = element("i", bar.kind, bars);
      made.title = bar.title;
      if (bar.kind === "value") made.style.setProperty("--height", `${bar.height * 100}%`);
    }
    const ends = element("div", "ends", this.strip);
    element("span", "", ends).textContent = strip.from;
    element("span", "", ends).textContent = strip.to;
  }

  async loop() {
    while (!this.gone) {
      const began = performance.now();
      if (this.wanted()) await this.ask();
      const spent = performance.now() - began;
      await new Promise((resolve) => setTimeout(resolve, Math.max(20, this.pause() - spent)));
    }
  }

  wanted() {
    return this.visible && !document.hidden && Boolean(this.cot) && this.grid.data.monitoring;
  }

  pause() {
    if (!this.wanted()) return 300;
    if (this.failures > 0) return Math.min(5000, 400 * 2 ** this.failures);
    if (this.answer.state !== "live") return this.answer.state === "waiting" ? 250 : 700;
    const fair = (this.grid.visibleTiles() * 1000) / REQUESTS_PER_S;
    return Math.min(SLOWEST_MS, Math.max(FASTEST_MS, fair) * this.slowness);
  }

  async ask() {
    await this.grid.gate.enter();
    const began = performance.now();
    try {
      const width = Math.round(this.well.clientWidth * Math.min(2, window.devicePixelRatio || 1));
      const url = `${this.cot.url}&mode=${this.grid.data.mode}&w=${width || 320}&after=${this.sequence}`;
      const response = await fetch(url, {
        cache: "no-store",
        signal: AbortSignal.timeout(4000),
      });
      if (!response.ok && response.status !== 204) throw new Error(`status ${response.status}`);
      await this.take(response);
      this.failures = 0;
    } catch (error) {
      this.failures += 1;
      this.answer = { state: "lost", line: "no answer from the dashboard" };
    } finally {
      this.grid.gate.leave();
    }
    const took = performance.now() - began;
    this.slowness = took > 350 ? Math.min(8, this.slowness * 1.5) : Math.max(1, this.slowness * 0.8);
    this.refresh();
  }

  async take(response) {
    const header = (name) => response.headers.get(`X-Cotside-${name}`);
    this.answer = {
      state: decodeURIComponent(header("State") || ""),
      line: decodeURIComponent(header("Line") || ""),
    };
    if (this.answer.state !== "live") return;
    if (response.status === 200) {
      const bitmap = await createImageBitmap(await response.blob());
      if (this.canvas.width !== bitmap.width) this.canvas.width = bitmap.width;
      if (this.canvas.height !== bitmap.height) this.canvas.height = bitmap.height;
      this.canvas.getContext("2d").drawImage(bitmap, 0, 0);
      bitmap.close();
      this.sequence = Number(header("Sequence"));
      this.root.dataset.sequence = this.sequence;
    }
    this.frameAt = performance.now() - Number(header("Age-Ms") || 0);
  }

  refresh() {
    const age = performance.now() - this.frameAt;
    const monitoring = this.grid.data.monitoring && !this.grid.silent();
    const isLive = monitoring && this.answer.state === "live" && age <= STALE_MS;
    this.root.dataset.picture = isLive ? "live" : "none";
    this.canvas.hidden = !isLive;
    this.placeholder.hidden = isLive;
    this.age.hidden = !isLive;
    if (isLive) {
      this.age.textContent = `${span(age)} ago`;
      return;
    }
    if (this.canvas.width > 1) this.canvas.width = this.canvas.height = 1;
    this.sequence = -1;
    const [title, detail] = this.reason(monitoring, age);
    this.placeholder.replaceChildren();
    element("strong", "", this.placeholder).textContent = title;
    if (detail) element("span", "", this.placeholder).textContent = detail;
  }

  reason(monitoring, age) {
    if (this.answer.state === "lost" || this.grid.silent()) {
      return ["No live picture", "no answer from the dashboard"];
    }
    if (!monitoring) return ["Not monitoring", ""];
    const last = Number.isFinite(age) && age > STALE_MS ? `last picture ${span(age)} ago` : "";
    if (this.answer.state === "waiting") return ["Waiting for a picture", last];
    return ["No live picture", [this.answer.line, last].filter(Boolean).join(", ")];
  }

  remove() {
    this.gone = true;
    this.root.remove();
  }
}

class Grid {
  constructor(parent) {
    this.gate = new Gate(MAX_AT_ONCE);
    this.tiles = new Map();
    this.root = element("section", "grid", parent);
    this.lost = element("p", "lost", parent);
    this.lost.hidden = true;
    this.lost.setAttribute("role", "alert");
    parent.insertBefore(this.lost, this.root);
    this.seen = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        const tile = this.tiles.get(Number(entry.target.dataset.cot));
        if (tile) tile.visible = entry.isIntersecting;
      }
    });
    this.resized = new ResizeObserver(() => this.arrange());
    this.resized.observe(this.root);
    this.timer = setInterval(() => this.tick(), 250);
  }

  update(component) {
    const { data, setTriggerValue } = component;
    if (this.data && this.data.mode !== data.mode) {
      for (const tile of this.tiles.values()) tile.sequence = -1;
    }
    this.data = data;
    this.trigger = setTriggerValue;
    this.updatedAt = performance.now();
    this.root.dataset.layout = data.layout;
    this.root.dataset.monitoring = String(data.monitoring);
    const wanted = new Set(data.cots.map((cot) => cot.id));
    for (const [id, tile] of this.tiles) {
      if (!wanted.has(id)) {
        tile.remove();
        this.tiles.delete(id);
      }
    }
    for (const cot of data.cots) {
      let tile = this.tiles.get(cot.id);
      if (!tile) {
        tile = new Tile(this, cot.id);
        this.tiles.set(cot.id, tile);
        this.seen.observe(tile.root);
      }
      this.root.appendChild(tile.root);
      tile.show(cot);
    }
    this.arrange();
    this.tick();
  }

  arrange() {
    const count = this.tiles.size;
    const width = this.root.clientWidth;
    if (!count || !width || !this.data) return;
    if (this.data.layout === "single") return;
    const columns = this.columns(count, width);
    this.root.style.setProperty("--columns", columns);
    this.root.dataset.few = String(count <= 2);
    this.root.dataset.size = width / columns < 300 ? "small" : "large";
  }

  // The largest tiles with which the whole ward is seen without scrolling, in full rows if it
  // can be; when that cannot be, as many columns as stay readable.
  columns(count, width) {
    const most = Math.max(1, Math.floor((width + 16) / (width < 700 ? 300 : 216)));
    const room = (window.innerHeight - 130) * 1.12;
    let best = { columns: Math.min(count, most), score: 0 };
    for (let columns = 1; columns <= Math.min(count, most); columns += 1) {
      const tile = Math.min(800, width / columns - 16);
      const rows = Math.ceil(count / columns);
      if (rows * ((tile * 9) / 16 + (tile < 284 ? 170 : 190)) > room) continue;
      const score = tile * (count % columns ? 0.7 : 1);
      if (score > best.score) best = { columns, score };
    }
    return best.columns;
  }

  silent() {
    return performance.now() - this.updatedAt > DATA_STALE_MS;
  }

  visibleTiles() {
    let count = 0;
    for (const tile of this.tiles.values()) if (tile.visible) count += 1;
    return Math.max(1, count);
  }

  tick() {
    const silent = this.silent();
    this.lost.hidden = !silent;
    this.root.dataset.silent = String(silent);
    if (silent) {
      const age = span(performance.now() - this.updatedAt);
      this.lost.textContent = `Connection to the dashboard lost ${age} ago. Nothing below is live.`;
    }
    for (const tile of this.tiles.values()) tile.refresh();
  }

  open(cotId) {
    if (this.trigger) this.trigger("open", cotId);
  }

  close() {
    clearInterval(this.timer);
    this.seen.disconnect();
    this.resized.disconnect();
    for (const tile of this.tiles.values()) tile.remove();
    this.tiles.clear();
    this.root.remove();
    this.lost.remove();
  }
}

const grids = new WeakMap();

export default function (component) {
  const parent = component.parentElement;
  let grid = grids.get(parent);
  if (!grid) {
    grid = new Grid(parent);
    grids.set(parent, grid);
  }
  grid.update(component);
  return () => {
    grid.close();
    grids.delete(parent);
  };
}
