// The skeleton editor: the stage, the list of points, the tools, the keyboard, the draft.
const DRAFT_AFTER_MS = 500;
const STATES = [
  [VISIBLE, "Visible", "v", "●"],
  [OCCLUDED, "Occluded", "o", "◌"],
  [ABSENT, "Absent", "a", "–"],
];
const KEYS = [
  ["Space, Shift+Space", "next point, point before"],
  ["Arrows", "move the point by 1 px, with Shift by 10"],
  ["V, O, A", "visible, occluded, absent"],
  ["Z, Y", "undo, redo (also with Ctrl)"],
  ["S, Shift+S", "swap left and right of this limb, of all"],
  ["C", "copy from the picture before"],
  ["I", "interpolate between the pictures before and after"],
  ["M", "ask the model in use"],
  ["+, −, 0", "zoom in, out, whole picture (also wheel, pinch)"],
  ["Alt+arrows", "move the picture (also drag it)"],
  ["L, H", "names on or off, skeleton on or off"],
  ["Enter", "save and go on"],
  ["X", "skip this picture"],
  ["?", "this help"],
];

function element(tag, className, parent, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  if (parent) parent.appendChild(made);
  if (tag === "button") made.type = "button";
  return made;
}

class Editor {
  constructor(parent) {
    this.root = element("section", "editor", parent);
    this.root.tabIndex = 0;
    this.root.setAttribute("aria-label", "Skeleton editor. Press ? for the keys.");
    const well = element("div", "well", this.root);
    this.stage = new Stage(well, {
      select: (k) => this.select(k),
      begin: () => (this.dragged = Symbol("a drag is one step")),
      drag: (k, at) => this.labelling.place(k, at, this.dragged) && this.show(),
      drop: () => this.changed(),
      tap: (at) => this.tap(at),
    });
    this.hint = element("p", "chip hint", well);
    this.side = element("div", "side", this.root);
    this.buildList();
    this.buildTools();
    this.help = element("dialog", "help", this.root);
    this.buildHelp();
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("pointerdown", () => this.root.focus({ preventScroll: true }));
    // On a narrow screen all names together hide the infant.
    this.names = this.root.getBoundingClientRect().width > 600;
    this.hidden = false;
  }

  buildList() {
    this.list = element("div", "list", this.side);
    this.states = element("div", "states", this.side);
    this.states.setAttribute("role", "group");
    this.stateButtons = STATES.map(([state, word, key, sign]) => {
      const button = element("button", "", this.states, `${sign} ${word}`);
      button.title = `${word} (${key.toUpperCase()})`;
      button.onclick = () => this.setState(state);
      return button;
    });
  }

  buildTools() {
    const tools = element("div", "tools", this.side);
    const add = (name, text, title, how) => {
      const button = element("button", "", tools, text);
      button.title = title;
      button.onclick = how;
      this[name] = button;
    };
    add("undoButton", "Undo", "Undo (Z)", () => this.undo());
    add("redoButton", "Redo", "Redo (Y)", () => this.redo());
    add("limbButton", "Swap limb", "Swap left and right of this limb (S)", () => this.swapLimb());
    add("allButton", "Swap all", "Swap left and right of all points (Shift+S)", () => this.swapAll());
    add("previousButton", "Copy before", "", () => this.take("previous"));
    add("betweenButton", "Interpolate", "", () => this.take("between"));
    add("modelButton", "Ask model", "Let the model in use propose the points (M)", () => this.suggest());
    add("fitButton", "Whole picture", "Zoom out (0)", () => this.fit());
    add("namesButton", "Names", "Names on or off (L)", () => this.toggle("names"));
    add("helpButton", "Keys ?", "All keys (?)", () => this.help.showModal());
    this.line = element("p", "line", this.side);
    this.line.setAttribute("aria-live", "polite");
    const ends = element("div", "ends", this.side);
    this.saveButton = element("button", "save", ends, "Save");
    this.saveButton.title = "Save and go on (Enter)";
    this.saveButton.onclick = () => this.save();
    this.skipButton = element("button", "", ends, "Skip");
    this.skipButton.title = "Skip this picture (X)";
    this.skipButton.onclick = () => this.skip();
  }

  buildHelp() {
    element("h3", "", this.help, "Keys");
    const table = element("dl", "", this.help);
    for (const [keys, what] of KEYS) {
      element("dt", "", table, keys);
      element("dd", "", table, what);
    }
    const shapes = "The infant's left is round and blue, its right square and orange, the nose a diamond. Filled: visible. Hollow and dashed: occluded.";
    element("p", "", this.help, shapes);
    const close = element("button", "", this.help, "Close");
    close.onclick = () => this.help.close();
    this.help.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "?") this.help.close();
    });
  }

  update({ data, setStateValue, setTriggerValue }) {
    this.setStateValue = setStateValue;
    this.trigger = setTriggerValue;
    this.data = data;
    if (this.mark !== data.mark) this.open(data);
    if (this.waiting && data.offers.model) {
      this.waiting = false;
      this.take("model");
    } else if (this.waiting && data.fault) {
      this.waiting = false;
    }
    if (data.fault) this.saving = false;
    this.acknowledge();
    this.show();
  }

  open(data) {
    const isFirst = this.mark === undefined;
    this.mark = data.mark;
    clearTimeout(this.soon);
    this.dirty = false;
    this.waiting = false;
    this.saving = false;
    this.labelling = new Labelling(data.points, data.steps, data);
    this.buildPoints();
    this.stage.open(data);
    this.restore();
    const absent = this.labelling.points.findIndex((point) => point[2] === ABSENT);
    this.selected = this.labelling.placed || absent < 0 ? 0 : absent;
    if (isFirst) this.root.classList.add("open");
  }

  buildPoints() {
    this.list.replaceChildren();
    this.pointButtons = [];
    const heads = element("div", "heads", this.list);
    element("span", "right", heads, "■ infant's right");
    element("span", "left", heads, "● infant's left");
    for (const k of this.data.order) {
      const button = element("button", `joint ${this.data.sides[k]}`, this.list);
      element("span", "name", button, this.data.joints[k]);
      element("span", "sign", button);
      button.setAttribute("aria-label", this.data.names[k]);
      button.onclick = () => this.select(k);
      this.pointButtons[k] = button;
    }
  }

  show() {
    const { labelling, data, selected } = this;
    this.stage.show({
      points: labelling.points,
      limbs: data.limbs,
      colours: data.colours,
      sides: data.sides,
      names: data.names,
      labels: this.names,
      hidden: this.hidden,
      ghosts: data.ghosts.map((points) => ({ points, limbs: data.limbs })),
      selected,
    });
    labelling.points.forEach(([, , state], k) => {
      const button = this.pointButtons[k];
      button.setAttribute("aria-pressed", k === selected);
      const [, word, , sign] = STATES.find(([one]) => one === state);
      button.lastChild.textContent = sign;
      button.title = word;
    });
    STATES.forEach(([state], at) => {
      this.stateButtons[at].setAttribute("aria-pressed", labelling.points[selected][2] === state);
    });
    this.showTools();
  }

  showTools() {
    const { labelling, data } = this;
    this.undoButton.disabled = !labelling.past.length;
    this.redoButton.disabled = !labelling.future.length;
    this.limbButton.disabled = !data.twins || labelling.twins[this.selected] === this.selected;
    this.namesButton.setAttribute("aria-pressed", this.names);
    for (const [name, key] of [["previous", "C"], ["between", "I"]]) {
      const offer = data.offers[name];
      this[`${name}Button`].disabled = !offer;
      this[`${name}Button`].title = offer ? `${offer.words} (${key})` : data.without[name];
    }
    this.modelButton.disabled = this.waiting;
    this.modelButton.textContent = this.waiting ? "Asking …" : "Ask model";
    const empty = labelling.placed === 0;
    this.saveButton.textContent = empty ? "Save as empty" : "Save";
    this.saveButton.disabled = this.skipButton.disabled = this.saving;
    const absent = labelling.points[this.selected][2] === ABSENT;
    this.hint.hidden = !absent;
    this.hint.textContent = `Click where the ${data.names[this.selected]} lies`;
    this.line.textContent = data.fault || (this.saving ? "Saving …" : this.dirty ? "Not saved yet" : data.line);
    this.line.classList.toggle("fault", Boolean(data.fault));
  }

  select(k) {
    this.selected = k;
    const [x, y, state] = this.labelling.points[k];
    if (state !== ABSENT) this.stage.reveal([x, y]);
    this.show();
  }

  next(step) {
    const at = this.data.order.indexOf(this.selected);
    const count = this.data.order.length;
    this.select(this.data.order[(at + step + count) % count]);
  }

  // A click beside all points places the chosen one when it is absent, and goes on to the next.
  tap(at) {
    const k = this.selected;
    if (this.labelling.points[k][2] !== ABSENT) return;
    this.labelling.place(k, at);
    const order = this.data.order;
    const rest = [...order.slice(order.indexOf(k) + 1), ...order];
    const absent = rest.find((one) => this.labelling.points[one][2] === ABSENT);
    if (absent !== undefined) this.selected = absent;
    this.changed();
  }

  setState(state) {
    if (this.labelling.setState(this.selected, state, this.stage.middle)) this.changed();
  }

  nudge(dx, dy) {
    const [x, y, state] = this.labelling.points[this.selected];
    if (state === ABSENT) return;
    const name = `nudge ${this.selected}`;
    if (this.labelling.place(this.selected, [x + dx, y + dy], name)) this.changed();
  }

  undo() {
    if (this.labelling.undo()) this.changed();
  }

  redo() {
    if (this.labelling.redo()) this.changed();
  }

  swapLimb() {
    if (this.labelling.swapLimb(this.selected)) this.changed();
  }

  swapAll() {
    if (this.labelling.swapAll()) this.changed();
  }

  fit() {
    this.stage.fit();
  }

  toggle(what) {
    this[what] = !this[what];
    this.show();
  }

  take(name) {
    const offer = this.data.offers[name];
    if (offer && this.labelling.apply(offer.points, offer.step)) this.changed();
  }

  suggest() {
    if (this.data.offers.model) return this.take("model");
    this.waiting = true;
    this.trigger("suggest", { frame: this.data.frame });
    this.showTools();
  }

  save() {
    this.end("save", { points: this.labelling.sent(), steps: this.labelling.now.steps });
  }

  skip() {
    this.end("skip", { points: this.labelling.sent(), steps: this.labelling.now.steps });
  }

  end(name, content) {
    if (this.saving) return;
    clearTimeout(this.soon);
    this.saving = true;
    this.showTools();
    this.trigger(name, { frame: this.data.frame, ...content });
    // A save that was refused leaves the picture as it is; then it can be tried again.
    setTimeout(() => {
      this.saving = false;
      this.showTools();
    }, 4000);
  }

  changed() {
    this.dirty = true;
    this.keep();
    this.show();
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.send(), DRAFT_AFTER_MS);
  }

  send() {
    this.setStateValue("draft", {
      frame: this.data.frame,
      points: this.labelling.sent(),
      steps: this.labelling.now.steps,
    });
  }

  // What the server has not taken yet stays in the browser, for a reload or a lost connection.
  get drawer() {
    return `cotside-labels-${this.data.frame}-${this.data.annotator}`;
  }

  keep() {
    const content = { base: this.data.kept, points: this.labelling.sent(), steps: this.labelling.now.steps };
    try {
      localStorage.setItem(this.drawer, JSON.stringify(content));
    } catch {
      // No room, or not allowed: the server's draft remains.
    }
  }

  acknowledge() {
    const kept = JSON.stringify(this.data.kept_points);
    if (!this.dirty) return;
    // Changed again since it was sent: what is in the drawer builds on what the server has now.
    if (kept !== JSON.stringify(this.labelling.sent())) return this.keep();
    this.dirty = false;
    this.forget();
  }

  forget() {
    try {
      localStorage.removeItem(this.drawer);
    } catch {
      // Nothing was kept there either.
    }
  }

  restore() {
    let left = null;
    try {
      left = JSON.parse(localStorage.getItem(this.drawer));
    } catch {
      return;
    }
    if (!left) return;
    // Somebody went on elsewhere since: what the server has is newer.
    if (left.base !== this.data.kept || left.points.length !== this.data.points.length) return this.forget();
    if (this.labelling.apply(left.points, null)) this.changed();
  }

  key(event) {
    if (this.help.open || event.target.closest("dialog")) return;
    const typed = event.key.toLowerCase();
    const command = event.ctrlKey || event.metaKey;
    const does = this.command(event, typed, command);
    if (!does) return;
    event.preventDefault();
    // Streamlit has keys of its own on the page.
    event.stopPropagation();
    does();
  }

  command(event, typed, command) {
    if (typed === "z") return () => (event.shiftKey ? this.redo() : this.undo());
    if (typed === "y") return () => this.redo();
    if (command) return null;
    const arrows = { arrowleft: [-1, 0], arrowright: [1, 0], arrowup: [0, -1], arrowdown: [0, 1] };
    if (arrows[typed]) {
      const [dx, dy] = arrows[typed];
      const far = this.stage.view[2] / 8;
      if (event.altKey) return () => this.stage.pan(dx * far, dy * far);
      const step = event.shiftKey ? 10 : 1;
      return () => this.nudge(dx * step, dy * step);
    }
    // Enter and space press the button that has the focus.
    const onButton = event.target.closest("button") !== null;
    if (onButton && (typed === "enter" || typed === " ")) return null;
    return {
      " ": () => this.next(event.shiftKey ? -1 : 1),
      v: () => this.setState(VISIBLE),
      o: () => this.setState(OCCLUDED),
      a: () => this.setState(ABSENT),
      s: () => (event.shiftKey ? this.swapAll() : this.swapLimb()),
      c: () => this.take("previous"),
      i: () => this.take("between"),
      m: () => this.suggest(),
      "+": () => this.stage.zoomBy(1.4),
      "=": () => this.stage.zoomBy(1.4),
      "-": () => this.stage.zoomBy(1 / 1.4),
      0: () => this.fit(),
      l: () => this.toggle("names"),
      h: () => this.toggle("hidden"),
      x: () => this.skip(),
      enter: () => this.save(),
      "?": () => this.help.showModal(),
    }[typed];
  }

  remove() {
    clearTimeout(this.soon);
    this.stage.resized.disconnect();
    this.root.remove();
  }
}

const editors = new WeakMap();

export default function (component) {
  const parent = component.parentElement;
  let editor = editors.get(parent);
  if (!editor) {
    editor = new Editor(parent);
    editors.set(parent, editor);
  }
  editor.update(component);
  return () => {
    editor.remove();
    editors.delete(parent);
  };
}
