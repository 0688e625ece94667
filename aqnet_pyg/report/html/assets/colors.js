// Colors of values: a color scale, or the categories of a standard.

const parse = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const tables = Object.fromEntries(Object.entries(about.colors).map(([name, table]) => [name, table.map(parse)]));
const named = Object.fromEntries(
  Object.entries(about.categories).map(([name, standard]) => [name, { ...standard, rgb: standard.colors.map(parse) }]),
);

function categoriesOf(layer) {
  return layer.scale === "value" ? named[state.palette] : undefined;
}

// Color scale of a layer: its ends, whether values lie beyond them, and whether it is logarithmic.
function scaleOf(layer) {
  const scale = linearScale(layer);
  if (!state.logarithmic || !hasLogarithm(layer)) return scale;
  const low = scale.low > scale.high / 1000 ? scale.low : scale.high / 1000;
  return { ...scale, low, below: scale.below || low > scale.low, logarithmic: true };
}

function hasLogarithm(layer) {
  return ["value", "width"].includes(layer.scale) && !categoriesOf(layer);
}

function linearScale(layer) {
  if (state.palette !== "hour" || layer.scale === "distance") return about.scales[layer.scale];
  const now = row();
  const known = [];
  for (let station = 0; station < stationCount; station++) known.push(layer.station(now, station));
  const cells = about.grid && layer.cell ? about.grid.rows * about.grid.columns : 0;
  for (let cell = 0; cell < cells; cell++) if (!isBlank(now, cell)) known.push(layer.cell(now, cell));
  const sorted = known.filter(Number.isFinite).sort((a, b) => a - b);
  if (!sorted.length) return about.scales[layer.scale];
  const beyond = ([low, high]) => ({ low, high, below: sorted[0] < low, above: sorted.at(-1) > high });
  const at = (part) => sorted[Math.round(part * (sorted.length - 1))];
  if (["error", "departure"].includes(layer.scale)) {
    const end = Math.max(Math.abs(at(0.01)), Math.abs(at(0.99))) || 1;
    return beyond([-end, end]);
  }
  return beyond(at(0.99) > at(0.01) ? [at(0.01), at(0.99)] : [0, Math.max(at(0.99), 1)]);
}

// Red, green and blue of a value, which must not be NaN.
function colorOf(x, layer, scale) {
  const standard = categoriesOf(layer);
  if (standard) {
    const above = standard.bounds.findIndex((bound) => bound > x);
    return standard.rgb[above < 0 ? standard.rgb.length - 1 : Math.max(0, above - 1)];
  }
  const table = tables[layer.scale];
  const part = within(partOf(x, scale), 0, 1);
  return table[Math.round(part * (table.length - 1))];
}

// Place of a value on a color scale: 0 at its lower end, 1 at its upper end.
function partOf(x, { low, high, logarithmic }) {
  return logarithmic ? Math.log(Math.max(x, low) / low) / Math.log(high / low) : (x - low) / (high - low);
}

// Round numbers on a color scale: multiples of 1, 2 or 5, or powers of ten times 1, 2 and 5.
function roundTicks({ low, high, logarithmic }) {
  const found = [];
  if (logarithmic && high / low > 5) {
    for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10) {
      for (const times of high / low > 300 ? [1] : [1, 2, 5]) found.push(times * power);
    }
  } else {
    const between = roundStep((high - low) / 6);
    for (let n = Math.ceil(low / between); n * between <= high; n++) found.push(n * between);
  }
  return found.filter((x) => x >= low && x <= high);
}

// The smallest step of 1, 2 or 5 times a power of ten that is not smaller.
function roundStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].find((times) => times * power >= rough) * power;
}

// A color of the style sheet, for the light or dark theme.
function themeColor(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
