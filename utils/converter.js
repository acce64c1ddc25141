document.querySelectorAll(".converter:not([data-ready])").forEach(root => {
  const rows = JSON.parse(root.querySelector('script[type="application/json"]').textContent);
  const [value, source, m, batch, lr] = ["value", "source", "m", "batch_size", "lr"].map(name => root.querySelector(`[name="${name}"]`));
  const cells = [...root.querySelectorAll("td")];
  const status = root.querySelector('[aria-live="polite"]');
  const inputs = [value, m, batch, lr];

  // A field for numbers takes a comma in some browsers, in others drops it and reads 0,5 as 5. So the text is read here.
  const read = input => {
    const text = input.value.trim().replace(",", ".");
    return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  };
  const thousands = input => /^[+-]?[1-9]\d{0,2}(,\d{3})+$/.test(input.value.trim());
  inputs.forEach(input => { input.type = "text"; input.inputMode = "decimal"; });

  const convert = () => {
    const given = rows[source.selectedIndex];
    const [number, examples, size, rate] = inputs.map(read);
    const factor = row => row.coefficient * examples ** row.m * size ** row.batch_size * rate ** row.lr;
    const positive = one => one > 0 && Number.isFinite(one);
    const whole = one => Number.isInteger(one) && one >= 1;
    const grouped = inputs.find(thousands);
    const wrong =
      grouped ? `Is ${grouped.value.trim()} in thousands? Type it without the comma, or with a point.` :
      !positive(number) ? "Type a strength greater than 0." :
      !whole(examples) ? "The number of examples is a whole number, 1 or greater." :
      !whole(size) || size > examples ? "The batch size is a whole number from 1 to the number of examples." :
      !positive(rate) ? "The learning rate is greater than 0." : "";
    const strength = (number / factor(given)) ** given.strength;
    cells.forEach((cell, k) => {
      const row = rows[k];
      cell.textContent = wrong ? "" :
        row.decoupled !== given.decoupled ? "no equal" : String(Number((factor(row) * strength ** row.strength).toPrecision(6)));
    });
    status.textContent = wrong || (given.decoupled
      ? `Each step multiplies the weights by 1 − ${Number((rate * strength).toPrecision(6))}, beside Adam's own step.`
      : `In this book's convention, λ = ${Number(strength.toPrecision(6))}.`);
  };
  root.addEventListener("input", convert);
  // A page that comes back may bring what was typed before.
  addEventListener("pageshow", convert);
  root.querySelectorAll("input, select").forEach(input => { input.disabled = false; });
  convert();
  root.dataset.ready = "";
});
