// A formula, a table or a listing wider than its line scrolls, by finger and by keyboard; any other is no tab stop.
const makeStop = (scroller, wide, name) => {
  for (const [key, value] of [["tabindex", "0"], ["role", "group"], ["aria-label", name]])
    if (wide) scroller.setAttribute(key, value);
    else scroller.removeAttribute(key);
};
const fitFormula = math => {
  const drawn = math.querySelector("mjx-container");
  if (!drawn?.offsetParent) return;
  const scroller = math.tagName === "SPAN" ? math : drawn;
  const wide = drawn.firstElementChild.getBoundingClientRect().width > scroller.clientWidth + 1;
  math.classList.toggle("wide", wide);
  makeStop(scroller, wide, "Formula");
};
const fit = root => {
  root.querySelectorAll(".bd-article .math").forEach(fitFormula);
  for (const [boxes, name] of [[".pst-scrollable-table-container", "Table"], [".bd-article pre", "Listing"]])
    root.querySelectorAll(boxes).forEach(box => makeStop(box, box.scrollWidth > box.clientWidth, name));
};
addEventListener("load", async () => {
  await window.MathJax?.startup?.promise;
  fit(document);
  addEventListener("resize", () => fit(document));
  addEventListener("toggle", event => fit(event.target), true);
});

// On paper a page is light, and what folds is open; solutions, and the answers to the questions, where they are asked for.
const SECRET = "details.solution, #check-yourself details";
const paper = matchMedia("print");
let solutionsWanted = location.search.includes("solutions");
let before;
const toPaper = () => {
  if (before) return;
  const folds = [...document.querySelectorAll(".bd-article details:not([open])")];
  before = {theme: document.documentElement.dataset.theme, opened: folds.filter(fold => solutionsWanted || !fold.matches(SECRET))};
  document.documentElement.dataset.theme = "light";
  before.opened.forEach(fold => { fold.open = true; });
};
const fromPaper = () => {
  if (!before) return;
  document.documentElement.dataset.theme = before.theme;
  before.opened.forEach(fold => { fold.open = false; });
  before = undefined;
};
addEventListener("beforeprint", toPaper);
addEventListener("afterprint", fromPaper);
paper.addEventListener("change", () => (paper.matches ? toPaper() : fromPaper()));
const printWithSolutions = () => {
  solutionsWanted = true;
  print();
  solutionsWanted = location.search.includes("solutions");
};

// A policy lets no script stand in a button (_ext/pages.py).
const presses = {print: () => print(), printWithSolutions};
addEventListener("click", event => presses[event.target.closest("[data-press]")?.dataset.press]?.());
