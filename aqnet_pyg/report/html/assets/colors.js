// Colors of values: a color scale, or the categories of a standard.

const parse = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const tables = Object.fromEntries(Object.entries(about.colors).map(([name, table]) => [name, table.map(parse)]));
const named = Object.fromEntries(
  Object.entries(about.categories).map(([name, standard]) => [name, { ...standard, rgb: standard.colors.map(parse) }]),
);

function categoriesOf(layer) {
  return layer.scale === "value" ? named[state.palette] : undefined;
}

// Limits of the color scale of a layer.
function limitsOf(layer) {
  if (state.palette !== "hour" || layer.scale === "distance") return about.scales[layer.scale];
  const now = row();
  const known = [];
  for (let station = 0; station < stationCount; station++) known.push(layer.station(now, station));
  const cells = about.grid && layer.cell ? about.grid.rows * about.grid.columns : 0;
  for (let cell = 0; cell < cells; cell++) if (!isBlank(now, cell)) known.push(layer.cell(now, cell));
  const sorted = known.filter(Number.isFinite).sort((a, b) => a - b);
  if (!sorted.length) return about.scales[layer.scale];
  const at = (part) => sorted[Math.round(part * (sorted.length - 1))];
  if (layer.scale === "error") {
    const end = Math.max(Math.abs(at(0.01)), Math.abs(at(0.99))) || 1;
    return [-end, end];
  }
  return at(0.99) > at(0.01) ? [at(0.01), at(0.99)] : [0, at(0.99) || 1];
}

// Red, green and blue of a value, which must not be NaN.
function colorOf(x, layer, [low, high]) {
  const standard = categoriesOf(layer);
  if (standard) {
    const above = standard.bounds.findIndex((bound) => bound > x);
    return standard.rgb[above < 0 ? standard.rgb.length - 1 : Math.max(0, above - 1)];
  }
  const table = tables[layer.scale];
  const part = Math.min(1, Math.max(0, (x - low) / (high - low)));
  return table[Math.round(part * (table.length - 1))];
}

// A color of the style sheet, for the light or dark theme.
function themeColor(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
