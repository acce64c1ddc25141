// What a term of the glossary says shows by itself (book.css). Escape puts it away until the term is left. Where nothing can hover,
// the first tap shows it, and the second follows the link.
const termsOf = states => document.querySelectorAll(`.term:is(${states})`);
const release = target => termsOf(".away, .open").forEach(term => {
  if (!term.contains(target) && !term.matches(":hover, :focus-within")) term.classList.remove("away", "open");
});
addEventListener("pointerover", event => release(event.target));
addEventListener("focusin", event => release(event.target));
addEventListener("keydown", event => {
  if (event.key === "Escape")
    termsOf(":hover, :focus-within, .open").forEach(term => {
      term.classList.remove("open");
      term.classList.add("away");
    });
});
addEventListener("click", event => {
  const term = event.target.closest?.(".term");
  termsOf(".open").forEach(other => { if (other !== term) other.classList.remove("open"); });
  if (!term || !matchMedia("(hover: none)").matches || term.classList.contains("open")) return;
  if (event.target.closest("a")) event.preventDefault();
  term.classList.remove("away");
  term.classList.add("open");
});
