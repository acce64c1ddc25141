// A copy of an older version that is kept beside the newest one says so.
(async () => {
  const said = name => document.querySelector(`meta[name="${name}"]`)?.content;
  const home = said("book-home");
  const root = new URL(document.documentElement.dataset.content_root ?? "./", location.href);
  if (!home || root.origin !== new URL(home).origin || root.href === home) return;
  const answer = await fetch(new URL("version.json", home)).catch(() => null);
  const newest = answer?.ok ? (await answer.json()).version : undefined;
  if (!newest || newest === said("book-version")) return;
  const banner = Object.assign(document.createElement("div"), {className: "old-version", role: "note"});
  banner.append(`This is version ${said("book-version")}. `);
  banner.append(Object.assign(document.createElement("a"), {href: home, textContent: `The newest is ${newest}.`}));
  document.body.prepend(banner);
})();
