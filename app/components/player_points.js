// The keypoints of a film: all frames' times at once, the points in parts as they are looked at.
// Times are ms from the film's start; frames are numbered from 0.
const KEPT_PARTS = 160;
const ASKED_AT_ONCE = 3;

function lowerBound(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

class Points {
  constructor(data, arrived) {
    this.data = data;
    this.arrived = arrived;
    this.joints = data.drawing.keypoints.length;
    this.times = new Float64Array(0);
    this.parts = new Map();
    this.asked = new Map();
    this.failed = new Map();
  }

  get count() {
    return this.times.length;
  }

  async loadTimes() {
    const answer = await fetch(this.data.urls.times, { cache: "no-store" });
    if (!answer.ok) throw new Error(await answer.text());
    const steps = new Uint32Array(await answer.arrayBuffer());
    const times = new Float64Array(steps.length);
    let at = 0;
    for (let frame = 0; frame < steps.length; frame += 1) {
      at += steps[frame];
      times[frame] = at / 1000;
    }
    this.times = times;
  }

  // The frame that is nearest in time.
  nearest(ms) {
    const after = lowerBound(this.times, ms);
    if (after <= 0) return 0;
    if (after >= this.count) return this.count - 1;
    return ms - this.times[after - 1] <= this.times[after] - ms ? after - 1 : after;
  }

  step(frame) {
    const next = Math.min(this.count - 1, frame + 1);
    return next > frame ? this.times[next] - this.times[frame] : 40;
  }

  partOf(frame) {
    return Math.floor(this.times[frame] / this.data.drawing.part_ms);
  }

  // The pose of a frame; null while its part is on its way. Points are fractions of the picture.
  pose(frame) {
    const number = this.partOf(frame);
    const part = this.parts.get(number);
    if (!part) {
      this.ask(number);
      return null;
    }
    const at = frame - part.first;
    if (at < 0 || at >= part.count) return { flags: 0, joints: [] };
    const joints = [];
    for (let joint = 0; joint < this.joints; joint += 1) {
      const place = at * this.joints + joint;
      const x = part.points[2 * place];
      const score = part.scores[place] / 255;
      const missing = x === this.data.drawing.absent || score < this.data.drawing.doubtful;
      joints.push(
        missing
          ? null
          : {
              x: x / (this.data.drawing.absent - 1),
              y: part.points[2 * place + 1] / (this.data.drawing.absent - 1),
              sure: score >= this.data.drawing.sure,
              score,
            },
      );
    }
    return { flags: part.flags[at], joints };
  }

  // Ask ahead, so that playing never waits.
  prepare(frame, aheadMs) {
    const until = this.times[frame] + aheadMs;
    const last = Math.floor(this.times[this.count - 1] / this.data.drawing.part_ms);
    const to = Math.min(last, Math.floor(until / this.data.drawing.part_ms));
    for (let number = this.partOf(frame); number <= to; number += 1) {
      if (!this.parts.has(number)) this.ask(number);
    }
  }

  // While somebody scrubs, only the newest wishes count: older ones on their way are let go.
  async ask(number) {
    if (this.asked.has(number)) return;
    const failedAt = this.failed.get(number);
    if (failedAt !== undefined && performance.now() - failedAt < 2000) return;
    if (this.asked.size >= ASKED_AT_ONCE) {
      const [oldest, letGo] = this.asked.entries().next().value;
      letGo.abort();
      this.asked.delete(oldest);
    }
    const control = new AbortController();
    this.asked.set(number, control);
    try {
      const url = this.data.urls.points.replace("{}", number);
      const answer = await fetch(url, { cache: "no-store", signal: control.signal });
      if (!answer.ok) throw new Error(await answer.text());
      this.keep(number, await answer.arrayBuffer());
      this.failed.delete(number);
    } catch (error) {
      if (error.name !== "AbortError") this.failed.set(number, performance.now());
    }
    if (this.asked.get(number) === control) this.asked.delete(number);
    this.arrived(number);
  }

  keep(number, content) {
    const bytes = this.joints * 5 + 2;
    const count = Math.floor(content.byteLength / bytes);
    const points = count * this.joints * 4;
    this.parts.set(number, {
      first: lowerBound(this.times, number * this.data.drawing.part_ms),
      count,
      points: new Uint16Array(content, 0, count * this.joints * 2),
      flags: new Uint16Array(content, points, count),
      scores: new Uint8Array(content, points + 2 * count),
    });
    if (this.parts.size > KEPT_PARTS) this.parts.delete(this.parts.keys().next().value);
  }

  close() {
    for (const control of this.asked.values()) control.abort();
  }
}
