// The picture with the points on it: zoom, pan, pinch, and dragging a point.
const SVG = "http://www.w3.org/2000/svg";
const MOST_ZOOM = 24;
const HIT_PX = 22;
const SIZE_PX = 6.5;
const TAP_PX = 6;

function drawn(tag, parent, attributes = {}) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (parent) parent.appendChild(made);
  return made;
}

class Stage {
  // hooks: select(k), drag(k, at, isFirst), drop(), tap(at)
  constructor(parent, hooks) {
    this.hooks = hooks;
    this.svg = drawn("svg", parent, { class: "picture", role: "img" });
    this.image = drawn("image", this.svg, { preserveAspectRatio: "none" });
    this.marks = drawn("g", this.svg);
    this.loupe = drawn("svg", parent, { class: "loupe", "aria-hidden": "true" });
    this.loupe.style.display = "none";
    this.loupeImage = drawn("image", this.loupe, { preserveAspectRatio: "none" });
    this.cross = drawn("path", this.loupe, { class: "cross" });
    this.fingers = new Map();
    this.svg.addEventListener("pointerdown", (event) => this.down(event));
    this.svg.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) {
      this.svg.addEventListener(end, (event) => this.up(event));
    }
    this.svg.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.resized = new ResizeObserver(() => this.show());
    this.resized.observe(this.svg);
  }

  open({ url, width, height, name }) {
    this.size = [width, height];
    for (const image of [this.image, this.loupeImage]) {
      image.setAttribute("href", url);
      // A pixel's centre is a whole number, so the picture begins half a pixel before 0.
      image.setAttribute("x", -0.5);
      image.setAttribute("y", -0.5);
      image.setAttribute("width", width);
      image.setAttribute("height", height);
    }
    this.svg.setAttribute("aria-label", name);
    this.svg.style.aspectRatio = `${width} / ${height}`;
    this.fit();
  }

  fit() {
    this.view = [-0.5, -0.5, ...this.size];
    this.show();
  }

  get zoom() {
    return this.size[0] / this.view[2];
  }

  get middle() {
    return [this.view[0] + this.view[2] / 2, this.view[1] + this.view[3] / 2];
  }

  zoomBy(factor, at = this.middle) {
    const zoom = Math.min(MOST_ZOOM, Math.max(1, this.zoom * factor));
    const real = this.zoom / zoom;
    const [x, y, width, height] = this.view;
    this.view = [at[0] - (at[0] - x) * real, at[1] - (at[1] - y) * real, width * real, height * real];
    this.keep();
  }

  pan(dx, dy) {
    this.view[0] += dx;
    this.view[1] += dy;
    this.keep();
  }

  keep() {
    for (const side of [0, 1]) {
      const most = this.size[side] - 0.5 - this.view[side + 2];
      this.view[side] = Math.max(-0.5, Math.min(most, this.view[side]));
    }
    this.show();
  }

  // Bring a point into view when the zoom hides it.
  reveal([x, y]) {
    const [left, top, width, height] = this.view;
    if (x > left && x < left + width && y > top && y < top + height) return;
    this.view = [x - width / 2, y - height / 2, width, height];
    this.keep();
  }

  // Picture pixels a screen pixel is wide.
  get unit() {
    const matrix = this.svg.getScreenCTM();
    return matrix && matrix.a ? 1 / matrix.a : 1;
  }

  at(event) {
    const matrix = this.svg.getScreenCTM();
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    return [x, y];
  }

  show(scene = this.scene) {
    if (!this.view) return;
    this.scene = scene;
    this.svg.setAttribute("viewBox", this.view.join(" "));
    if (scene) this.paint(scene);
  }

  // scene: points, limbs, sides, colours, names, selected, labels, hidden, ghosts
  paint({ points, limbs, colours, selected, hidden, ghosts, ...rest }) {
    const unit = this.unit;
    this.marks.replaceChildren();
    for (const ghost of ghosts) this.paintGhost(ghost, unit);
    if (hidden) return;
    const there = (k) => points[k][2] !== ABSENT;
    for (const rim of [true, false]) {
      for (const [a, b, colour] of limbs) {
        if (there(a) && there(b)) this.line(points[a], points[b], rim ? "#181a1e" : colour, (rim ? 5 : 2.5) * unit);
      }
    }
    const order = points.map((_, k) => k).filter(there);
    order.sort((a, b) => (a === selected) - (b === selected));
    for (const k of order) this.paintPoint(k, points[k], colours[k], k === selected, unit, rest);
  }

  line(from, to, colour, width) {
    const place = { x1: from[0], y1: from[1], x2: to[0], y2: to[1] };
    drawn("line", this.marks, { ...place, stroke: colour, "stroke-width": width, "stroke-linecap": "round" });
  }

  paintPoint(k, [x, y, state], colour, isSelected, unit, { sides, names, labels }) {
    const group = drawn("g", this.marks, { class: "point", "data-k": k });
    drawn("circle", group, { cx: x, cy: y, r: HIT_PX * unit, fill: "transparent" });
    if (isSelected) {
      drawn("circle", group, { cx: x, cy: y, r: 13 * unit, class: "ring", "stroke-width": 2 * unit });
    }
    const size = SIZE_PX * unit;
    const filled = state === VISIBLE;
    const looks = { fill: filled ? colour : "#181a1e", stroke: "#181a1e", "stroke-width": 2 * unit };
    const shape = this.shape(sides[k], x, y, size);
    drawn("path", group, { d: shape, ...looks, "paint-order": "stroke" });
    if (!filled) {
      const dash = `${3 * unit} ${2 * unit}`;
      drawn("path", group, { d: shape, fill: "none", stroke: colour, "stroke-width": 2.5 * unit, "stroke-dasharray": dash });
    }
    if (labels || isSelected) this.label(group, names[k], x + 15 * unit, y - 9 * unit, unit);
  }

  // The infant's left is round, its right square, the middle a diamond: not told by colour alone.
  shape(side, x, y, r) {
    if (side === "right") return `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}z`;
    if (side === "left") return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
    const d = r * 1.35;
    return `M${x} ${y - d}L${x + d} ${y}L${x} ${y + d}L${x - d} ${y}z`;
  }

  label(group, text, x, y, unit) {
    const far = x > this.view[0] + this.view[2] * 0.72;
    const made = drawn("text", group, {
      x: far ? x - 30 * unit : x,
      y,
      class: "label",
      "font-size": 13 * unit,
      "stroke-width": 3.5 * unit,
      "text-anchor": far ? "end" : "start",
    });
    made.textContent = text;
  }

  paintGhost({ points, limbs }, unit) {
    for (const [a, b] of limbs) {
      if (points[a][2] === ABSENT || points[b][2] === ABSENT) continue;
      this.line(points[a], points[b], "rgb(255 255 255 / 45%)", 1.25 * unit);
    }
    const r = 5 * unit;
    for (const [x, y, state] of points) {
      if (state === ABSENT) continue;
      const d = `M${x - r} ${y - r}l${2 * r} ${2 * r}M${x + r} ${y - r}l${-2 * r} ${2 * r}`;
      drawn("path", this.marks, { d, stroke: "#181a1e", "stroke-width": 4 * unit });
      drawn("path", this.marks, { d, stroke: "#fff", "stroke-width": 1.75 * unit });
    }
  }

  // The nearest point under a pointer; the selected one wins where points lie close together.
  hit(at) {
    const { points, selected, hidden } = this.scene;
    if (hidden) return null;
    let best = null;
    let least = HIT_PX * this.unit;
    points.forEach(([x, y, state], k) => {
      const away = Math.hypot(x - at[0], y - at[1]) * (k === selected ? 0.6 : 1);
      if (state !== ABSENT && away < least) [best, least] = [k, away];
    });
    return best;
  }

  down(event) {
    event.preventDefault();
    this.svg.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (this.fingers.size === 2) {
      if (this.doing === "drag") this.hooks.drop();
      this.doing = "pinch";
      this.hideLoupe();
      return;
    }
    const at = this.at(event);
    this.began = [event.clientX, event.clientY];
    this.held = this.hit(at);
    this.doing = "press";
    if (this.held === null) return;
    const [x, y] = this.scene.points[this.held];
    // The point keeps its distance from the finger, so that it does not leap under it.
    this.grip = [x - at[0], y - at[1]];
    this.hooks.select(this.held);
  }

  move(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const here = [event.clientX, event.clientY];
    if (this.doing === "pinch") return this.pinch(event.pointerId, here);
    const far = Math.hypot(here[0] - this.began[0], here[1] - this.began[1]) > TAP_PX;
    if (this.doing === "press" && far) {
      this.doing = this.held === null ? "pan" : "drag";
      if (this.doing === "drag") this.hooks.begin();
    }
    if (this.doing === "drag") {
      const [x, y] = this.at(event);
      this.hooks.drag(this.held, [x + this.grip[0], y + this.grip[1]]);
      if (event.pointerType !== "mouse") this.showLoupe(this.scene.points[this.held]);
    } else if (this.doing === "pan") {
      const unit = this.unit;
      this.pan((before[0] - here[0]) * unit, (before[1] - here[1]) * unit);
    }
    this.fingers.set(event.pointerId, here);
  }

  pinch(id, here) {
    const other = [...this.fingers].find(([one]) => one !== id)?.[1];
    const before = this.fingers.get(id);
    this.fingers.set(id, here);
    if (!other) return;
    const apart = (one) => Math.max(10, Math.hypot(one[0] - other[0], one[1] - other[1]));
    const middle = { clientX: (here[0] + other[0]) / 2, clientY: (here[1] + other[1]) / 2 };
    this.zoomBy(apart(here) / apart(before), this.at(middle));
    const unit = this.unit;
    this.pan(((before[0] - here[0]) / 2) * unit, ((before[1] - here[1]) / 2) * unit);
  }

  up(event) {
    if (!this.fingers.delete(event.pointerId)) return;
    const was = this.doing;
    this.hideLoupe();
    if (this.fingers.size) return;
    this.doing = null;
    if (was === "drag") this.hooks.drop();
    else if (was === "press" && this.held === null && event.type === "pointerup") this.hooks.tap(this.at(event));
  }

  wheel(event) {
    event.preventDefault();
    this.zoomBy(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0018)), this.at(event));
  }

  showLoupe([x, y]) {
    const half = Math.max(6, 28 * this.unit);
    this.loupe.style.display = "";
    this.loupe.setAttribute("viewBox", `${x - half} ${y - half} ${2 * half} ${2 * half}`);
    const r = half * 0.3;
    this.cross.setAttribute("d", `M${x - r} ${y}h${2 * r}M${x} ${y - r}v${2 * r}`);
    this.cross.setAttribute("stroke-width", half * 0.035);
  }

  hideLoupe() {
    this.loupe.style.display = "none";
  }
}
