// Legend of the map.

const bar = document.getElementById("legend-bar");
const ticks = document.getElementById("legend-ticks");
const title = document.getElementById("legend-title");

function showLegend() {
  const layer = LAYERS[state.layer];
  const standard = categoriesOf(layer);
  const of = layer.scale === "distance" ? "" : `${about.pollutant}, `;
  title.textContent = `${of}${layer.title} (${layerUnits(layer)})`;
  bar.replaceChildren();
  ticks.replaceChildren();
  bar.classList.toggle("categories", Boolean(standard));
  ticks.hidden = Boolean(standard);
  bar.style.background = "";
  if (standard) {
    title.textContent += "; categories are those of daily means";
    standard.names.forEach((name, i) => {
      const [low, high] = [standard.bounds[i], standard.bounds[i + 1]];
      const last = i === standard.names.length - 1;
      const item = element("span", "");
      const sample = element("i", "");
      sample.style.background = standard.colors[i];
      item.append(sample, `${name}, ${last ? `over ${number(low)}` : `${number(low)}–${number(high)}`}`);
      bar.append(item);
    });
  } else {
    const [low, high] = limitsOf(layer);
    bar.style.background = `linear-gradient(to right, ${about.colors[layer.scale].join()})`;
    for (const part of [0, 0.25, 0.5, 0.75, 1]) ticks.append(element("span", number(low + part * (high - low))));
  }
  showMask(layer);
}

function showMask(layer) {
  const item = document.getElementById("legend-mask");
  item.hidden = !about.grid || !layer.cell || state.masked === "shown" || layer.scale === "distance";
  item.firstElementChild.className = state.masked;
  const reasons = [`no visible station within ${number(state.maxDistance)} km`];
  if (Number.isFinite(state.maxWidth)) reasons.push(`90 % interval wider than ${withUnits(state.maxWidth)}`);
  item.lastElementChild.textContent = reasons.join(", or ");
}
