// The address of a live notebook may name a cell, at which it opens; by itself it heeds only links within a notebook.
(async () => {
  if (!location.hash.startsWith("#cell-id=")) return;
  const notebook = () => window.jupyterapp?.shell.currentWidget;
  while (!notebook()?.content?.widgets?.length) await new Promise(done => setTimeout(done, 100));
  await notebook().revealed;
  const wanted = decodeURIComponent(location.hash.slice("#cell-id=".length));
  const cells = notebook().content;
  const index = cells.widgets.findIndex(cell => cell.model.id === wanted);
  if (index < 0) return;
  cells.activeCellIndex = index;
  // What is above grows while formulas are set; until the reader does something the cell stays where it is.
  const {node} = cells.widgets[index];
  const hold = new ResizeObserver(() => node.scrollIntoView());
  hold.observe(node.parentElement);
  for (const deed of ["wheel", "pointerdown", "keydown"]) addEventListener(deed, () => hold.disconnect(), {once: true, capture: true});
})();
