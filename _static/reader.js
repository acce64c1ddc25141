// What a reader has done stays in this browser alone: where he was, and which questions he has answered.
(() => {
  const KEY = "what-is-weight-decay";
  const load = () => {
    try { return JSON.parse(localStorage.getItem(KEY)) ?? {}; } catch { return {}; }
  };
  const save = change => {
    try { localStorage.setItem(KEY, JSON.stringify({...load(), ...change})); } catch { /* a browser that keeps nothing */ }
  };
  const root = new URL(document.documentElement.dataset.content_root ?? "./", location.href);
  const page = location.pathname.slice(root.pathname.length) || "index.html";
  const isChapter = /^chapters\/\d/.test(page) && !page.endsWith("-slides.html");
  const make = (tag, text, attributes = {}) => {
    const node = Object.assign(document.createElement(tag), {textContent: text});
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  };

  // The last heading above the middle of the screen.
  const place = () => [...document.querySelectorAll(".bd-article section[id] > :is(h1, h2, h3)")]
    .filter(heading => heading.getBoundingClientRect().top < innerHeight / 2).at(-1);
  const remember = () => {
    const heading = place();
    if (!heading) return;
    const words = heading.cloneNode(true);
    words.querySelectorAll(".headerlink").forEach(link => link.remove());
    const chapter = document.querySelector(".bd-article h1").firstChild.textContent;
    const section = heading.tagName === "H1" ? "" : words.textContent;
    save({last: {page, at: heading.parentElement.id, chapter, section}});
  };
  const lead = () => {
    const {last} = load();
    const first = document.querySelector(".bd-article h1");
    if (!last || !first || !/^chapters\/[\w-]+\.html$/.test(last.page)) return;
    const line = make("p", "Continue where you were: ", {class: "continue"});
    line.append(make("a", last.section ? `${last.chapter}, ${last.section}` : last.chapter, {href: `${new URL(last.page, root)}#${last.at}`}));
    first.after(line);
  };

  // A question is done once its right answer has been opened.
  const questions = () => [...document.querySelectorAll("#check-yourself details")]
    .filter(choice => choice.querySelector("p")?.textContent.startsWith("Right."));
  const watch = () => {
    const right = questions();
    right.forEach((choice, k) => choice.addEventListener("toggle", () => {
      if (!choice.open || "unfolding" in document.documentElement.dataset) return;
      const done = load().done ?? {};
      const known = new Set(done[page]?.questions).add(k);
      save({done: {...done, [page]: {questions: [...known], of: right.length}}});
      mark();
    }));
  };
  const mark = () => {
    const done = load().done ?? {};
    for (const link of document.querySelectorAll(".bd-sidebar-primary a[href]")) {
      const known = done[new URL(link.href).pathname.slice(root.pathname.length)];
      link.querySelector(".done")?.remove();
      if (!known) continue;
      const all = known.questions.length >= known.of;
      const said = all ? "all questions answered" : `${known.questions.length} of ${known.of} questions answered`;
      link.append(make("span", all ? " ✓" : ` ${known.questions.length}/${known.of}`, {class: "done", role: "img", "aria-label": said, title: said}));
    }
  };

  const foldAll = () => {
    const folds = [...document.querySelectorAll(".bd-article details")];
    const buttons = document.querySelector(".article-header-buttons");
    if (!folds.length || !buttons) return;
    const button = make("button", "", {type: "button", class: "btn btn-sm fold-all", "aria-pressed": "false"});
    const show = open => {
      button.title = open ? "Close all that folds" : "Open all that folds: code, hints, solutions and answers";
      button.setAttribute("aria-label", button.title);
      button.setAttribute("aria-pressed", open);
    };
    button.append(make("i", "", {class: "fas fa-layer-group", "aria-hidden": "true"}));
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-pressed") === "false";
      // Answers that are opened all at once were not given.
      document.documentElement.dataset.unfolding = "";
      folds.forEach(fold => { fold.open = open; });
      setTimeout(() => delete document.documentElement.dataset.unfolding, 500);
      show(open);
    });
    show(false);
    buttons.prepend(button);
  };

  document.addEventListener("DOMContentLoaded", () => {
    mark();
    foldAll();
    if (page === "index.html") lead();
    if (!isChapter) return;
    watch();
    let waiting;
    addEventListener("scroll", () => { clearTimeout(waiting); waiting = setTimeout(remember, 500); }, {passive: true});
  });
})();
