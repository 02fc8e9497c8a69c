// Videos from this browser: each goes straight to the server's disk, two at a time, with progress.
const AT_ONCE = 2;

function piece(tag, className, parent, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  parent.appendChild(made);
  return made;
}

function sizeWords(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${size.toFixed(unit ? 1 : 0)} ${units[unit]}`;
}

class Upload {
  constructor(parent) {
    this.root = piece("section", "upload", parent);
    this.zone = piece("label", "zone", this.root);
    this.input = piece("input", "", this.zone);
    this.input.type = "file";
    this.input.multiple = true;
    piece("strong", "", this.zone, "Choose videos, or drop them here");
    this.limit = piece("small", "", this.zone);
    this.list = piece("ul", "", this.root);
    this.input.onchange = () => {
      this.take(this.input.files);
      this.input.value = "";
    };
    for (const kind of ["dragover", "dragleave", "drop"]) {
      this.zone.addEventListener(kind, (event) => {
        event.preventDefault();
        this.zone.dataset.over = String(kind === "dragover");
        if (kind === "drop") this.take(event.dataTransfer.files);
      });
    }
    this.files = [];
  }

  update({ data, setStateValue }) {
    this.data = data;
    this.tell = setStateValue;
    this.limit.textContent = `MP4, MOV, MKV, AVI, MPEG-TS; up to ${sizeWords(data.most_bytes)} each`;
  }

  take(files) {
    for (const file of files) {
      const item = piece("li", "", this.list);
      const entry = { file, item, state: "waiting" };
      piece("span", "name", item, file.name);
      entry.words = piece("span", "words", item, "waiting");
      entry.bar = piece("progress", "", item);
      entry.bar.max = Math.max(1, file.size);
      entry.bar.value = 0;
      const gone = piece("button", "", item, "×");
      gone.type = "button";
      gone.setAttribute("aria-label", `Leave out ${file.name}`);
      gone.onclick = () => this.drop(entry);
      this.files.push(entry);
      if (file.size > this.data.most_bytes) this.fail(entry, "is too large");
    }
    this.next();
  }

  next() {
    const underWay = this.files.filter((entry) => entry.state === "sending").length;
    const waiting = this.files.filter((entry) => entry.state === "waiting");
    for (const entry of waiting.slice(0, Math.max(0, AT_ONCE - underWay))) this.send(entry);
  }

  send(entry) {
    entry.state = "sending";
    const request = new XMLHttpRequest();
    entry.request = request;
    request.open("PUT", this.data.url.replace("{}", encodeURIComponent(entry.file.name)));
    request.upload.onprogress = (event) => {
      entry.bar.value = event.loaded;
      entry.words.textContent = `${sizeWords(event.loaded)} of ${sizeWords(entry.file.size)}`;
    };
    request.onload = () => {
      if (request.status === 200) this.done(entry, JSON.parse(request.responseText));
      else this.fail(entry, request.responseText || "was refused");
    };
    request.onerror = () => this.fail(entry, "broke off; choose it again");
    request.send(entry.file);
  }

  done(entry, answer) {
    entry.state = "sent";
    entry.id = answer.id;
    entry.bar.value = entry.bar.max;
    entry.words.textContent = `${sizeWords(answer.bytes)} sent`;
    entry.item.dataset.state = "sent";
    this.report();
  }

  fail(entry, words) {
    entry.state = "failed";
    entry.words.textContent = words;
    entry.item.dataset.state = "failed";
    entry.bar.hidden = true;
    this.next();
  }

  drop(entry) {
    if (entry.state === "sending") entry.request.abort();
    entry.item.remove();
    this.files = this.files.filter((one) => one !== entry);
    this.report();
  }

  report() {
    this.tell("sent", this.files.filter((entry) => entry.state === "sent").map((entry) => entry.id));
    this.next();
  }

  close() {
    for (const entry of this.files) if (entry.request) entry.request.abort();
    this.root.remove();
  }
}

const uploads = new WeakMap();

export default function (component) {
  const parent = component.parentElement;
  let upload = uploads.get(parent);
  if (!upload) {
    upload = new Upload(parent);
    uploads.set(parent, upload);
  }
  upload.update(component);
  return () => {
    upload.close();
    uploads.delete(parent);
  };
}
