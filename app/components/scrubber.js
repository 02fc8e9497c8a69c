// Scrub through a stored skeleton. The whole span lies in the browser, so moving is instant.
// Space plays and pauses; arrows step a frame, with Shift a second; Home and End jump.
const ABSENT = 65535;
const GAP_MS = 2000;
const ASK_AGAIN_MS = 10000;
const SPEEDS = [0.25, 0.5, 1, 2, 4, 8];

function element(tag, className, parent) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (parent) parent.appendChild(made);
  return made;
}

function bytes(text) {
  const binary = atob(text);
  const made = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) made[at] = binary.charCodeAt(at);
  return made;
}

class Scrubber {
  constructor(parent) {
    this.root = element("section", "scrubber", parent);
    this.root.tabIndex = 0;
    this.root.setAttribute("aria-label", "Recorded skeleton. Space plays, arrows step.");
    this.stage = element("div", "stage", this.root);
    this.video = element("video", "", this.stage);
    this.video.muted = true;
    this.video.playsInline = true;
    this.video.preload = "auto";
    // A seek that was asked for while another ran is made up for once that one is done.
    this.video.addEventListener("seeked", () => this.renewVideo());
    this.video.addEventListener("loadeddata", () => this.renewVideo());
    this.video.addEventListener("error", () => this.lose());
    this.canvas = element("canvas", "", this.stage);
    this.note = element("p", "chip note", this.stage);
    const bar = element("div", "bar", this.root);
    this.band = element("canvas", "band", bar);
    this.slider = element("input", "", bar);
    this.slider.type = "range";
    this.slider.min = 0;
    this.slider.setAttribute("aria-label", "Frame");
    this.slider.oninput = () => this.seek(Number(this.slider.value));
    const row = element("div", "row", this.root);
    this.play = element("button", "play", row);
    this.play.type = "button";
    this.play.onclick = () => this.toggle();
    for (const [text, label, frames] of [
      ["‹", "One frame back", -1],
      ["›", "One frame on", 1],
    ]) {
      const step = element("button", "", row);
      step.type = "button";
      step.textContent = text;
      step.setAttribute("aria-label", label);
      step.onclick = () => this.step(frames);
    }
    this.speed = element("select", "", row);
    this.speed.setAttribute("aria-label", "Speed");
    for (const speed of SPEEDS) {
      const option = element("option", "", this.speed);
      option.value = speed;
      option.textContent = `${speed}×`;
      option.selected = speed === 1;
    }
    this.clock = element("span", "clock", row);
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.resized = new ResizeObserver(() => this.paint());
    this.resized.observe(this.stage);
    this.playing = false;
  }

  update({ data: [data], setTriggerValue }) {
    this.trigger = setTriggerValue;
    if (this.mark === data.mark) {
      // The same span with new addresses: the old ones expire.
      this.data.videos = data.videos;
      if (this.lost) this.renewVideo();
      return;
    }
    this.mark = data.mark;
    this.data = data;
    this.times = new Int32Array(bytes(data.times_ms).buffer);
    this.points = new Uint16Array(bytes(data.points).buffer);
    this.scores = bytes(data.scores);
    this.reasons = bytes(data.reasons);
    this.count = this.times.length;
    this.slider.max = Math.max(0, this.count - 1);
    this.format = new Intl.DateTimeFormat(undefined, {
      timeZone: data.zone,
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      fractionalSecondDigits: 1,
      hourCycle: "h23",
    });
    this.frame = 0;
    this.pause();
    this.drawBand();
    const opened = this.times.findIndex((ms) => data.start_ms + ms >= data.open_ms);
    this.seek(opened < 0 ? this.count - 1 : opened);
  }

  key(event) {
    if (event.target === this.speed) return;
    const steps = { ArrowLeft: -1, ArrowRight: 1 };
    if (event.key === " ") this.toggle();
    else if (event.key === "Home") this.seek(0);
    else if (event.key === "End") this.seek(this.count - 1);
    else if (steps[event.key] && event.shiftKey) this.jump(steps[event.key] * 1000);
    else if (steps[event.key]) this.step(steps[event.key]);
    else return;
    event.preventDefault();
  }

  toggle() {
    if (this.playing) this.pause();
    else this.start();
  }

  start() {
    if (!this.count) return;
    if (this.frame >= this.count - 1) this.seek(0);
    this.playing = true;
    this.target = null;
    this.playAt = this.times[this.frame];
    this.last = performance.now();
    this.showPlay();
    requestAnimationFrame((now) => this.run(now));
  }

  pause() {
    this.playing = false;
    this.showPlay();
    this.renewVideo();
  }

  showPlay() {
    this.play.textContent = this.playing ? "Pause" : "Play";
    this.root.dataset.playing = String(this.playing);
  }

  run(now) {
    if (!this.playing) return;
    this.playAt += (now - this.last) * Number(this.speed.value);
    this.last = now;
    let next = this.frame;
    while (next + 1 < this.count && this.times[next + 1] <= this.playAt) next += 1;
    if (next + 1 < this.count && this.times[next + 1] - this.times[next] > GAP_MS) {
      next += 1;
      this.playAt = this.times[next];
    }
    this.show(next);
    if (next >= this.count - 1) this.pause();
    else requestAnimationFrame((later) => this.run(later));
  }

  step(frames) {
    this.pause();
    this.seek(this.frame + frames);
  }

  jump(ms) {
    const target = this.times[this.frame] + ms;
    let next = this.frame;
    if (ms > 0) while (next + 1 < this.count && this.times[next] < target) next += 1;
    else while (next > 0 && this.times[next] > target) next -= 1;
    this.pause();
    this.seek(next);
  }

  seek(frame) {
    this.show(Math.min(this.count - 1, Math.max(0, frame)));
    if (this.count) this.playAt = this.times[this.frame];
  }

  show(frame) {
    this.frame = frame;
    this.slider.value = frame;
    this.root.dataset.frame = frame;
    if (!this.count) return;
    const at = this.data.start_ms + this.times[frame];
    this.clock.textContent = `${this.format.format(at)}  ${this.data.zone}`;
    this.showVideo(at);
    this.showNote();
    this.paint();
  }

  showNote() {
    const reason = this.data.reason_words[this.reasons[this.frame]];
    const picture = this.video.hidden
      ? ""
      : this.lost
        ? "the kept picture cannot be loaded"
        : this.video.readyState < 2
          ? "loading the kept picture"
          : "";
    this.note.textContent = [reason, picture].filter(Boolean).join("; ");
    this.note.hidden = !this.note.textContent;
  }

  renewVideo() {
    if (!this.count) return;
    this.showVideo(this.data.start_ms + this.times[this.frame]);
    this.showNote();
  }

  // The file is gone or its address has expired: new addresses are asked for, not too often.
  lose() {
    this.lost = true;
    this.file = "";
    this.showNote();
    const now = performance.now();
    if (this.trigger && now - (this.askedAt ?? -Infinity) > ASK_AGAIN_MS) {
      this.askedAt = now;
      this.trigger("expired", Math.round(now));
    }
  }

  showVideo(at) {
    const kept = this.data.videos.find((video) => at >= video.from_ms && at <= video.to_ms);
    this.video.hidden = !kept;
    if (!kept) return;
    const file = kept.url.split("?")[0];
    if (this.file !== file && !(this.lost && this.address === kept.url)) {
      this.file = file;
      this.address = kept.url;
      this.lost = false;
      this.target = null;
      this.video.src = kept.url;
    }
    // Frames' times are cut to whole ms here: the picture of this very frame has begun 1 ms later.
    const wanted = (at - kept.from_ms + 1) / 1000;
    // Seeking each frame would never settle; the drawn skeleton leads and the picture follows.
    const isOff = this.playing
      ? Math.abs(this.video.currentTime - wanted) > 0.25
      : this.target !== wanted;
    if (isOff && !this.video.seeking) {
      this.target = wanted;
      this.video.currentTime = wanted;
    }
    if (this.playing && this.video.paused) {
      this.video.playbackRate = Number(this.speed.value);
      this.video.play().catch(() => {});
    } else if (!this.playing && !this.video.paused) {
      this.video.pause();
    }
  }

  aspect() {
    let aspect = 4 / 3;
    for (const [from, value] of this.data.aspects) if (from <= this.frame) aspect = value;
    return aspect;
  }

  paint() {
    if (!this.data || !this.count) return;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const width = Math.round(this.stage.clientWidth * ratio);
    const height = Math.round(this.stage.clientHeight * ratio);
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    const aspect = this.aspect();
    const shown =
      width / height > aspect
        ? { width: height * aspect, height }
        : { width, height: width / aspect };
    const left = (width - shown.width) / 2;
    const top = (height - shown.height) / 2;
    const joints = this.data.colours.length;
    const at = [];
    for (let joint = 0; joint < joints; joint += 1) {
      const index = (this.frame * joints + joint) * 2;
      const x = this.points[index];
      const y = this.points[index + 1];
      const score = this.scores[this.frame * joints + joint] / 255;
      at.push(
        x === ABSENT || score < this.data.doubtful
          ? null
          : {
              x: left + (x / (ABSENT - 1)) * shown.width,
              y: top + (y / (ABSENT - 1)) * shown.height,
              sure: score >= this.data.sure,
            },
      );
    }
    this.paintSkeleton(context, at, Math.max(2, shown.width / 170));
  }

  paintSkeleton(context, at, thick) {
    context.lineCap = "round";
    for (const [a, b] of this.data.limbs) {
      if (!at[a] || !at[b]) continue;
      const colours = this.data.colours;
      const sure = at[a].sure && at[b].sure;
      context.strokeStyle = colours[a] === colours[b] ? colours[a] : this.data.midline;
      context.globalAlpha = sure ? 1 : 0.45;
      context.lineWidth = sure ? thick : thick / 2;
      context.beginPath();
      context.moveTo(at[a].x, at[a].y);
      context.lineTo(at[b].x, at[b].y);
      context.stroke();
    }
    at.forEach((point, joint) => {
      if (!point) return;
      context.globalAlpha = 1;
      context.beginPath();
      context.arc(point.x, point.y, thick * 1.35, 0, 2 * Math.PI);
      context.lineWidth = thick * 0.6;
      context.strokeStyle = this.data.colours[joint];
      context.fillStyle = point.sure ? this.data.colours[joint] : "#0b1115";
      context.fill();
      context.stroke();
    });
  }

  drawBand() {
    const width = 900;
    this.band.width = width;
    this.band.height = 1;
    const context = this.band.getContext("2d");
    for (let x = 0; x < width; x += 1) {
      const frame = Math.min(this.count - 1, Math.floor((x / width) * this.count));
      const blocked = this.count > 0 && this.data.blocked[this.reasons[frame]];
      context.fillStyle = blocked ? "#7d8b93" : getComputedStyle(this.root).getPropertyValue("--ink");
      context.globalAlpha = blocked ? 0.35 : 1;
      context.fillRect(x, 0, 1, 1);
    }
  }

  close() {
    this.playing = false;
    this.resized.disconnect();
    this.root.remove();
  }
}

const scrubbers = new WeakMap();

export default function (component) {
  const parent = component.parentElement;
  let scrubber = scrubbers.get(parent);
  if (!scrubber) {
    scrubber = new Scrubber(parent);
    scrubbers.set(parent, scrubber);
  }
  scrubber.update(component);
  return () => {
    scrubber.close();
    scrubbers.delete(parent);
  };
}
