"use strict";
// Everything here is on top: without it the page shows all pictures and all rows.

/** Filters: text that a row must hold, and a kind of rows that can be left out. */
for (const form of document.querySelectorAll("form.filter")) {
  const rows = [...document.getElementById(form.dataset.table).tBodies[0].rows];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const field = form.querySelector("input[type=search]");
  const box = form.querySelector("input[type=checkbox]");
  const output = form.querySelector("output");
  const apply = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, number) => {
      const kept = words.every((word) => texts[number].includes(word))
        && !(box && box.checked && row.classList.contains(box.dataset.hide));
      row.hidden = !kept;
      shown += kept;
    });
    output.value = shown === rows.length ? `${rows.length} rows` : `${shown} of ${rows.length} rows`;
  };
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", apply);
  form.addEventListener("change", apply);
  form.hidden = false;
}

/** The largest and the mean difference of two pictures, in levels of 0 to 255; null where their sizes differ. */
const distance = (one, other) => {
  if (one.naturalWidth !== other.naturalWidth || one.naturalHeight !== other.naturalHeight) return null;
  const [a, b] = [one, other].map((image) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, canvas.width, canvas.height).data;
  });
  let largest = 0;
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) {
    const apart = Math.abs(a[at] - b[at]);
    if (apart > largest) largest = apart;
    sum += apart;
  }
  return { largest, mean: sum / (a.length * 3 / 4) };
};

/** Two pictures against each other. */
const viewer = document.querySelector(".viewer");
if (viewer) {
  const part = (name) => document.getElementById(`viewer-${name}`);
  const stage = viewer.querySelector(".stage");
  const [under, over] = stage.querySelectorAll("img");
  const [a, b] = [part("a"), part("b")];
  let timer = 0;

  const mode = () => viewer.querySelector("input[name=viewer-mode]:checked").value;
  const name = (select) => select.selectedOptions[0].textContent;

  const stop = () => {
    clearInterval(timer);
    timer = 0;
    stage.classList.remove("second");
    part("blink").textContent = "Start blinking";
  };
  const say = () => {
    const apart = distance(under, over);
    // so that the largest difference is just not cut off
    if (apart) part("amplify").value = Math.floor(Math.log2(255 / Math.max(apart.largest, 1)));
    const numbers = apart === null
      ? "They are of different sizes."
      : `Largest difference ${apart.largest} of 255, mean ${apart.mean.toFixed(2)}.`;
    const said = `A: ${name(a)}. B: ${name(b)}. ${numbers}`;
    part("status").textContent = said;
    stage.setAttribute("aria-label", said);
  };
  const draw = () => {
    stage.dataset.mode = mode();
    stage.style.setProperty("--position", `${part("position").value}%`);
    stage.style.setProperty("--amplify", 2 ** part("amplify").value);
    part("position").nextElementSibling.value = `${part("position").value} %`;
    part("amplify").nextElementSibling.value = `${2 ** part("amplify").value} times`;
    for (const control of viewer.querySelectorAll("[data-for]")) control.hidden = control.dataset.for !== mode();
  };
  const choose = async () => {
    under.src = document.getElementById(`picture-${a.value}`).src;
    over.src = document.getElementById(`picture-${b.value}`).src;
    await Promise.all([under.decode(), over.decode()]);
    stage.classList.toggle("small", under.naturalWidth < 400);
    say();
    draw();
  };

  viewer.addEventListener("input", () => { if (mode() !== "blink") stop(); draw(); });
  for (const select of [a, b]) select.addEventListener("change", choose);
  part("swap").addEventListener("click", () => { [a.value, b.value] = [b.value, a.value]; choose(); });
  // never by itself, and slower than three flashes a second
  part("blink").addEventListener("click", () => {
    if (timer) { stop(); return; }
    timer = setInterval(() => stage.classList.toggle("second"), 700);
    part("blink").textContent = "Stop blinking";
  });
  viewer.hidden = false;
  draw();
  choose();
}
