(() => {
  // Sixteen-figure nodes and weights of Gauss and Legendre, for both signs.
  const GAUSS = [[0.1834346424956498, 0.3626837833783620], [0.5255324099163290, 0.3137066458778873],
    [0.7966664774136267, 0.2223810344533745], [0.9602898564975363, 0.1012285362903763]];
  const FEW = 64;

  // The share of the peak rate at step t, by the formula that holds around the step `at`: it goes on smoothly past its ends.
  const shareAt = (s, t, at) => {
    const end = s.until ?? s.steps, hold = s.hold ?? s.warmup;
    const rise = at < s.warmup ? (t + 1) / (s.warmup + 1) : 1;
    const done = at < hold ? 0 : at < end ? (t - hold) / (end - hold) : 1;
    switch (s.schedule) {
      case "linear": return rise * (1 - (1 - s.final) * done);
      case "cosine": return rise * (s.final + (1 - s.final) * (1 + Math.cos(Math.PI * done)) / 2);
      case "step": return rise * s.factor ** s.milestones.filter(milestone => milestone <= at).length;
      case "inverse square root": return rise * (at < hold ? 1 : Math.sqrt((hold + 1) / (t + 1)));
      default: return rise;
    }
  };

  // The sum of -log(1 - taken * share) over the steps from a to b, within which one formula holds. Where the steps are many, the
  // integral with the first term of Euler and Maclaurin takes their place.
  const exponentOf = (s, taken, a, b) => {
    const middle = (a + b - 1) / 2;
    const g = t => -Math.log1p(-taken * shareAt(s, t, middle));
    let sum = 0;
    if (b - a <= FEW) {
      for (let t = a; t < b; t++) sum += g(t);
      return sum;
    }
    for (const [node, weight] of GAUSS)
      for (const sign of [-1, 1]) sum += weight * g(middle + sign * node * (b - a) / 2);
    return sum * (b - a) / 2 - (g(b) - g(b - 1) - g(a) + g(a - 1)) / 24;
  };

  // The exponent of forgetting after each hundredth of the training.
  const forgettingOf = (s, taken, points) => {
    const hold = s.hold ?? s.warmup;
    const ends = Array.from({length: points + 1}, (_, i) => Math.floor(i * s.steps / points));
    const bends = [s.warmup, hold, s.until ?? s.steps, ...(s.schedule === "step" ? s.milestones : [])];
    for (let t = FEW; hold + t < s.steps; t *= 2) bends.push(hold + t);
    const cuts = [...new Set([...ends, ...bends.filter(t => t < s.steps)])].sort((one, other) => one - other);
    const sums = new Map([[0, 0]]);
    for (let k = 1; k < cuts.length; k++)
      sums.set(cuts[k], sums.get(cuts[k - 1]) + exponentOf(s, taken, cuts[k - 1], cuts[k]));
    return ends.map(end => sums.get(end));
  };

  // The share at the end from which half of what is not the start comes.
  const newestOf = (forgotten, points) => {
    const all = forgotten[points];
    const wanted = all - (Math.LN2 - Math.log1p(Math.exp(-all)));
    let k = 0;
    while (k < points - 1 && forgotten[k + 1] <= wanted) k++;
    return 1 - (k + (wanted - forgotten[k]) / (forgotten[k + 1] - forgotten[k])) / points;
  };

  const numberOf = (row, lam, scales) => lam ** row.strength * row.coefficient * scales.m ** row.m
    * scales.batch ** row.batch_size * scales.lr ** row.lr * (1 - scales.momentum) ** row.momentum * scales.loss ** row.loss;

  const scalesOf = s => ({
    m: s.examples ?? s.batch, batch: s.batch, lr: s.lr, momentum: s.optimizer === "sgd" ? s.momentum : 0,
    loss: {mean: 1, sum: s.batch, outputs: 2 / s.outputs}[s.loss],
  });

  // As `answer` in calculator.py: the setting is right, and so are its names.
  const answer = (s, data) => {
    const steps = s.steps, scales = scalesOf(s), {momentum, loss} = scales;
    const strengthOf = {
      strength: () => {
        const row = data.conventions[s.source];
        return (s.value / numberOf(row, 1, {...scales, loss: 1})) ** row.strength;
      },
      passes: () => (1 - momentum) / (s.lr * s.value * s.examples / s.batch),
      steps: () => (1 - momentum) / (s.lr * s.value),
      share: () => (1 - momentum) / (s.lr * s.value * steps),
    };
    const lam = strengthOf[s.goal]();
    const target = data.conventions[s.target], scaled = target.loss === 1;
    const found = {
      lam, number: numberOf(target, lam, scales), lr: s.optimizer === "sgd" && scaled ? s.lr / loss : s.lr,
      memory: null, passes: null, share: null, half_life: null, forgotten: null, newest: null, size: null, changes: [],
    };
    const notes = {[s.optimizer]: ["adam", "solver"].includes(s.optimizer), sum: s.loss === "sum" && (scaled || s.optimizer === "adamw")};
    if (!notes[s.optimizer]) {
      const taken = lam * s.lr / (1 - momentum);
      const memory = lam ? 1 / taken : Infinity;
      const forgotten = forgettingOf(s, taken, data.points);
      const newest = lam ? newestOf(forgotten, data.points) : 1;
      const passes = s.examples === null ? null : memory * s.batch / s.examples;
      Object.assign(found, {memory, passes, share: memory / steps, half_life: Math.LN2 * memory, forgotten, newest});
      if (s.optimizer === "adamw" && lam) found.size = Math.sqrt(s.lr / lam / 2);
      found.changes = Object.values(data.changes).map(([change, larger, faster, more]) => numberOf(target, change * lam, {
        m: more * scales.m, batch: Math.min(larger * s.batch, more * scales.m), lr: faster * s.lr, momentum,
        loss: s.loss === "sum" ? larger * loss : loss,
      }));
      Object.assign(notes, {
        beside: s.target === "keras SGD" && momentum > 0,
        none: !lam, kept: lam > 0 && forgotten[data.points] <= Math.LN2, recent: newest < 0.1,
        short: passes !== null && passes < 1 && steps * s.batch >= 2 * s.examples, strong: taken / (1 - momentum) >= 0.1,
      });
    }
    found.notes = Object.keys(data.notes).filter(name => notes[name]);
    return found;
  };

  // What is typed: a comma is a point, spaces stand between thousands.
  const THOUSANDS = /^[1-9]\d{0,2}(,\d{3})+$/;
  const read = text => {
    const plain = text.replace(/[\s\u202f]/g, "").replace(",", ".");
    return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
  };
  const whole = least => [x => Number.isSafeInteger(x) && x >= least, `a whole number, ${least} or greater`];
  const positive = [x => x > 0 && Number.isFinite(x), "a number greater than 0"];
  const KINDS = {
    momentum: [x => x >= 0 && x < 1, "a number from 0 to below 1"], lr: positive,
    batch: whole(1), examples: whole(1), steps: whole(1), warmup: whole(0), hold: whole(0), until: whole(1), outputs: whole(1),
    final: [x => x >= 0 && x <= 1, "a number from 0 to 1"], factor: [x => x > 0 && x <= 1, "a number above 0, at most 1"],
    value: positive,
  };

  const grouped = x => (x >= 1e4 && x < 1e21 ? String(x).replace(/\B(?=(\d{3})+$)/g, "\u202f") : String(x));
  const digits = x => grouped(Number(x.toPrecision(3)));
  const typed = x => (x === Infinity ? "np.inf" : String(Number(x.toPrecision(6))));
  const percent = share => (share < 1e-4 ? "less than 0.01\u202f%" : `${Number((100 * share).toPrecision(share < 0.995 ? 2 : 4))}\u202f%`);
  const element = (name, text) => Object.assign(document.createElement(name), {textContent: text});
  const drawn = (name, attributes, text = "") => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.textContent = text;
    return node;
  };

  const start = root => {
    const data = JSON.parse(root.querySelector('script[type="application/json"]').textContent);
    const form = root.querySelector("form"), result = root.querySelector(".calculator-result");
    const field = name => form.elements[name];
    const label = name => field(name).closest("label");
    const names = Object.keys(data.defaults);
    const rows = data.conventions;
    const cells = root.querySelectorAll(".calculator-conventions td:last-child");
    const recipeOf = () => data.recipes[field("recipe").selectedIndex - 1];

    const textOf = value => (value === null ? "" : Array.isArray(value) ? value.join(" ") : Number.isInteger(value) ? grouped(value) : String(value));
    const fill = setting => names.forEach(name => { if (name in setting) field(name).value = textOf(setting[name]); });

    // Which fields matter, and which conventions fit the optimizer; the others are hidden.
    const fit = () => {
      const optimizer = field("optimizer").value, steps = ["sgd", "adamw"].includes(optimizer);
      const schedule = field("schedule").value, falls = ["linear", "cosine"].includes(schedule);
      if (!steps) field("goal").value = "strength";
      const shown = {
        momentum: optimizer === "sgd", lr: steps, steps, schedule: steps, goal: steps, warmup: steps, final: steps && falls,
        hold: steps && (falls || schedule === "inverse square root"), until: steps && falls,
        milestones: steps && schedule === "step", factor: steps && schedule === "step",
        source: field("goal").value === "strength", loss: optimizer !== "solver",
        outputs: optimizer !== "solver" && field("loss").value === "outputs",
      };
      for (const [name, yes] of Object.entries(shown)) label(name).hidden = !yes;
      for (const [name, usual] of [["source", field("source")], ["target", field("target")]]) {
        for (const option of usual.options) option.hidden = option.disabled = rows[option.value].decoupled !== (optimizer === "adamw");
        if (usual.selectedOptions[0]?.disabled ?? true) usual.value = {sgd: "torch SGD", adam: "torch Adam", adamw: "torch AdamW", solver: name === "source" ? "book" : "sklearn Ridge"}[optimizer];
      }
    };

    // The setting that the fields hold, or what is wrong with one of them.
    const collect = () => {
      const setting = {...data.defaults};
      const uncounted = field("optimizer").value === "adamw" && field("goal").value !== "passes";
      const wrong = (name, message) => ({name, message: `${label(name).querySelector("span").textContent}: ${message}`});
      for (const name of names) {
        const input = field(name), text = input.value.trim();
        if (label(name).hidden && name !== "goal") continue;
        if (input.tagName === "SELECT") {
          if (!text) return wrong(name, "not stated in this recipe; choose one.");
          setting[name] = text;
        } else if (name === "milestones") {
          setting[name] = text.split(/[\s;,]+/).filter(Boolean).map(read);
          if (!setting[name].every((t, k, all) => whole(1)[0](t) && !(t <= all[k - 1]))) return wrong(name, "type whole numbers that ascend, with spaces between them.");
        } else if (!text && (["hold", "until"].includes(name) || (name === "examples" && uncounted))) {
          setting[name] = null;
        } else {
          const [right, what] = name === "value" && setting.goal === "strength" && rows[field("source").value].strength === 1
            ? [x => x >= 0 && Number.isFinite(x), "a number, 0 or greater"] : KINDS[name];
          if (!text && recipeOf()?.setting[name] === null) return wrong(name, `not stated in this recipe; type ${what}.`);
          if (THOUSANDS.test(text)) return wrong(name, `is ${text} in thousands? Type it without the comma, or with a point.`);
          setting[name] = read(text);
          if (!right(setting[name])) return wrong(name, `type ${what}.`);
        }
      }
      const {batch, examples, warmup, hold, until, steps} = setting;
      if (examples !== null && batch > examples) return wrong("batch", "type at most the size of the data.");
      if (!label("steps").hidden) {
        if (warmup >= (until ?? steps)) return wrong("warmup", until === null ? "type fewer steps than the training has." : "type fewer steps than the last of the fall.");
        if (hold !== null && (hold < warmup || hold >= (until ?? steps))) return wrong("hold", "type a step from the end of the warm-up to the end of the fall.");
      }
      const found = answer(setting, data);
      // Without a penalty scikit-learn's C is infinite.
      const numbers = [found.lam, found.lam ? found.number : 0];
      if (!numbers.every(Number.isFinite) || (setting.value > 0 && !numbers.every(x => x >= 2.3e-308))) return wrong("value", "no such number can be typed in this library.");
      if (!label("lr").hidden && found.lam * setting.lr >= 1) return wrong("value", "so strong a decay takes a whole weight, or more, in one step.");
      if (!label("momentum").hidden && found.lam * setting.lr >= 1 - setting.momentum) return wrong("value", "so strong a decay takes a whole weight, or more, for each step, with what the momentum repeats of it.");
      return {setting, found};
    };

    const draw = (setting, forgotten) => {
      const svg = root.querySelector("svg"), x = share => 30 + 280 * share, y = share => 160 - 145 * share;
      const path = shares => shares.map((share, k) => `${k ? "L" : "M"}${x(k / data.points).toFixed(1)} ${y(share).toFixed(1)}`).join("");
      const lefts = forgotten.map(exponent => Math.exp(-exponent));
      const rates = lefts.map((_, k) => {
        const t = Math.min(Math.floor(k * setting.steps / data.points), setting.steps - 1);
        return shareAt(setting, t, t);
      });
      svg.setAttribute("aria-label", `Of the start, ${percent(lefts[25])} is left after a quarter of the training, ${percent(lefts[50])} after half of it, ${percent(lefts[100])} at its end.`);
      svg.replaceChildren(
        drawn("path", {d: `M30 15V160H310`, "stroke-opacity": 0.5}),
        drawn("path", {class: "rate", d: path(rates), "stroke-opacity": 0.7}),
        drawn("path", {class: "left", d: path(lefts)}),
        ...[[0, "0"], [0.5, "½"], [1, "1"]].map(([share, text]) => drawn("text", {x: 22, y: y(share) + 4, "text-anchor": "end"}, text)),
        drawn("text", {x: 30, y: 178}, "0"),
        drawn("text", {x: 310, y: 178, "text-anchor": "end"}, `${digits(setting.steps)} steps`),
      );
    };

    const show = ({setting, found}) => {
      const {number, lr, forgotten} = found;
      const rate = lr === setting.lr || label("lr").hidden ? "" : `, with a learning rate of ${typed(lr)}`;
      root.querySelector(".calculator-number").textContent = `Type ${typed(number)} in ${setting.target}${rate}.`;
      const words = {left: forgotten && percent(Math.exp(-forgotten[data.points])), newest: percent(found.newest ?? 1)};
      const notes = found.notes.map(name => data.notes[name].replace(/\{(\w+)\}/g, (_, key) => words[key]));
      const recipe = recipeOf();
      root.querySelector("ul").replaceChildren(...notes.map(note => element("li", note)));
      const facts = [];
      if (forgotten) {
        const passes = found.passes === null ? "passes unknown without the size of the data" : `${digits(found.passes)} passes`;
        if (found.lam) facts.push(
          ["memory", `${digits(found.memory)} steps at the peak rate, ${passes}, ${found.share < 1 ? percent(found.share) + " of" : digits(found.share) + " times"} the training`],
          ["half-life", `${digits(found.half_life)} steps at the peak rate`],
          ["newest half", `of what the training writes into the weights: from its last ${percent(found.newest)}`]);
        facts.splice(2, 0, ["left of the start", words.left]);
        if (found.size) facts.push(["size", `${digits(found.size)}, root mean square to which AdamW (not Lion or Muon) brings a weight that only noise drives, if the peak rate lasts for several memories`]);
        draw(setting, forgotten);
      }
      root.querySelector("dl").replaceChildren(...facts.flatMap(([name, text]) => [element("dt", name), element("dd", text)]));
      root.querySelector("figure").hidden = root.querySelector(".calculator-changes").hidden = !forgotten;
      root.querySelector(".calculator-source").textContent = recipe
        ? [`Started from ${recipe.name}${recipe.year ? ` (${recipe.year})` : ""}: ${recipe.where}.`, `Does not decay: ${recipe.excluded ?? "not stated"}.`, recipe.note].filter(Boolean).join(" ") : "";
      root.querySelector(".calculator-changes tbody").replaceChildren(...found.changes.map((value, k) => {
        const row = element("tr", ""), change = Object.assign(element("th", Object.keys(data.changes)[k]), {scope: "row"});
        row.append(change, element("td", typed(value)));
        return row;
      }));
      const decoupled = rows[setting.target].decoupled, scales = scalesOf(setting);
      Object.keys(rows).forEach((name, k) => {
        cells[k].textContent = rows[name].decoupled === decoupled ? typed(numberOf(rows[name], found.lam, scales)) : "no equal";
      });
    };

    const addressOf = () => {
      const query = new URLSearchParams();
      if (recipeOf()) query.set("recipe", recipeOf().name);
      const usual = {...data.defaults, ...recipeOf()?.setting};
      names.filter(name => !label(name).hidden && field(name).value.trim() !== textOf(usual[name]))
        .forEach(name => query.set(name, field(name).value.trim().replace(/\u202f/g, "")));
      return `${location.pathname}${String(query) && "?"}${query}#calculator`;
    };

    // On a page of the book the address says what the form holds; in Jupyter it stays.
    let timer;
    const onPage = Boolean(document.querySelector(".bd-article"));
    const update = () => {
      fit();
      const state = collect();
      names.forEach(name => field(name).setAttribute("aria-invalid", String(state.name === name)));
      if (state.setting) show(state);
      else {
        root.querySelector(".calculator-number").textContent = state.message;
        [...root.querySelectorAll("ul, dl, .calculator-source, .calculator-changes tbody"), ...cells].forEach(part => part.replaceChildren());
        root.querySelector("figure").hidden = root.querySelector(".calculator-changes").hidden = true;
      }
      root.querySelector(".calculator-link").href = addressOf();
    };
    const changed = event => {
      if (event.target.name === "recipe") fill({...data.defaults, ...recipeOf()?.setting});
      update();
      clearTimeout(timer);
      // A browser refuses an address that changes at every key.
      if (onPage) timer = setTimeout(() => history.replaceState(history.state, "", addressOf()), 300);
    };

    const open = query => {
      const given = new URLSearchParams(query);
      field("recipe").value = given.get("recipe") ?? "";
      if (field("recipe").selectedIndex < 0) field("recipe").value = "";
      fill({...data.defaults, ...recipeOf()?.setting, ...Object.fromEntries([...given].filter(([name]) => names.includes(name)))});
      update();
    };

    form.addEventListener("input", changed);
    form.addEventListener("submit", event => event.preventDefault());
    root.querySelectorAll(".calculator-cases a").forEach(link => link.addEventListener("click", event => {
      if (onPage && (event.ctrlKey || event.metaKey || event.shiftKey)) return;
      event.preventDefault();
      if (onPage) history.pushState(null, "", link.href);
      open(link.search);
      root.scrollIntoView();
      field("recipe").focus({preventScroll: true});
    }));
    if (onPage) addEventListener("popstate", () => open(location.search));
    // A page that comes back brings what was typed before, or, in WebKit a moment later, empty fields.
    addEventListener("pageshow", event => { if (event.persisted) setTimeout(() => (onPage ? open(location.search) : update())); });
    form.hidden = result.hidden = false;
    root.querySelector(".calculator-link").hidden = !onPage;
    open(onPage ? location.search : "");
    root.answer = setting => answer({...data.defaults, ...setting}, data);
    root.dataset.ready = "";
  };

  document.querySelectorAll(".calculator:not([data-ready])").forEach(start);
})();
