// Notes and flags on spans of the film: a form that opens where the film stands, and the list.
class Notes {
  constructor(parent, heard) {
    this.heard = heard;
    this.form = node("form", "write", parent);
    this.form.hidden = true;
    this.span = node("p", "span", this.form);
    this.text = node("input", "", this.form);
    this.text.setAttribute("aria-label", "Note");
    this.text.placeholder = "What is to be seen here?";
    const row = node("div", "row", this.form);
    this.flags = node("div", "row flags", row);
    this.button(row, "From here", () => this.bound(0));
    this.button(row, "To here", () => this.bound(1));
    this.save = this.button(row, "Save", null, "submit");
    this.save.className = "chief";
    this.button(row, "Cancel", () => this.close());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
    this.list = node("ul", "notes", parent);
  }

  button(parent, words, pressed, type = "button") {
    const made = node("button", "", parent, words);
    made.type = type;
    if (pressed) made.onclick = pressed;
    return made;
  }

  update(data) {
    this.data = data;
    this.text.maxLength = data.note_letters;
    this.flags.replaceChildren();
    for (const words of data.flags) {
      this.button(this.flags, words, () => this.choose(words)).dataset.flag = words;
    }
    this.list.replaceChildren();
    for (const note of data.notes) this.item(note);
  }

  item(note) {
    const item = node("li", note.kind, this.list);
    const go = this.button(item, spanWords(note), () => this.heard.seek(note.from_ms));
    go.className = "when";
    node("span", "what", item, note.text);
    node("small", "", item, `${note.by}, ${note.written}`);
    if (!note.mine) return;
    const gone = this.button(item, "Remove", () => this.heard.send({ remove: note.id }));
    gone.className = "quiet";
    gone.setAttribute("aria-label", `Remove: ${note.text}`);
  }

  open(kind, ms) {
    if (!this.data.may_note) return;
    this.kind = kind;
    this.chosen = null;
    this.from = ms;
    this.to = ms;
    this.form.hidden = false;
    this.text.hidden = kind === "flag";
    this.flags.hidden = kind !== "flag";
    this.text.value = "";
    this.showSpan();
    this.choose(null);
    if (kind === "note") this.text.focus();
    else this.flags.querySelector("button").focus();
  }

  bound(end) {
    const ms = this.heard.now();
    if (end) this.to = Math.max(ms, this.from);
    else {
      this.from = ms;
      this.to = Math.max(ms, this.to);
    }
    this.showSpan();
  }

  // A span is drawn along while the form is open and the film moves on.
  reach(ms) {
    if (this.form.hidden || ms < this.from) return;
    this.to = ms;
    this.showSpan();
  }

  choose(words) {
    this.chosen = words;
    for (const one of this.flags.children) {
      one.setAttribute("aria-pressed", String(one.dataset.flag === words));
    }
    this.save.disabled = this.kind === "flag" && !words;
  }

  showSpan() {
    const kind = this.kind === "flag" ? "Flag" : "Note";
    this.span.textContent = `${kind} on ${spanWords({ from_ms: this.from, to_ms: this.to })}`;
    this.heard.span(this.form.hidden ? null : [this.from, this.to]);
  }

  send() {
    const text = this.kind === "flag" ? this.chosen : this.text.value.trim();
    if (!text) return;
    this.heard.send({ kind: this.kind, text, from_ms: this.from, to_ms: this.to });
    this.close();
  }

  close() {
    this.form.hidden = true;
    this.heard.span(null);
    this.heard.focus();
  }
}

function spanWords(note) {
  const from = clockWords(note.from_ms);
  const to = clockWords(note.to_ms);
  return from === to ? from : `${from}–${to}`;
}
