const sliderHasFocus = () => document.activeElement.matches(".explorer input");
const buttonHasFocus = () => document.activeElement.matches(".explorer button");

// An old projector is narrower, and everything on its slides is laid out anew, so that the letters stay as large.
const size = () =>
  innerWidth / innerHeight < 1.5 && !location.search.includes("print-pdf") ? {width: 1024, height: 768} : {width: 1280, height: 720};
const layOut = () => document.documentElement.classList.toggle("narrow", size().width === 1024);
layOut();

// A finger on a slider moves it, and does not turn the slide.
document.querySelectorAll(".explorer-controls").forEach(controls => { controls.dataset.preventSwipe = ""; });

const deck = new Reveal({
  ...size(), maxScale: 10, margin: 0, center: false, display: "flex", transition: "none", backgroundTransition: "none",
  hash: true, slideNumber: "c/t", controls: false, pdfSeparateFragments: false, defaultTiming: 120,
  plugins: [RevealNotes],
  // A slider that has the focus keeps its keys, and a button those that press it.
  keyboardCondition: event => !sliderHasFocus() && !(buttonHasFocus() && [" ", "Enter"].includes(event.key)),
});
addEventListener("resize", () => {
  if (deck.isReady() && deck.getConfig().width !== size().width) {
    layOut();
    deck.configure(size());
  }
});

// Each press on "next" moves an explorer's slider to its next stop, until the last. How many of its stops a slide has shown is
// kept here: a jump past the slide shows or hides them all without a word.
const shown = new Map();
const stopsOf = slide => [...slide.querySelectorAll("[data-stop]")];
const settle = (slide, number) => {
  shown.set(slide, number);
  stopsOf(slide).forEach((stop, k) => stop.classList.toggle("visible", k < number));
};
// The stops of a slider that was moved by hand are not wanted any more.
const settleAll = slide => settle(slide, stopsOf(slide).length);
const onStops = event => {
  if (!event.fragments.some(part => part.dataset.stop)) return;
  const slide = event.fragments[0].closest("section"), stops = stopsOf(slide);
  const number = stops.filter(stop => stop.classList.contains("visible")).length;
  const slider = slide.querySelector(".explorer input");
  shown.set(slide, number);
  slider.value = Math.round(number / stops.length * slider.max);
  slider.dispatchEvent(new Event("input"));
};
deck.on("fragmentshown", onStops);
deck.on("fragmenthidden", onStops);
deck.on("slidechanged", event => {
  document.activeElement.blur();
  if (!isReceiver) settle(event.currentSlide, shown.get(event.currentSlide) ?? 0);
  event.previousSlide?.querySelectorAll(".explorer button").forEach(button => {
    if (button.textContent === "Pause") button.click();
  });
});
for (const moved of ["input", "click"])
  addEventListener(moved, event => {
    if (event.isTrusted && event.target.closest(".explorer-controls")) settleAll(event.target.closest("section"));
  });

// From a slider that has the focus Page Up and Page Down turn the page, and Escape gives the arrow keys back to the slides. A
// letter is the deck's, as is the full stop of a clicker's black button; the slider has the focus again afterwards.
const turns = {
  PageDown: () => { settleAll(deck.getCurrentSlide()); deck.next(); },
  PageUp: () => { settle(deck.getCurrentSlide(), 0); deck.prev(); },
  Escape: () => {},
};
addEventListener("keydown", event => {
  if (!sliderHasFocus() || event.ctrlKey || event.altKey || event.metaKey) return;
  const slider = document.activeElement;
  if (event.key in turns) {
    event.preventDefault();
    event.stopPropagation();
    slider.blur();
    turns[event.key]();
  } else if (event.key.length === 1) {
    slider.blur();
    setTimeout(() => {
      const stays = slider.closest("section") === deck.getCurrentSlide() && !deck.isOverview();
      if (stays && document.activeElement === document.body) slider.focus();
    });
  }
}, true);

// The speaker's window holds this deck twice more. The first, which shows the same slide, follows every slider, and a slider
// moved there moves here. From a folder the windows may not look into each other, and can only send messages.
const isReceiver = /[?&]receiver/i.test(location.search);
const followers = new Set();
const slidersOf = slide => [...slide.querySelectorAll(".explorer input")];
const positions = slide => ({slide: deck.getSlides().indexOf(slide), values: slidersOf(slide).map(slider => slider.value)});
const watch = new MutationObserver(changes => {
  const slides = new Set(changes.map(change => change.target.closest("section")));
  for (const slide of slides) for (const follower of followers) follower.postMessage(positions(slide), "*");
});
if (isReceiver) {
  addEventListener("input", event => {
    if (event.isTrusted && event.target.matches(".explorer input"))
      parent.opener?.postMessage(positions(event.target.closest("section")), "*");
  });
  if (parent.frames[0] === window) deck.on("ready", () => parent.opener?.postMessage("follow", "*"));
} else {
  document.querySelectorAll(".explorer img").forEach(image => watch.observe(image, {attributeFilter: ["src"]}));
}
addEventListener("message", ({data, source}) => {
  if (data === "follow") {
    followers.add(source);
    document.querySelectorAll("section:has(.explorer)").forEach(slide => source.postMessage(positions(slide), "*"));
  }
  const slide = deck.getSlides()[data?.slide];
  if (!slide || !Array.isArray(data.values)) return;
  slidersOf(slide).forEach((slider, k) => {
    if (slider.value === data.values[k]) return;
    slider.value = data.values[k];
    slider.dispatchEvent(new Event("input"));
  });
  if (!isReceiver) settleAll(slide);
  watch.takeRecords();
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
