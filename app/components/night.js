// Night mode lives in the browser alone: a mark on the document that app/style.css dims and
// reddens the page by. It says whether the page under it is light, which has to be inverted first.
const KEY = "cotside-night";
const SHAPES = {
  moon:
    '<svg viewBox="0 0 24 24" aria-hidden="true">' +
    '<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z"/></svg>',
};

function isLight() {
  const page = document.querySelector(".stApp") || document.body;
  const [red, green, blue] = getComputedStyle(page).backgroundColor.match(/\d+/g).map(Number);
  return (red + green + blue) / 3 > 127;
}

function apply(isOn, button) {
  if (isOn) document.documentElement.dataset.night = isLight() ? "light" : "dark";
  else delete document.documentElement.dataset.night;
  button.setAttribute("aria-pressed", String(isOn));
  button.querySelector("span").textContent = isOn ? "Night mode on" : "Night mode";
}

function build(parent) {
  const button = document.createElement("button");
  button.type = "button";
  button.innerHTML = SHAPES["moon"] + "<span></span>";
  button.onclick = () => {
    const isOn = localStorage.getItem(KEY) !== "on";
    localStorage.setItem(KEY, isOn ? "on" : "off");
    apply(isOn, button);
  };
  parent.appendChild(button);
  return button;
}

export default function ({ parentElement }) {
  const button = parentElement.querySelector("button") || build(parentElement);
  apply(localStorage.getItem(KEY) === "on", button);
}
