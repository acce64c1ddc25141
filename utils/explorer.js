document.querySelectorAll(".explorer:not([data-ready])").forEach(root => {
  const {frames, sentences, labels} = JSON.parse(root.querySelector('script[type="application/json"]').textContent);
  const image = root.querySelector("img");
  const controls = root.querySelector(".explorer-controls");
  const sentence = root.querySelector(".explorer-sentence");
  const sliders = [...controls.querySelectorAll("input")];
  const play = controls.querySelector("button");
  let timer;

  const show = () => {
    const index = sliders.reduce((sum, slider) => sum * (Number(slider.max) + 1) + Number(slider.value), 0);
    if (image.getAttribute("src") !== frames[index]) image.src = frames[index];
    image.alt = sentence.textContent = sentences[index];
    sliders.forEach((slider, k) => {
      const label = labels[k][slider.value];
      slider.setAttribute("aria-valuetext", label);
      slider.nextElementSibling.textContent = label;
    });
  };
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
    play.textContent = "Play";
  };
  const step = () => {
    sliders[0].value = Number(sliders[0].value) + 1;
    show();
    if (sliders[0].value === sliders[0].max) stop();
  };
  play.addEventListener("click", () => {
    if (timer) return stop();
    if (sliders[0].value === sliders[0].max) sliders[0].value = 0;
    else sliders[0].value = Number(sliders[0].value) + 1;
    show();
    play.textContent = "Pause";
    timer = setInterval(step, play.dataset.milliseconds);
  });
  sliders.forEach(slider => slider.addEventListener("input", () => { stop(); show(); }));
  // A page that comes back may bring its sliders' old values, or their first ones, beside the picture as it was left.
  addEventListener("pageshow", () => { stop(); show(); });

  // The frames are fetched when the page has been painted and the reader comes near.
  const fetchFrames = () => { root.frames = frames.map(source => Object.assign(new Image(), {src: source})); };
  new IntersectionObserver((entries, observer) => {
    if (!entries.some(entry => entry.isIntersecting)) return;
    observer.disconnect();
    if (document.readyState === "complete") fetchFrames();
    else addEventListener("load", fetchFrames, {once: true});
  }, {rootMargin: "50%"}).observe(root);

  controls.hidden = false;
  root.dataset.ready = "";
});
