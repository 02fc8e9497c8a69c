// Live tiles. One instance asks for the pictures of every cot it shows: short requests, at most
// four at once (a browser opens about six connections to a host), slower when answers are slow.
// A picture older than STALE_MS is taken away, whatever the server last said.
const STALE_MS = 3000;
const DATA_STALE_MS = 12000;
const MAX_AT_ONCE = 4;
const REQUESTS_PER_S = 26;
const FASTEST_MS = 70;
const SLOWEST_MS = 2000;

const LEAST_WIDTH = 200;
const LEAST_HEIGHT = 150;
const GAP = 12;
const BOTTOM = 28;
const ORDER_KEY = "cotside-order";

const LINE = 'fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="round"';
const SHAPES = {
  circle: '<circle cx="12" cy="12" r="8" fill="currentColor"/>',
  wave: `<path d="M2 12c2.5 0 2.5-7 5-7s2.5 14 5 14 2.5-14 5-14 2.5 7 5 7" ${LINE}/>`,
  ripple: `<path d="M2 12c1.7 0 1.7-3 3.3-3s1.7 6 3.4 6 1.7-6 3.3-6 1.7 6 3.4 6 1.6-6 3.3-6 1.6 3 3.3 3" ${LINE}/>`,
  rest: `<path d="M3 12h18" ${LINE}/>`,
  hatch:
    '<circle cx="12" cy="12" r="8.5" fill="none" stroke="currentColor" stroke-width="2"/>' +
    `<path d="m6.5 15.5 9-9M8.5 19l10.5-10.5M5 11l6-6M13 19.5l6.5-6.5" stroke="currentColor" stroke-width="1.8"/>`,
  triangle:
    '<path d="M12 3.5 21.5 20h-19z" fill="none" stroke="currentColor" stroke-width="2.5" ' +
    'stroke-linejoin="round"/><path d="M12 9.5v5" stroke="currentColor" stroke-width="2.5" ' +
    'stroke-linecap="round"/><circle cx="12" cy="17.2" r="1.3" fill="currentColor"/>',
  square:
    '<rect x="4.5" y="4.5" width="15" height="15" rx="2" fill="currentColor"/>' +
    '<path d="m9 9 6 6m0-6-6 6" stroke="var(--st-background-color)" stroke-width="2.4" ' +
    'stroke-linecap="round"/>',
  diamond:
    '<path d="m12 3 9 9-9 9-9-9z" fill="none" stroke="currentColor" stroke-width="2.5" ' +
    'stroke-linejoin="round"/><path d="M12 8v5" stroke="currentColor" stroke-width="2.5" ' +
    'stroke-linecap="round"/><circle cx="12" cy="16" r="1.3" fill="currentColor"/>',
  ring: `<circle cx="12" cy="12" r="8" ${LINE}/>`,
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
    this.age = element("span", "chip age", well);
    this.signal = element("i", "signal", this.age);
    this.ageText = element("span", "", this.age);
    this.badge = element("span", "badge", well);
    this.badge.hidden = true;
    this.badge.setAttribute("role", "img");
    const words = element("div", "words", this.root);
    const head = element("header", "", words);
    this.name = element("span", "name", head);
    this.state = element("span", "state", head);
    const body = element("div", "body", words);
    this.figure = element("div", "figure", body);
    this.strip = element("div", "strip", body);
    this.foot = element("footer", "", words);
  }

  show(cot) {
    this.cot = cot;
    this.well.setAttribute("aria-label", `Open ${cot.name}: ${cot.word}`);
    this.name.textContent = cot.name;
    this.name.title = cot.position || cot.name;
    this.root.dataset.level = cot.level;
    this.signal.dataset.grade = cot.grade;
    this.state.replaceChildren(icon(cot.shape), element("span", "word"));
    this.state.lastChild.textContent = cot.word;
    this.state.title = cot.word;
    this.showBadge(cot.badge);
    this.showFigure(cot.figure);
    this.showStrip(cot.strip);
    this.foot.textContent = cot.foot || "";
    this.age.title = cot.foot || "";
    this.refresh();
  }

  showBadge(badge) {
    this.badge.hidden = !badge;
    this.root.dataset.advisory = badge && !badge.calm ? badge.level : "";
    if (!badge) return;
    this.badge.className = `badge ${badge.level}${badge.calm ? " calm" : ""}`;
    this.badge.setAttribute("aria-label", badge.label);
    this.badge.replaceChildren(element("b", "sign"), document.createTextNode(badge.text));
    this.badge.firstChild.textContent = badge.sign;
    if (badge.more) element("span", "more", this.badge).textContent = `+${badge.more}`;
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
    this.figure.title = [figure.number, figure.unit, figure.note].filter(Boolean).join(", ");
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
      this.ageText.textContent = `${span(age)} ago`;
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
    if (this.answer.state === "unwatched") return ["Not watched", this.answer.line];
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
    this.bar = element("div", "summary", parent);
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
    this.onResize = () => this.arrange();
    window.addEventListener("resize", this.onResize);
    this.order = localStorage.getItem(ORDER_KEY) || "need";
    // Nothing moves under a hand that is about to press.
    this.root.addEventListener("pointerleave", () => this.place());
  }

  update(component) {
    const [data] = component.data;
    if (this.data && this.data.mode !== data.mode) {
      for (const tile of this.tiles.values()) tile.sequence = -1;
    }
    this.data = data;
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
      tile.show(cot);
    }
    this.showSummary(data.summary);
    this.place();
    this.arrange();
    this.tick();
  }

  showSummary(groups) {
    this.bar.hidden = !groups;
    if (!groups) return;
    if (!this.counts) {
      this.counts = element("div", "counts", this.bar);
      this.switch = element("button", "order", this.bar);
      this.switch.type = "button";
      this.switch.onclick = () => this.turn();
    }
    this.counts.replaceChildren();
    for (const group of groups) {
      const one = element("span", `count ${group.level}`, this.counts);
      element("strong", "", one).textContent = group.count;
      one.append(icon(group.shape), document.createTextNode(group.word));
    }
    this.switch.hidden = this.data.cots.length < 3;
    this.switch.textContent = this.order === "need" ? "Ordered by need" : "Ordered by cot";
  }

  turn() {
    this.order = this.order === "need" ? "cot" : "need";
    localStorage.setItem(ORDER_KEY, this.order);
    this.showSummary(this.data.summary);
    this.place(true);
  }

  place(now = false) {
    if (!this.data) return;
    const busy = this.root.matches(":hover") || this.root.contains(this.root.getRootNode().activeElement);
    const isNew = [...this.tiles.values()].some((tile) => !tile.root.isConnected);
    if (busy && !isNew && !now) return;
    const cots = [...this.data.cots];
    if (this.order === "need") cots.sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0));
    cots.forEach((cot, place) => {
      const root = this.tiles.get(cot.id).root;
      if (this.root.children[place] !== root) {
        this.root.insertBefore(root, this.root.children[place] || null);
      }
    });
  }

  arrange() {
    const count = this.tiles.size;
    const width = this.root.clientWidth;
    if (!count || !width || !this.data || this.data.layout === "single") return;
    const best = this.fit(count, width);
    this.root.style.setProperty("--columns", best.columns);
    this.root.style.setProperty("--tile-height", best.height ? `${best.height}px` : "auto");
    this.root.dataset.size = best.size;
  }

  // The arrangement with the largest pictures that shows the whole ward without scrolling; where
  // none does, tiles as wide as stay readable, or rows on a narrow screen.
  fit(count, width) {
    if (width < 560) return { columns: 1, height: 0, size: "row" };
    const room = Math.max(300, window.innerHeight - this.top() - BOTTOM);
    let best = null;
    for (let columns = 1; columns <= count; columns += 1) {
      const across = (width - GAP * (columns - 1)) / columns;
      if (across < LEAST_WIDTH) break;
      const rows = Math.ceil(count / columns);
      const tall = (room - GAP * (rows - 1)) / rows;
      if (tall < LEAST_HEIGHT) continue;
      const size = tall < 230 || across < 300 ? "small" : "large";
      const words = size === "small" ? 84 : 112;
      const height = Math.min(tall, (across * 9) / 16 + words);
      const picture = Math.min(across, ((height - words) * 16) / 9);
      const score = picture * (count % columns ? 0.96 : 1);
      if (!best || score > best.score) best = { columns, height: Math.floor(height), size, score };
    }
    if (best) return best;
    const columns = Math.max(1, Math.floor((width + GAP) / (LEAST_WIDTH + GAP)));
    return { columns: Math.min(count, columns), height: 0, size: "small" };
  }

  top() {
    let scrolled = 0;
    for (let node = this.root.getRootNode().host || this.root; node; node = node.parentElement) {
      scrolled += node.scrollTop || 0;
    }
    return this.root.getBoundingClientRect().top + scrolled;
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

  // A real navigation, not a switch by the server: while a server switches, a timer of the old
  // page may still ask for it, and Streamlit then empties the new one.
  open(cotId) {
    if (this.data.layout === "single") return;
    window.location.assign(new URL(`cot?cot=${cotId}`, window.location.href));
  }

  close() {
    clearInterval(this.timer);
    window.removeEventListener("resize", this.onResize);
    this.seen.disconnect();
    this.resized.disconnect();
    for (const tile of this.tiles.values()) tile.remove();
    this.tiles.clear();
    this.root.remove();
    this.bar.remove();
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
