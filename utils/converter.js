document.querySelectorAll(".converter:not([data-ready])").forEach(root => {
  const rows = JSON.parse(root.querySelector('script[type="application/json"]').textContent);
  const [value, source, m, batch, lr] = ["value", "source", "m", "batch_size", "lr"].map(name => root.querySelector(`[name="${name}"]`));
  const cells = [...root.querySelectorAll("td")];
  const status = root.querySelector('[aria-live="polite"]');
  const factor = row => row.coefficient * m.value ** row.m * batch.value ** row.batch_size * lr.value ** row.lr;

  const convert = () => {
    const given = rows[source.selectedIndex];
    const whole = input => Number.isInteger(Number(input.value)) && Number(input.value) >= 1;
    const wrong =
      !(value.value !== "" && Number(value.value) > 0) ? "Type a strength greater than 0." :
      !whole(m) ? "The number of examples is a whole number, 1 or greater." :
      !whole(batch) || Number(batch.value) > Number(m.value) ? "The batch size is a whole number from 1 to the number of examples." :
      !(Number(lr.value) > 0) ? "The learning rate is greater than 0." : "";
    const strength = (value.value / factor(given)) ** given.strength;
    cells.forEach((cell, k) => {
      const row = rows[k];
      cell.textContent = wrong ? "" :
        row.decoupled !== given.decoupled ? "no equal" : String(Number((factor(row) * strength ** row.strength).toPrecision(6)));
    });
    status.textContent = wrong || (given.decoupled
      ? `Each step multiplies the weights by 1 − ${Number((lr.value * strength).toPrecision(6))}, beside Adam's own step.`
      : `In this book's convention, λ = ${Number(strength.toPrecision(6))}.`);
  };
  root.addEventListener("input", convert);
  root.querySelectorAll("input, select").forEach(input => { input.disabled = false; });
  convert();
  root.dataset.ready = "";
});
