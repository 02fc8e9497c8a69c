// Draw the cot on a picture: drag to draw, drag inside to move, drag a corner to resize; arrows
// move it by 1 %, with Shift they resize it. The value is in fractions of the picture.
const LEAST = 0.05;
const STEP = 0.01;
const CORNERS = [
  [0, 0],
  [1, 0],
  [0, 1],
  [1, 1],
];

function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}

function element(tag, className, parent) {
  const made = document.createElement(tag);
  made.className = className;
  parent.appendChild(made);
  return made;
}

class Drawing {
  constructor(parent) {
    this.root = element("div", "drawing", parent);
    this.image = element("img", "still", this.root);
    this.image.alt = "Still picture of the camera";
    this.image.draggable = false;
    this.box = element("div", "box", this.root);
    this.box.tabIndex = 0;
    this.box.setAttribute("role", "application");
    this.label = element("span", "chip label", this.box);
    for (const [right, bottom] of CORNERS) {
      const corner = element("i", "corner", this.box);
      corner.dataset.right = right;
      corner.dataset.bottom = bottom;
    }
    this.root.addEventListener("pointerdown", (event) => this.begin(event));
    this.root.addEventListener("pointermove", (event) => this.move(event));
    this.root.addEventListener("pointerup", () => this.end());
    this.root.addEventListener("pointercancel", () => this.end());
    this.box.addEventListener("keydown", (event) => this.key(event));
  }

  update(component) {
    this.tell = component.setStateValue;
    if (this.image.dataset.mark !== component.data.mark) {
      this.image.dataset.mark = component.data.mark;
      this.image.src = component.data.image;
      this.value = { ...component.data.rectangle };
      this.place();
    }
  }

  point(event) {
    const bounds = this.root.getBoundingClientRect();
    return {
      x: clamp((event.clientX - bounds.left) / bounds.width, 0, 1),
      y: clamp((event.clientY - bounds.top) / bounds.height, 0, 1),
    };
  }

  begin(event) {
    event.preventDefault();
    this.root.setPointerCapture(event.pointerId);
    const at = this.point(event);
    const { x, y, width, height } = this.value;
    const corner = event.target.classList.contains("corner") ? event.target.dataset : null;
    if (corner) {
      this.fixed = {
        x: corner.right === "1" ? x : x + width,
        y: corner.bottom === "1" ? y : y + height,
      };
      this.doing = "span";
    } else if (event.target === this.box && width * height < 0.9) {
      this.grip = { x: at.x - x, y: at.y - y };
      this.doing = "move";
    } else {
      this.fixed = at;
      this.doing = "span";
    }
    this.box.focus({ preventScroll: true });
  }

  move(event) {
    if (!this.doing) return;
    const at = this.point(event);
    if (this.doing === "move") {
      this.shift(at.x - this.grip.x - this.value.x, at.y - this.grip.y - this.value.y);
    } else {
      this.value = {
        x: Math.min(at.x, this.fixed.x),
        y: Math.min(at.y, this.fixed.y),
        width: Math.abs(at.x - this.fixed.x),
        height: Math.abs(at.y - this.fixed.y),
      };
    }
    this.place();
  }

  end() {
    if (!this.doing) return;
    this.doing = null;
    const { width, height } = this.value;
    // A click without a drag means the whole picture.
    if (width < LEAST || height < LEAST) this.value = { x: 0, y: 0, width: 1, height: 1 };
    this.place();
    this.send();
  }

  key(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const [dx, dy] = step.map((part) => part * STEP);
    if (event.shiftKey) {
      this.value.width = clamp(this.value.width + dx, LEAST, 1 - this.value.x);
      this.value.height = clamp(this.value.height + dy, LEAST, 1 - this.value.y);
    } else {
      this.shift(dx, dy);
    }
    this.place();
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.send(), 400);
  }

  shift(dx, dy) {
    this.value.x = clamp(this.value.x + dx, 0, 1 - this.value.width);
    this.value.y = clamp(this.value.y + dy, 0, 1 - this.value.height);
  }

  place() {
    const { x, y, width, height } = this.value;
    Object.assign(this.box.style, {
      left: `${x * 100}%`,
      top: `${y * 100}%`,
      width: `${width * 100}%`,
      height: `${height * 100}%`,
    });
    const whole = width > 0.995 && height > 0.995;
    this.label.textContent = whole
      ? "whole picture"
      : `${Math.round(width * 100)} × ${Math.round(height * 100)} %`;
    this.box.setAttribute("aria-label", `Cot rectangle, ${this.label.textContent}`);
  }

  send() {
    const round = (value) => Math.round(value * 10000) / 10000;
    this.tell("rectangle", {
      x: round(this.value.x),
      y: round(this.value.y),
      width: round(this.value.width),
      height: round(this.value.height),
    });
  }
}

const drawings = new WeakMap();

export default function (component) {
  const parent = component.parentElement;
  let drawing = drawings.get(parent);
  if (!drawing) {
    drawing = new Drawing(parent);
    drawings.set(parent, drawing);
  }
  drawing.update(component);
  return () => {
    drawing.root.remove();
    drawings.delete(parent);
  };
}
