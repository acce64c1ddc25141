const sliderHasFocus = () => document.activeElement.matches(".explorer input");
const buttonHasFocus = () => document.activeElement.matches(".explorer button");

const deck = new Reveal({
  width: 1280, height: 720, margin: 0, center: false, display: "flex", transition: "none", backgroundTransition: "none",
  hash: true, slideNumber: "c/t", controls: false, pdfSeparateFragments: false, defaultTiming: 120,
  plugins: [RevealNotes],
  // A slider that has the focus keeps its keys, and a button those that press it.
  keyboardCondition: event => !sliderHasFocus() && !(buttonHasFocus() && [" ", "Enter"].includes(event.key)),
});

// The stops of a slider that was moved by hand are not wanted any more.
const settle = seen =>
  deck.getCurrentSlide().querySelectorAll("[data-stop]").forEach(stop => stop.classList.toggle("visible", seen));
for (const moved of ["input", "click"])
  addEventListener(moved, event => { if (event.isTrusted && event.target.closest(".explorer-controls")) settle(true); });

// From a slider that has the focus Page Up and Page Down turn the page, and Escape gives the arrow keys back to the slides.
const turns = {
  PageDown: () => { settle(true); deck.next(); },
  PageUp: () => { settle(false); deck.prev(); },
  Escape: () => {},
};
addEventListener("keydown", event => {
  if (!sliderHasFocus() || !(event.key in turns)) return;
  event.preventDefault();
  event.stopPropagation();
  document.activeElement.blur();
  turns[event.key]();
}, true);

// Each press on "next" moves an explorer's slider to its next stop, until the last.
const moveTo = share => {
  const slider = deck.getCurrentSlide().querySelector(".explorer input");
  slider.value = Math.round(share * slider.max);
  slider.dispatchEvent(new Event("input"));
};
const stopsOf = event => event.fragments.filter(part => part.dataset.stop);
deck.on("fragmentshown", event => stopsOf(event).forEach(stop => moveTo(stop.dataset.stop)));
deck.on("fragmenthidden", event => stopsOf(event).forEach(stop => moveTo(stop.dataset.before)));
deck.on("slidechanged", event => {
  document.activeElement.blur();
  event.previousSlide?.querySelectorAll(".explorer button").forEach(button => {
    if (button.textContent === "Pause") button.click();
  });
});

// The notes are shown in a window of their own, which knows no formulas but MathML.
const notesInMathML = () => document.querySelectorAll("aside.notes .math").forEach(node => {
  const tex = node.textContent.trim().replace(/^\\[([]|\\[)\]]$/g, "");
  node.dataset.tex = tex;
  node.innerHTML = MathJax.tex2mml(tex, {display: node.tagName === "DIV"});
});

MathJax.startup.promise.then(() => {
  notesInMathML();
  return MathJax.typesetPromise();
}).then(() => deck.initialize());
