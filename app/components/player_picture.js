// The picture: a video and the pose over it, both under one zoom. The pose that is drawn is that of
// the picture which the browser says it shows (requestVideoFrameCallback), never of the one that
// was asked for. Without a video a clock leads.
const MOST_ZOOM = 12;
const CALIBRATE_MS = 4000;
const GROUND = "#0b1115";

function node(tag, className, parent, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  if (parent) parent.appendChild(made);
  return made;
}

class Picture {
  constructor(parent, heard) {
    this.heard = heard;
    this.stage = node("div", "stage", parent);
    this.video = node("video", "", this.stage);
    this.video.muted = true;
    this.video.playsInline = true;
    this.video.preload = "auto";
    this.video.disablePictureInPicture = true;
    this.canvas = node("canvas", "", this.stage);
    this.note = node("p", "chip note", this.stage);
    this.note.hidden = true;
    this.view = { scale: 1, x: 0, y: 0 };
    this.isDrawn = true;
    this.pose = null;
    this.origin = null;
    this.video.addEventListener("seeked", () => this.settle());
    this.video.addEventListener("ended", () => this.heard.ended());
    this.video.addEventListener("error", () => this.lose());
    this.video.addEventListener("loadedmetadata", () => this.arrange());
    this.resized = new ResizeObserver(() => this.paint());
    this.resized.observe(this.stage);
    this.listen();
  }

  // sources: [{url, drawn}] in the order of preference.
  load(sources, drawing) {
    this.sources = [...sources];
    this.drawing = drawing;
    this.next();
  }

  next() {
    this.source = this.sources.shift() || null;
    this.origin = null;
    this.wanted = null;
    clearTimeout(this.calibration);
    this.video.hidden = !this.source;
    if (!this.source) {
      this.video.removeAttribute("src");
      this.heard.noVideo();
      return;
    }
    this.video.src = this.source.url;
    this.follow();
    // A tab in the background is shown no pictures: then the film begins where it says it does.
    this.calibration = setTimeout(() => {
      if (this.origin === null && this.video.readyState >= 2) this.calibrate(0);
    }, CALIBRATE_MS);
  }

  lose() {
    if (!this.source || !this.video.error) return;
    this.next();
  }

  get isReady() {
    return this.source !== null && this.origin !== null;
  }

  follow() {
    const source = this.source;
    this.video.requestVideoFrameCallback((_now, shown) => {
      if (this.source !== source || this.closed) return;
      const ms = shown.mediaTime * 1000;
      if (this.origin === null) this.calibrate(ms);
      this.heard.shown(ms - this.origin, shown.presentedFrames);
      this.follow();
    });
  }

  // The first picture is where the film's times begin, whatever the file's own clock says.
  calibrate(ms) {
    clearTimeout(this.calibration);
    this.origin = ms;
    this.heard.ready(this.source.drawn);
  }

  // Only the last of many wishes is sought; the others are passed over.
  seek(ms) {
    this.wanted = ms;
    if (!this.isReady || this.video.seeking) return;
    this.video.currentTime = Math.max(0, (ms + this.origin) / 1000);
  }

  settle() {
    if (!this.isReady || this.wanted === null) return;
    const at = (this.wanted + this.origin) / 1000;
    if (Math.abs(this.video.currentTime - at) > 0.0005) {
      this.video.currentTime = Math.max(0, at);
      return;
    }
    this.wanted = null;
    this.heard.settled();
  }

  get isSettled() {
    return this.wanted === null && !this.video.seeking;
  }

  play(rate) {
    this.wanted = null;
    this.video.playbackRate = rate;
    this.video.play().catch(() => this.heard.ended());
  }

  pause() {
    this.video.pause();
  }

  say(text) {
    if (this.note.textContent !== text) this.note.textContent = text;
    this.note.hidden = !text;
  }

  show(pose) {
    this.pose = pose;
    this.paint();
  }

  aspect() {
    if (this.video.videoWidth) return this.video.videoWidth / this.video.videoHeight;
    return this.fallbackAspect || 16 / 9;
  }

  // Where the whole picture lies on the stage, in its pixels, before zoom.
  place(width, height) {
    const aspect = this.aspect();
    const fits = width / height > aspect;
    const shown = fits ? { w: height * aspect, h: height } : { w: width, h: width / aspect };
    return { left: (width - shown.w) / 2, top: (height - shown.h) / 2, ...shown };
  }

  arrange() {
    const { scale, x, y } = this.view;
    this.video.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    this.stage.dataset.zoomed = String(scale > 1);
    this.paint();
  }

  zoom(factor, at) {
    const { width, height } = this.stage.getBoundingClientRect();
    const point = at || { x: width / 2, y: height / 2 };
    const scale = Math.min(MOST_ZOOM, Math.max(1, this.view.scale * factor));
    const grown = scale / this.view.scale;
    this.view.x = point.x - (point.x - this.view.x) * grown;
    this.view.y = point.y - (point.y - this.view.y) * grown;
    this.view.scale = scale;
    this.pan(0, 0);
  }

  pan(dx, dy) {
    const { width, height } = this.stage.getBoundingClientRect();
    const { scale } = this.view;
    this.view.x = Math.min(0, Math.max(width * (1 - scale), this.view.x + dx));
    this.view.y = Math.min(0, Math.max(height * (1 - scale), this.view.y + dy));
    this.arrange();
  }

  whole() {
    this.view = { scale: 1, x: 0, y: 0 };
    this.arrange();
  }

  listen() {
    const fingers = new Map();
    let apart = 0;
    let moved = false;
    const spread = () => {
      const [a, b] = [...fingers.values()];
      return Math.hypot(a.x - b.x, a.y - b.y);
    };
    const local = (event) => {
      const box = this.stage.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    this.stage.addEventListener("pointerdown", (event) => {
      fingers.set(event.pointerId, local(event));
      this.stage.setPointerCapture(event.pointerId);
      moved = false;
      if (fingers.size === 2) apart = spread();
    });
    this.stage.addEventListener("pointermove", (event) => {
      const before = fingers.get(event.pointerId);
      if (!before) return;
      const now = local(event);
      if (Math.hypot(now.x - before.x, now.y - before.y) > 3) moved = true;
      fingers.set(event.pointerId, now);
      if (fingers.size === 2) {
        const [a, b] = [...fingers.values()];
        const now2 = spread();
        this.zoom(now2 / Math.max(1, apart), { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
        apart = now2;
      } else if (this.view.scale > 1) this.pan(now.x - before.x, now.y - before.y);
    });
    const lift = (event) => {
      const was = fingers.delete(event.pointerId);
      if (was && event.type === "pointerup" && !moved && !fingers.size) this.heard.pressed();
    };
    this.stage.addEventListener("pointerup", lift);
    this.stage.addEventListener("pointercancel", lift);
    // The wheel alone belongs to the page, until the picture is enlarged.
    this.stage.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey && !event.altKey && this.view.scale === 1) return;
        event.preventDefault();
        this.zoom(Math.exp(-event.deltaY / 400), local(event));
      },
      { passive: false },
    );
  }

  paint() {
    if (!this.drawing) return;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const width = this.stage.clientWidth;
    const height = this.stage.clientHeight;
    if (this.canvas.width !== Math.round(width * ratio)) this.canvas.width = width * ratio;
    if (this.canvas.height !== Math.round(height * ratio)) this.canvas.height = height * ratio;
    const context = this.canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    if (!this.pose || !this.isDrawn) return;
    const { left, top, w, h } = this.place(width, height);
    const { scale, x, y } = this.view;
    const at = this.pose.joints.map(
      (joint) =>
        joint && {
          x: x + scale * (left + joint.x * w),
          y: y + scale * (top + joint.y * h),
          sure: joint.sure,
        },
    );
    this.paintPose(context, at, scale * h);
  }

  // As pipeline/drawing.py draws: sizes follow the trunk, doubtful limbs are thin, points hollow.
  paintPose(context, at, height) {
    const line = Math.min(14, Math.max(2, 0.045 * this.trunk(at, height)));
    const strokes = this.drawing.limbs
      .filter(([a, b]) => at[a] && at[b])
      .map(([a, b, colour]) => [at[a], at[b], colour, at[a].sure && at[b].sure]);
    const [nose, left, right] = [at[0], at[1], at[2]];
    if (nose && left && right) {
      const neck = { x: (left.x + right.x) / 2, y: (left.y + right.y) / 2 };
      const sure = nose.sure && left.sure && right.sure;
      strokes.unshift([neck, nose, this.drawing.midline, sure]);
    }
    const rim = 2 * Math.max(1, 0.35 * line);
    context.lineCap = "round";
    for (const grown of [rim, 0]) {
      for (const [from, to, colour, sure] of strokes) {
        context.strokeStyle = grown ? this.drawing.rim : colour;
        context.lineWidth = line * (sure ? 1 : 0.45) + grown;
        context.beginPath();
        context.moveTo(from.x, from.y);
        context.lineTo(to.x, to.y);
        context.stroke();
      }
    }
    at.forEach((joint, number) => {
      if (joint) this.paintJoint(context, joint, this.drawing.joints[number], line);
    });
  }

  paintJoint(context, joint, colour, line) {
    const disc = (radius) => {
      context.beginPath();
      context.arc(joint.x, joint.y, radius, 0, 2 * Math.PI);
    };
    disc(0.95 * line + Math.max(1, 0.35 * line));
    context.fillStyle = this.drawing.rim;
    context.fill();
    disc(0.95 * line);
    context.fillStyle = joint.sure ? colour : GROUND;
    context.fill();
    context.strokeStyle = colour;
    context.lineWidth = Math.max(1.2, 0.4 * line);
    context.stroke();
  }

  trunk(at, height) {
    const middle = (a, b) => a && b && a.sure && b.sure && { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
    const shoulders = middle(at[1], at[2]);
    const hips = middle(at[7], at[8]);
    const lengths = [];
    if (shoulders && hips) lengths.push(Math.hypot(shoulders.x - hips.x, shoulders.y - hips.y));
    if (shoulders) lengths.push(1.5 * Math.hypot(at[1].x - at[2].x, at[1].y - at[2].y));
    return lengths.length ? Math.max(...lengths) : 0.16 * height;
  }

  close() {
    this.closed = true;
    clearTimeout(this.calibration);
    this.resized.disconnect();
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
  }
}
