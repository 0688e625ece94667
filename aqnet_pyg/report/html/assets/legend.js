// Legend of the map.

const bar = document.getElementById("legend-bar");
const ticks = document.getElementById("legend-ticks");
const title = document.getElementById("legend-title");

function showLegend() {
  const layer = LAYERS[state.layer];
  const standard = categoriesOf(layer);
  document.getElementById("logarithmic-block").hidden = !hasLogarithm(layer);
  const of = layer.scale === "distance" ? "" : `${about.pollutant}, `;
  title.textContent = `${of}${layerTitle(layer)} (${layerUnits(layer)})`;
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
    const scale = scaleOf(layer);
    bar.style.background = `linear-gradient(to right, ${about.colors[layer.scale].join()})`;
    for (const x of roundTicks(scale)) {
      const tick = element("span", number(x));
      tick.style.left = `${100 * partOf(x, scale)}%`;
      ticks.append(tick);
    }
    const colors = about.colors[layer.scale];
    showEnd("below", scale.below, `lower than ${number(scale.low)}`, colors[0]);
    showEnd("above", scale.above, `higher than ${number(scale.high)}`, colors.at(-1));
  }
  showMask(layer);
}

// An arrow at an end of the bar that values exceed: they have the color of the end.
function showEnd(name, exceeded, text, color) {
  if (!exceeded) return;
  const arrow = element("i", "", { class: name, role: "img", "aria-label": `Some values are ${text}`, title: `Some values are ${text}` });
  arrow.style.background = color;
  bar.append(arrow);
}

function showMask(layer) {
  const item = document.getElementById("legend-mask");
  item.hidden = !about.grid || !layer.cell || state.masked === "shown" || layer.scale === "distance";
  item.firstElementChild.className = state.masked;
  const atSea = state.maxDistance > about.sea_km ? ` (${number(about.sea_km)} km at sea)` : "";
  const reasons = [`no visible station within ${number(state.maxDistance)} km${atSea}`];
  if (Number.isFinite(state.maxWidth)) reasons.push(`90 % interval wider than ${withUnits(state.maxWidth)}`);
  item.lastElementChild.textContent = reasons.join(", or ");
}
