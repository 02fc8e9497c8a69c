// Asks every few seconds whether this page is still signed in, and leaves for the sign-in page when
// it is not: signed out here or in another tab, idle for too long, disabled, or the role changed.
// Only what a person does counts as a sign of life, never the page's own timers.
const ASK_MS = 3000;
const ASK_HIDDEN_MS = 15000;
const TELL_MS = 20000;
const WARN_S = 60;
const MOVES = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];

function leave() {
  const here = location.pathname + location.search;
  const next = here === "/" ? "" : `?next=${encodeURIComponent(here)}`;
  location.assign(`/sign-in${next}`);
}

class Watch {
  constructor(parent) {
    this.movedAt = performance.now();
    this.toldAt = -Infinity;
    this.note = document.createElement("p");
    this.note.setAttribute("role", "status");
    this.note.hidden = true;
    parent.appendChild(this.note);
    this.moved = () => {
      this.movedAt = performance.now();
      if (!this.note.hidden) this.ask();
    };
    for (const move of MOVES) {
      document.addEventListener(move, this.moved, { passive: true, capture: true });
    }
    this.plan();
  }

  plan() {
    this.timer = setTimeout(() => this.ask(), document.hidden ? ASK_HIDDEN_MS : ASK_MS);
  }

  async ask() {
    clearTimeout(this.timer);
    const now = performance.now();
    const tells = this.movedAt > this.toldAt && (now - this.toldAt > TELL_MS || !this.note.hidden);
    try {
      const answer = await fetch("/session", {
        method: tells ? "POST" : "GET",
        cache: "no-store",
        signal: AbortSignal.timeout(4000),
      });
      if (answer.status === 401) {
        leave();
        return;
      }
      if (tells && answer.ok) this.toldAt = now;
      this.warn((await answer.json()).idle_left_s);
    } catch (error) {
      // No answer is not a sign-out: the page itself says that the connection is lost.
    }
    if (!this.gone) this.plan();
  }

  warn(left) {
    this.note.hidden = !(Number.isFinite(left) && left < WARN_S);
    if (!this.note.hidden) this.note.textContent = `Nobody has moved here: signed out in ${left} s`;
  }

  close() {
    this.gone = true;
    clearTimeout(this.timer);
    for (const move of MOVES) document.removeEventListener(move, this.moved, { capture: true });
    this.note.remove();
  }
}

const watches = new WeakMap();

export default function (component) {
  const parent = component.parentElement;
  if (component.data.is_over) {
    leave();
    return undefined;
  }
  if (!watches.has(parent)) watches.set(parent, new Watch(parent));
  return () => {
    watches.get(parent)?.close();
    watches.delete(parent);
  };
}
