// The player of a film: its parts stand in player_points, _picture, _strips and _notes; here they
// are put together under one set of buttons and keys.
const RATES = [0.1, 0.25, 0.5, 1, 1.5, 2, 4];
const AHEAD_MS = 15000;
const AWAY_MS = 150;
const SETTLE_MS = 300;
// A browser chooses a picture by the length that the file gives it, which may be wrong where
// pictures come unevenly: just after its beginning is tried first, then other places within it.
const WITHIN = [(step) => Math.min(2, step / 2), (step) => step / 2, () => 0.2];
const KEYS = [
  ["Space, K", "play or pause"],
  ["← →", "one frame back or on"],
  ["Shift ← →", "one second back or on"],
  ["Home, End", "first or last frame"],
  ["↑ ↓", "faster or slower"],
  ["U, J, H", "next uncertain, jump, hidden keypoint"],
  ["Shift U, J, H", "the one before"],
  ["N, F", "write a note, set a flag"],
  ["S", "skeleton on or off"],
  ["+ − 0", "larger, smaller, whole picture"],
  ["?", "this help"],
];

class Player {
  constructor(parent) {
    this.root = node("section", "player", parent);
    this.root.tabIndex = -1;
    this.root.setAttribute("aria-label", "Film with the pose drawn over it");
    this.picture = new Picture(this.root, {
      shown: (ms) => this.shown(ms),
      settled: () => this.settled(),
      ready: (drawn) => this.ready(drawn),
      noVideo: () => this.noVideo(),
      ended: () => this.pause(),
      pressed: () => this.toggle(),
    });
    this.strips = new Strips(this.root, { seek: (ms) => this.go(this.points.nearest(ms)) });
    this.slider = node("input", "slider", this.root);
    this.slider.type = "range";
    this.slider.min = 0;
    this.slider.setAttribute("aria-label", "Frame");
    this.slider.oninput = () => this.go(Number(this.slider.value));
    this.buttons();
    this.clock = node("p", "clock", this.root);
    this.help();
    this.notes = new Notes(this.root, {
      now: () => this.points.times[this.aim] || 0,
      seek: (ms) => this.go(this.points.nearest(ms)),
      send: (value) => this.trigger("note", { ...value, at: Date.now() }),
      span: (span) => {
        this.strips.span = span;
        this.strips.paintCursor();
      },
      focus: () => this.root.focus({ preventScroll: true }),
    });
    this.pressed = (event) => this.key(event);
    document.addEventListener("keydown", this.pressed);
    this.isPlaying = false;
    this.frame = 0;
    this.aim = 0;
    this.tries = 0;
  }

  buttons() {
    const row = node("div", "row", this.root);
    const add = (words, label, pressed, className = "") => {
      const made = node("button", className, row, words);
      made.type = "button";
      made.title = label;
      made.setAttribute("aria-label", label);
      made.onclick = pressed;
      return made;
    };
    this.play = add("Play", "Play or pause", () => this.toggle(), "chief");
    add("−1 s", "One second back", () => this.leap(-1000));
    add("‹", "One frame back", () => this.step(-1));
    add("›", "One frame on", () => this.step(1));
    add("+1 s", "One second on", () => this.leap(1000));
    this.rate = node("select", "", row);
    this.rate.setAttribute("aria-label", "Speed");
    for (const rate of RATES) {
      const option = node("option", "", this.rate, `${rate}×`);
      option.value = rate;
      option.selected = rate === 1;
    }
    this.rate.onchange = () => this.setRate(Number(this.rate.value));
    node("span", "gap", row);
    this.jumps = {
      uncertain: add("Uncertain", "Next uncertain stretch (U)", () => this.seekMoment("uncertain", 1)),
      jump: add("Jump", "Next jump of a keypoint (J)", () => this.seekMoment("jump", 1)),
      hidden: add("Hidden", "Next hidden keypoint (H)", () => this.seekMoment("hidden", 1)),
    };
    node("span", "gap", row);
    this.noteButton = add("Note", "Write a note here (N)", () => this.write("note"));
    this.flagButton = add("Flag", "Set a flag here (F)", () => this.write("flag"));
    this.drawn = add("Skeleton", "Skeleton on or off (S)", () => this.toggleDrawn());
    add("−", "Smaller", () => this.picture.zoom(1 / 1.5));
    add("+", "Larger", () => this.picture.zoom(1.5));
    add("?", "Keys", () => this.toggleHelp());
  }

  help() {
    this.helpBox = node("dl", "help", this.root);
    this.helpBox.hidden = true;
    for (const [keys, words] of KEYS) {
      const pair = node("div", "", this.helpBox);
      node("dt", "", pair, keys);
      node("dd", "", pair, words);
    }
  }

  update({ data: [data], setTriggerValue }) {
    this.trigger = setTriggerValue;
    const isNew = !this.data || this.data.film !== data.film || this.data.frames !== data.frames;
    const open = this.data && this.data.film === data.film ? this.points.times[this.aim] : data.open_ms;
    this.data = data;
    this.strips.notes = data.notes;
    this.notes.update(data);
    this.noteButton.hidden = !data.may_note;
    this.flagButton.hidden = !data.may_note;
    if (isNew) this.open(open);
    else {
      // The same film; its addresses may be newer than those it was opened with.
      this.points.data = data;
      this.strips.paint();
    }
  }

  async open(openMs) {
    this.pause();
    if (this.points) this.points.close();
    const points = new Points(this.data, () => this.arrived());
    this.points = points;
    this.picture.fallbackAspect = this.data.aspect;
    this.picture.say("Reading the film…");
    try {
      await points.loadTimes();
    } catch (error) {
      this.picture.say("This film cannot be read now. Reload the page to try again.");
      return;
    }
    if (this.points !== points || this.closed) return;
    this.slider.max = Math.max(0, points.count - 1);
    this.strips.lengthMs = points.count ? points.times[points.count - 1] + points.step(points.count - 2) : 0;
    if (!points.count) {
      this.picture.say("No frame of this film is stored.");
      return;
    }
    this.aim = this.frame = points.nearest(openMs || 0);
    this.picture.say(this.data.videos.length ? "Loading the video…" : "");
    this.picture.load(this.data.videos, this.data.drawing);
    this.tellPlace();
    this.root.dataset.ready = "times";
    this.root.focus({ preventScroll: true });
    this.loadSurvey(points);
  }

  async loadSurvey(points) {
    this.strips.survey = null;
    this.strips.paint();
    try {
      const answer = await fetch(this.data.urls.survey, { cache: "no-store" });
      if (!answer.ok) throw new Error(await answer.text());
      const survey = await answer.json();
      if (this.points !== points || this.closed) return;
      this.strips.survey = survey;
      for (const [kind, button] of Object.entries(this.jumps)) {
        button.disabled = !(survey.moments[kind] || []).length;
      }
      this.strips.paint();
      this.root.dataset.survey = "true";
    } catch (error) {
      this.strips.line.textContent = "Movement over the film cannot be read now.";
    }
  }

  ready(isDrawnIn) {
    this.picture.isDrawn = !isDrawnIn;
    this.isDrawnIn = isDrawnIn;
    this.showDrawn();
    this.root.dataset.video = isDrawnIn ? "overlay" : "original";
    this.go(this.aim);
    if (this.isPlaying) this.picture.play(Number(this.rate.value));
  }

  noVideo() {
    this.root.dataset.video = "none";
    this.show(this.aim);
  }

  // The browser shows the picture of this moment: its pose is drawn, no other.
  shown(ms) {
    if (!this.points.count) return;
    const frame = this.points.nearest(ms);
    this.isAway = Math.abs(this.points.times[frame] - ms) > AWAY_MS;
    if (this.isPlaying) this.aim = frame;
    this.show(frame);
  }

  // The new picture is told of before this or a little after it. None comes where the seek ended
  // at the picture that is shown already.
  settled() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.check(), SETTLE_MS);
  }

  // What is shown leads; but another picture than the one asked for is sought once more. A picture
  // without length in its file cannot be shown at all: whoever steps back passes over it.
  check() {
    if (this.isPlaying || this.frame === this.aim || !this.picture.isSettled) return;
    this.tries += 1;
    if (this.tries < WITHIN.length) this.seekWithin();
    else if (this.cameFrom > this.aim && this.frame > this.aim && this.aim > 0) {
      this.tries = 0;
      this.aim -= 1;
      this.seekWithin();
    } else {
      this.aim = this.frame;
      this.tellPlace();
    }
  }

  seekWithin() {
    const start = this.points.times[this.aim];
    this.picture.seek(start + WITHIN[this.tries](this.points.step(this.aim)));
  }

  show(frame) {
    this.frame = frame;
    this.root.dataset.frame = frame;
    const pose = this.isAway ? { flags: 0, joints: [] } : this.points.pose(frame);
    this.root.dataset.pose = pose ? "true" : "false";
    this.picture.show(pose);
    this.tellFrame(pose);
    this.tellPlace();
    if (this.isPlaying) {
      this.points.prepare(frame, AHEAD_MS * Number(this.rate.value));
      this.notes.reach(this.points.times[frame]);
    }
  }

  arrived() {
    if (this.points.count && this.root.dataset.pose === "false") this.show(this.frame);
  }

  tellFrame(pose) {
    const told = [];
    if (this.picture.source === null) told.push("Skeleton only: no video is kept here");
    if (this.isDrawnIn) told.push("Overlay video: the original cannot be played here");
    if (this.isAway) told.push("no frame was stored here");
    if (pose) {
      for (const [flag, words] of Object.entries(this.data.drawing.flag_words)) {
        if (pose.flags & Number(flag)) told.push(words);
      }
    }
    this.picture.say(told.join(" · "));
  }

  tellPlace() {
    const at = this.isPlaying ? this.frame : this.aim;
    const ms = this.points.times[at];
    this.slider.value = at;
    this.strips.move(ms);
    const all = clockWords(this.points.times[this.points.count - 1]);
    this.clock.textContent = `${clockWords(ms, true)} of ${all} · frame ${at + 1} of ${this.points.count}`;
  }

  go(frame) {
    if (!this.points || !this.points.count) return;
    const target = Math.min(this.points.count - 1, Math.max(0, frame));
    this.cameFrom = this.aim;
    this.aim = target;
    this.tellPlace();
    this.playAt = this.points.times[target];
    this.tries = 0;
    if (this.picture.source) this.seekWithin();
    else {
      this.isAway = false;
      this.show(target);
    }
  }

  step(frames) {
    this.pause();
    this.go(this.aim + frames);
  }

  leap(ms) {
    if (!this.points || !this.points.count) return;
    this.go(this.points.nearest(this.points.times[this.aim] + ms));
  }

  toggle() {
    if (this.isPlaying) this.pause();
    else this.start();
  }

  start() {
    if (!this.points || !this.points.count) return;
    if (this.aim >= this.points.count - 1) this.go(0);
    this.isPlaying = true;
    this.showPlay();
    if (this.picture.source) {
      if (this.picture.isReady) this.picture.play(Number(this.rate.value));
      return;
    }
    this.playAt = this.points.times[this.aim];
    this.last = performance.now();
    requestAnimationFrame((now) => this.run(now));
  }

  run(now) {
    if (!this.isPlaying || this.picture.source || this.closed) return;
    this.playAt += (now - this.last) * Number(this.rate.value);
    this.last = now;
    const after = lowerBound(this.points.times, this.playAt + 0.001);
    const frame = Math.max(0, after - 1);
    if (frame !== this.frame) {
      this.aim = frame;
      this.show(frame);
    }
    if (frame >= this.points.count - 1) this.pause();
    else requestAnimationFrame((later) => this.run(later));
  }

  pause() {
    const was = this.isPlaying;
    this.isPlaying = false;
    this.picture.pause();
    this.showPlay();
    if (was) this.aim = this.frame;
  }

  showPlay() {
    this.play.textContent = this.isPlaying ? "Pause" : "Play";
    this.root.dataset.playing = String(this.isPlaying);
  }

  setRate(rate) {
    this.rate.value = rate;
    this.picture.video.playbackRate = rate;
  }

  faster(by) {
    const at = RATES.indexOf(Number(this.rate.value)) + by;
    this.setRate(RATES[Math.min(RATES.length - 1, Math.max(0, at))]);
  }

  seekMoment(kind, way) {
    const list = (this.strips.survey && this.strips.survey.moments[kind]) || [];
    const now = this.points.times[this.aim];
    const near = this.points.step(this.aim) / 2;
    const found =
      way > 0
        ? list.find(([from]) => from > now + near)
        : [...list].reverse().find(([from]) => from < now - near);
    this.pause();
    if (!found) {
      this.strips.line.textContent = `No ${way > 0 ? "later" : "earlier"} one: ${KIND_WORDS[kind]}`;
      return;
    }
    this.go(lowerBound(this.points.times, found[0]));
    const names = found[2].map((number) => this.data.drawing.keypoints[number]);
    this.strips.line.textContent = `${KIND_WORDS[kind]}: ${names.join(", ")}`;
  }

  write(kind) {
    this.pause();
    this.notes.open(kind, this.points.times[this.aim]);
  }

  toggleDrawn() {
    this.picture.isDrawn = !this.picture.isDrawn;
    this.picture.paint();
    this.showDrawn();
  }

  showDrawn() {
    this.drawn.setAttribute("aria-pressed", String(this.picture.isDrawn));
  }

  toggleHelp() {
    this.helpBox.hidden = !this.helpBox.hidden;
  }

  // Keys work wherever the page stands, except where somebody writes or chooses.
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.points) return;
    const at = event.composedPath()[0];
    const tag = at.tagName || "";
    if (at.isContentEditable || tag === "TEXTAREA" || tag === "SELECT") return;
    if (tag === "INPUT" && at !== this.slider) return;
    if (tag === "BUTTON" && (event.key === " " || event.key === "Enter")) return;
    const action = this.action(event);
    if (!action) return;
    event.preventDefault();
    action();
  }

  action(event) {
    const way = event.shiftKey ? -1 : 1;
    const actions = {
      " ": () => this.toggle(),
      k: () => this.toggle(),
      arrowleft: () => (event.shiftKey ? this.leap(-1000) : this.step(-1)),
      arrowright: () => (event.shiftKey ? this.leap(1000) : this.step(1)),
      home: () => this.go(0),
      end: () => this.go(this.points.count - 1),
      arrowup: () => this.faster(1),
      arrowdown: () => this.faster(-1),
      u: () => this.seekMoment("uncertain", way),
      j: () => this.seekMoment("jump", way),
      h: () => this.seekMoment("hidden", way),
      n: () => this.write("note"),
      f: () => this.write("flag"),
      s: () => this.toggleDrawn(),
      "+": () => this.picture.zoom(1.5),
      "=": () => this.picture.zoom(1.5),
      "-": () => this.picture.zoom(1 / 1.5),
      0: () => this.picture.whole(),
      "?": () => this.toggleHelp(),
      escape: () => (this.helpBox.hidden = true),
    };
    return actions[event.key.toLowerCase()];
  }

  close() {
    this.closed = true;
    this.isPlaying = false;
    clearTimeout(this.waiting);
    document.removeEventListener("keydown", this.pressed);
    if (this.points) this.points.close();
    this.picture.close();
    this.strips.close();
    this.root.remove();
  }
}

const players = new WeakMap();

export default function (component) {
  const parent = component.parentElement;
  let player = players.get(parent);
  if (!player) {
    player = new Player(parent);
    players.set(parent, player);
  }
  player.update(component);
  return () => {
    player.close();
    players.delete(parent);
  };
}
