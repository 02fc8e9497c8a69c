// Movement and confidence over the whole film, what cannot be assessed, the moments worth a look,
// and people's notes. A press seeks. Only the cursor is drawn anew while the film plays.
const LANE = 44;
const TITLE = 15;
const TICKS = 8;
const MARKS = 14;
const SPACE = 6;
const KIND_WORDS = { uncertain: "uncertain", jump: "jumps", hidden: "hidden" };

class Strips {
  constructor(parent, heard) {
    this.heard = heard;
    this.root = node("div", "strips", parent);
    this.ground = node("canvas", "", this.root);
    this.front = node("canvas", "front", this.root);
    this.line = node("p", "line", parent);
    this.line.setAttribute("aria-live", "off");
    this.survey = null;
    this.notes = [];
    this.lengthMs = 0;
    this.cursorMs = 0;
    this.front.addEventListener("pointerdown", (event) => {
      this.front.setPointerCapture(event.pointerId);
      this.isHeld = true;
      this.heard.seek(this.msAt(event));
    });
    this.front.addEventListener("pointermove", (event) => {
      this.tell(event);
      if (this.isHeld) this.heard.seek(this.msAt(event));
    });
    for (const over of ["pointerup", "pointercancel"]) {
      this.front.addEventListener(over, () => (this.isHeld = false));
    }
    this.front.addEventListener("pointerleave", () => (this.line.textContent = this.idle()));
    this.resized = new ResizeObserver(() => this.paint());
    this.resized.observe(this.root);
  }

  idle() {
    if (!this.survey) return "Reading the whole film…";
    const counts = Object.entries(this.survey.moments).map(
      ([kind, list]) => `${list.length} ${KIND_WORDS[kind]}`,
    );
    return counts.join(" · ");
  }

  get height() {
    return 2 * (TITLE + LANE + SPACE) + 3 * TICKS + MARKS;
  }

  msAt(event) {
    const box = this.front.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / Math.max(1, box.width)));
    return share * this.lengthMs;
  }

  x(ms) {
    return this.lengthMs ? (ms / this.lengthMs) * this.width : 0;
  }

  tell(event) {
    const ms = this.msAt(event);
    const told = [clockWords(ms)];
    if (this.survey && this.survey.motion.mean) {
      const bin = Math.min(this.survey.motion.mean.length - 1, Math.floor(ms / this.survey.bin_ms));
      const blocked = this.survey.blocked.find(([from, to]) => bin >= from && bin <= to);
      const motion = this.survey.motion.high[bin];
      const sure = this.survey.confidence.mean[bin];
      if (blocked) told.push(`not assessable: ${blocked[2]}`);
      else if (motion !== null) told.push(`movement up to ${motion.toFixed(2)} trunk/s`);
      if (sure !== null) told.push(`confidence ${Math.round(100 * sure)} %`);
    }
    const near = (this.lengthMs / Math.max(1, this.width)) * 4;
    for (const note of this.notes) {
      if (ms >= note.from_ms - near && ms <= note.to_ms + near) told.push(note.text);
    }
    this.line.textContent = told.join(" · ");
  }

  colours() {
    const style = getComputedStyle(this.root);
    const named = (name, other) => style.getPropertyValue(name).trim() || other;
    return {
      ink: named("--st-primary-color", "#0b6e78"),
      text: named("--st-text-color", "#17232b"),
      hair: named("--st-border-color", "#d3dce0"),
      warm: named("--st-orange-text-color", "#8a5a00"),
    };
  }

  sized(canvas) {
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    canvas.width = Math.round(this.width * ratio);
    canvas.height = Math.round(this.height * ratio);
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    return context;
  }

  paint() {
    this.width = Math.max(40, this.root.clientWidth);
    this.root.style.height = `${this.height}px`;
    const context = this.sized(this.ground);
    const colours = this.colours();
    this.line.textContent = this.idle();
    const lane = TITLE + LANE + SPACE;
    this.lane(context, TITLE, "motion", colours.ink, colours);
    this.lane(context, lane + TITLE, "confidence", colours.warm, colours);
    this.paintMoments(context, 2 * lane, colours);
    this.paintNotes(context, 2 * lane + 3 * TICKS, colours);
    this.paintCursor();
  }

  lane(context, top, name, colour, colours) {
    context.globalAlpha = 1;
    context.fillStyle = colours.hair;
    context.fillRect(0, top + LANE - 1, this.width, 1);
    const values = this.survey && this.survey[name];
    if (values && values.high) {
      const scale = name === "confidence" ? 1 : this.fullScale(values.high);
      const bin = this.x(this.survey.bin_ms);
      const y = (value) => top + LANE - 1 - (LANE - 4) * Math.min(1, value / scale);
      for (let at = 0; at < values.high.length; at += 1) {
        if (values.high[at] === null) continue;
        const from = y(values.high[at]);
        const to = Math.max(from + 1, y(values.low[at]));
        context.globalAlpha = 0.4;
        context.fillStyle = colour;
        context.fillRect(at * bin, from, Math.max(1, bin), to - from);
        context.globalAlpha = 1;
        context.fillRect(at * bin, y(values.mean[at]), Math.max(1, bin), 1.5);
      }
      if (name === "motion") this.shade(context, top, colours);
      context.globalAlpha = 0.72;
      context.fillStyle = colours.text;
      context.font = "12px sans-serif";
      const words = name === "motion" ? `Movement, to ${scale.toFixed(1)} trunk/s` : "Confidence";
      context.fillText(words, 2, top - 4);
    }
    context.globalAlpha = 1;
  }

  // The scale holds all but the wildest hundredth, so that one leap does not flatten the rest.
  fullScale(highs) {
    const known = highs.filter((value) => value !== null).sort((a, b) => a - b);
    return Math.max(0.5, known.length ? known[Math.floor(0.99 * (known.length - 1))] : 0.5);
  }

  shade(context, top, colours) {
    const bin = this.x(this.survey.bin_ms);
    context.save();
    for (const [from, to] of this.survey.blocked) {
      const left = from * bin;
      const width = Math.max(1.5, (to - from + 1) * bin);
      context.globalAlpha = 0.12;
      context.fillStyle = colours.text;
      context.fillRect(left, top, width, LANE);
      context.globalAlpha = 0.35;
      context.strokeStyle = colours.text;
      context.lineWidth = 1;
      context.save();
      context.beginPath();
      context.rect(left, top, width, LANE);
      context.clip();
      context.beginPath();
      for (let x = left - LANE; x < left + width; x += 7) {
        context.moveTo(x, top + LANE);
        context.lineTo(x + LANE, top);
      }
      context.stroke();
      context.restore();
    }
    context.restore();
  }

  paintMoments(context, top, colours) {
    if (!this.survey) return;
    const kinds = { uncertain: colours.warm, jump: colours.text, hidden: colours.ink };
    Object.entries(kinds).forEach(([kind, colour], lane) => {
      context.fillStyle = colour;
      for (const [from, to] of this.survey.moments[kind] || []) {
        const width = Math.max(2, this.x(to) - this.x(from));
        context.fillRect(this.x(from), top + lane * TICKS + 1, width, TICKS - 2);
      }
    });
  }

  paintNotes(context, top, colours) {
    for (const note of this.notes) {
      const x = this.x(note.from_ms);
      context.fillStyle = note.kind === "flag" ? colours.warm : colours.text;
      context.globalAlpha = 0.35;
      context.fillRect(x, top + 4, Math.max(2, this.x(note.to_ms) - x), MARKS - 6);
      context.globalAlpha = 1;
      context.beginPath();
      if (note.kind === "flag") {
        context.moveTo(x, top + 2);
        context.lineTo(x + 9, top + 6);
        context.lineTo(x, top + 10);
      } else context.arc(x + 3, top + 7, 4, 0, 2 * Math.PI);
      context.fill();
    }
  }

  move(ms) {
    this.cursorMs = ms;
    this.paintCursor();
  }

  paintCursor() {
    if (!this.width) return;
    if (this.front.width !== this.ground.width) this.sized(this.front);
    if (this.front.height !== this.ground.height) this.sized(this.front);
    const context = this.front.getContext("2d");
    context.clearRect(0, 0, this.width, this.height);
    const colours = this.cursorColours || (this.cursorColours = this.colours());
    if (this.span) {
      context.globalAlpha = 0.18;
      context.fillStyle = colours.ink;
      const from = this.x(this.span[0]);
      context.fillRect(from, 0, Math.max(2, this.x(this.span[1]) - from), this.height);
      context.globalAlpha = 1;
    }
    context.fillStyle = colours.text;
    context.fillRect(this.x(this.cursorMs) - 1, 0, 2, this.height);
  }

  close() {
    this.resized.disconnect();
  }
}

function clockWords(ms, exact = false) {
  const whole = Math.floor(ms / 1000);
  const two = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const rest = exact ? `.${String(Math.floor(ms) % 1000).padStart(3, "0")}` : "";
  const tail = `${two(whole % 60)}${rest}`;
  return hours ? `${hours}:${two(minutes)}:${tail}` : `${minutes}:${tail}`;
}
