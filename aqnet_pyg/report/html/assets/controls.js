// Controls above and beside the map.

const slider = document.getElementById("hour");
const play = document.getElementById("play");
const search = document.getElementById("search");
const stationList = document.getElementById("stations");
let playing = null;

function showHour() {
  const hours = about.hours[state.round];
  const hour = hours[state.step];
  slider.max = hours.length - 1;
  slider.value = state.step;
  const daily = state.average === "day";
  const [from, to] = daySteps();
  const when = daily ? `${localDate.format(asDate(hour - 1))}, daily mean` : localText(hour);
  slider.setAttribute("aria-valuetext", when);
  document.getElementById("when").textContent = when;
  const ahead = about.issued ? `, ${hour - about.issued[state.round]} h ahead` : "";
  const count = to - from + 1;
  const few = count < MIN_HOURS ? `, too few (at least ${MIN_HOURS})` : "";
  document.getElementById("when-utc").textContent = daily
    ? `${count} hours of the day ${about.zone_name}${few}`
    : `${utcText(hour)}, hour ending${ahead}`;
  for (const [id, text] of [["earlier", "Previous"], ["later", "Next"]]) {
    document.getElementById(id).setAttribute("aria-label", `${text} ${state.average}`);
  }
}

function stop() {
  clearInterval(playing);
  playing = null;
  play.textContent = "▶";
  play.setAttribute("aria-label", "Play");
}

function start() {
  play.textContent = "❚❚";
  play.setAttribute("aria-label", "Pause");
  const pace = state.average === "day" ? 1000 : 250;
  playing = setInterval(() => change({ step: state.step === latest() ? 0 : moveBy(1) }), pace);
}

function latest() {
  return about.hours[state.round].length - 1;
}

// The next (1) or previous (-1) hour, or the first hour of the next or previous day.
function moveBy(direction) {
  const [first, last] = daySteps();
  if (state.average === "hour") return within(state.step + direction, 0, latest());
  return direction > 0 ? Math.min(latest(), last + 1) : daySteps(Math.max(0, first - 1))[0];
}

function listenToTime() {
  slider.addEventListener("input", () => change({ step: Number(slider.value) }));
  play.addEventListener("click", () => (playing ? stop() : start()));
  document.getElementById("earlier").addEventListener("click", () => change({ step: moveBy(-1) }));
  document.getElementById("later").addEventListener("click", () => change({ step: moveBy(1) }));
  const average = document.getElementById("average");
  average.addEventListener("change", () => {
    stop();
    change({ average: average.value });
  });
  const issued = document.getElementById("issued");
  document.getElementById("issued-block").hidden = !about.issued;
  about.issued?.forEach((hour, i) => issued.append(element("option", localText(hour), { value: i })));
  issued.addEventListener("change", () => change({ round: Number(issued.value), span: null }));
}

// Controls that show the state, also where an address set it.
function showControls() {
  for (const name of ["layer", "average", "palette"]) document.getElementById(name).value = state[name];
  document.getElementById("logarithmic").checked = state.logarithmic;
  document.getElementById("issued").value = state.round;
  document.getElementById("whole-period").disabled = !state.span;
}

// Layers and palettes that are available for this run.
function listenToLayers() {
  const layer = document.getElementById("layer");
  const missing = { both: !about.grid, width: !arrays.station_lower, departure: !arrays.cell_departure };
  for (const option of [...layer.options]) if (missing[option.value]) option.remove();
  layer.addEventListener("change", () => change({ layer: layer.value }));
  change({ layer: layer.value });
  const palette = document.getElementById("palette");
  const names = { china: "Categories of China", china_2026: "Categories of China, 2026", epa: "Categories of US EPA" };
  for (const name of Object.keys(about.categories)) {
    palette.append(element("option", names[name] ?? `Categories: ${name}`, { value: name }));
  }
  palette.addEventListener("change", () => change({ palette: palette.value }));
  const logarithmic = document.getElementById("logarithmic");
  logarithmic.addEventListener("change", () => change({ logarithmic: logarithmic.checked }));
}

function listenToMask() {
  document.getElementById("mask-block").hidden = !about.grid;
  document.getElementById("max-width-block").hidden = !arrays.cell_lower;
  const [maxDistance, maxWidth, masked] = ["max-distance", "max-width", "masked"].map((id) => document.getElementById(id));
  const limit = (input) => (input.value === "" ? Infinity : Math.max(0, Number(input.value)));
  maxDistance.addEventListener("input", () => change({ maxDistance: limit(maxDistance) }));
  maxWidth.addEventListener("input", () => change({ maxWidth: limit(maxWidth) }));
  masked.addEventListener("change", () => change({ masked: masked.value }));
}

function listStations() {
  const words = search.value.trim().toLowerCase().split(/\s+/);
  const options = [];
  for (let station = 0; station < stationCount; station++) {
    const name = stationName(station);
    const kind = isVisible(station) ? "" : " – hidden";
    if (words.every((word) => `${name}${kind}`.toLowerCase().includes(word))) {
      options.push(element("option", `${name}${kind}`, { value: station }));
    }
  }
  stationList.replaceChildren(...options);
  markStation();
  document.getElementById("found").textContent = `${options.length} of ${stationCount}`;
}

function markStation() {
  stationList.value = state.place?.kind === "station" ? state.place.index : "";
}

function listenToSearch() {
  search.addEventListener("input", listStations);
  stationList.addEventListener("change", () => {
    const place = { kind: "station", index: Number(stationList.value) };
    change({ place });
    centerOn(...whereIs(place));
  });
  listStations();
}

function listenToTheme() {
  const theme = document.getElementById("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  const show = () => {
    theme.setAttribute("aria-pressed", isDark());
    drawMap();
  };
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    show();
  });
  dark.addEventListener("change", show);
  show();
}
