// The form for a mistake is told at which section the reader is.
document.addEventListener("click", event => {
  const link = event.target.closest("a.btn-report-button, a[href*='template=mistake']");
  if (!link) return;
  const above = [...document.querySelectorAll("article h1, article h2, article h3")]
    .filter(heading => heading.getBoundingClientRect().top < innerHeight / 2);
  const address = new URL(link.href);
  if (above.length) address.searchParams.set("section", above.at(-1).textContent.replace(/#$/, "").trim());
  link.href = address;
}, true);
