// What is being labelled, apart from how it is drawn: points, their states, undo and redo.
const ABSENT = 0;
const OCCLUDED = 1;
const VISIBLE = 2;
const MOST_STEPS_BACK = 200;

class Labelling {
  // points: [x, y, state] a keypoint; twins: each keypoint's mirror; limbs: those that swap as one.
  constructor(points, steps, { twins, limbs_of: limbs, width, height }) {
    this.now = { points: points.map((point) => [...point]), steps: [...steps] };
    this.past = [];
    this.future = [];
    this.twins = twins;
    this.limbs = limbs;
    this.size = [width, height];
  }

  get points() {
    return this.now.points;
  }

  // Change things as one step that can be undone; a row of nudges of one point is one step.
  change(how, step = null, nudge = null) {
    const before = this.copy();
    how(this.now.points);
    if (step) this.now.steps = [...this.now.steps.filter((one) => one !== step), step];
    if (JSON.stringify(this.now) === JSON.stringify(before)) return false;
    if (nudge === null || nudge !== this.nudge) this.past.push(before);
    if (this.past.length > MOST_STEPS_BACK) this.past.shift();
    this.nudge = nudge;
    this.future = [];
    return true;
  }

  copy() {
    return JSON.parse(JSON.stringify(this.now));
  }

  undo() {
    return this.step(this.past, this.future);
  }

  redo() {
    return this.step(this.future, this.past);
  }

  step(from, to) {
    if (!from.length) return false;
    to.push(this.copy());
    this.now = from.pop();
    this.nudge = null;
    return true;
  }

  inside([x, y]) {
    const [width, height] = this.size;
    const keep = (value, size) => Math.round(Math.min(size - 1, Math.max(0, value)) * 100) / 100;
    return [keep(x, width), keep(y, height)];
  }

  place(k, at, nudge = null) {
    return this.change(
      (points) => {
        points[k] = [...this.inside(at), points[k][2] || VISIBLE];
      },
      null,
      nudge,
    );
  }

  // A point that was never placed appears at ``at`` when it is called visible or occluded.
  setState(k, state, at) {
    return this.change((points) => {
      const [x, y] = points[k];
      const placed = x !== 0 || y !== 0;
      points[k] = [...(placed ? [x, y] : this.inside(at)), state];
    });
  }

  swap(chosen) {
    const pairs = chosen.filter((k) => k < this.twins[k] && chosen.includes(this.twins[k]));
    return this.change((points) => {
      for (const k of pairs) {
        [points[k], points[this.twins[k]]] = [points[this.twins[k]], points[k]];
      }
    });
  }

  swapAll() {
    return this.swap(this.twins.map((_, k) => k));
  }

  swapLimb(k) {
    return this.swap(this.limbs.find((limb) => limb.includes(k)) || []);
  }

  apply(points, step) {
    const taken = ([x, y, state]) => (state === ABSENT ? [0, 0, 0] : [...this.inside([x, y]), state]);
    return this.change((mine) => points.forEach((point, k) => (mine[k] = taken(point))), step);
  }

  // As it is sent: an absent point has no place.
  sent() {
    return this.points.map(([x, y, state]) => (state === ABSENT ? [0, 0, 0] : [x, y, state]));
  }

  get placed() {
    return this.points.filter((point) => point[2] !== ABSENT).length;
  }
}
