// Files of what is shown, and the state of the page in its address.

function save(content, name) {
  const link = element("a", "", { href: URL.createObjectURL(content), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

const stamp = (hour) => `${asDate(hour).toISOString().slice(0, 16)}Z`;

// A field of a CSV file. A text that a spreadsheet would read as a formula is preceded by an apostrophe, as in all CSV files.
function csvField(content) {
  const text = typeof content === "string" && /^'*[=+\-@\t\r]/.test(content) ? `'${content}` : String(content);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// The time series that is shown, one line an hour; times are the ends of the hours in UTC.
function seriesTable() {
  const { kind, index } = state.place;
  const [begin, end] = spanOf();
  const parts = ["value", "lower", "upper", "measured"].filter((part) => arrays[`${kind}_${part}`]);
  const lines = [["time_utc", "place", ...parts.map((part) => (part === "value" ? "predicted" : part)), "units"]];
  const name = kind === "station" ? about.stations.code[index] : whereIs(state.place).map((x) => x.toFixed(4)).join(" ");
  for (let step = begin; step <= end; step++) {
    const read = (part) => value(`${kind}_${part}`, row(step), index);
    const numbers = parts.map(read).map((x) => (Number.isNaN(x) ? "" : Number(x.toPrecision(6))));
    lines.push([stamp(about.hours[state.round][step]), name, ...numbers, about.units]);
  }
  return `${lines.map((line) => line.map(csvField).join(",")).join("\r\n")}\r\n`;
}

// The map with its title, hour, color scale and, of simulated data, this word.
function mapPicture() {
  const dense = window.devicePixelRatio || 1;
  const [width, height] = [canvas.width / dense, canvas.height / dense];
  const picture = document.createElement("canvas");
  picture.width = canvas.width;
  picture.height = Math.round((height + 84) * dense);
  const brush = picture.getContext("2d");
  brush.fillStyle = "#fff";
  brush.fillRect(0, 0, picture.width, picture.height);
  brush.drawImage(canvas, 0, 0);
  brush.setTransform(dense, 0, 0, dense, 0, 0);
  const font = getComputedStyle(document.body).fontFamily;
  brush.fillStyle = "#222";
  brush.font = `600 13px ${font}`;
  const simulated = about.simulated ? " – simulated data" : "";
  brush.fillText(`${title.textContent}${simulated}`, 10, height + 19, width - 20);
  brush.font = `12px ${font}`;
  brush.fillText(document.getElementById("when").textContent, 10, height + 37, width - 20);
  const layer = LAYERS[state.layer];
  const standard = categoriesOf(layer);
  const colors = standard ? standard.colors : about.colors[layer.scale];
  const [left, across] = [30, width - 60];
  colors.forEach((color, i) => {
    brush.fillStyle = color;
    brush.fillRect(left + (across * i) / colors.length, height + 46, across / colors.length + 1, 14);
  });
  brush.fillStyle = "#222";
  brush.textAlign = "center";
  if (standard) {
    standard.names.forEach((name, i) => {
      brush.fillText(name, left + (across * (i + 0.5)) / colors.length, height + 77, across / colors.length);
    });
    return picture;
  }
  const scale = scaleOf(layer);
  for (const x of roundTicks(scale)) brush.fillText(number(x), left + across * partOf(x, scale), height + 77);
  const [first, last] = [colors[0], colors.at(-1)];
  for (const [beyond, from, to, color] of [[scale.below, left, left - 12, first], [scale.above, left + across, left + across + 12, last]]) {
    if (!beyond) continue;
    brush.fillStyle = color;
    brush.beginPath();
    brush.moveTo(from, height + 46);
    brush.lineTo(to, height + 53);
    brush.lineTo(from, height + 60);
    brush.fill();
  }
  return picture;
}

// State as the fragment of the address, such as #hour=2025-01-28T17:00Z&layer=both&station=1001A.
function addressOf() {
  const parts = new URLSearchParams();
  if (about.issued) parts.set("issued", stamp(about.issued[state.round]));
  parts.set("hour", stamp(about.hours[state.round][state.step]));
  for (const name of ["layer", "average", "palette"]) parts.set(name, state[name]);
  if (state.logarithmic) parts.set("logarithmic", "1");
  if (state.place?.kind === "station") parts.set("station", about.stations.code[state.place.index]);
  if (state.place?.kind === "cell") parts.set("cell", state.place.index);
  return `#${parts}`;
}

// Changes that an address asks for; what this page does not have is left out.
function changesOf(address) {
  const parts = new URLSearchParams(address.slice(1));
  const found = {};
  const hourOf = (name) => Date.parse(parts.get(name) ?? "") / 3600000;
  const round = about.issued ? about.issued.indexOf(hourOf("issued")) : 0;
  const step = about.hours[Math.max(0, round)].indexOf(hourOf("hour"));
  if (round >= 0 && step >= 0) Object.assign(found, { round, step });
  for (const name of ["layer", "average", "palette"]) {
    const options = [...document.getElementById(name).options].map((option) => option.value);
    if (options.includes(parts.get(name))) found[name] = parts.get(name);
  }
  if (parts.get("logarithmic") === "1") found.logarithmic = true;
  const station = about.stations.code.indexOf(parts.get("station"));
  const cell = parts.has("cell") && about.grid ? Number(parts.get("cell")) : -1;
  if (station >= 0) found.place = { kind: "station", index: station };
  else if (Number.isInteger(cell) && cell >= 0 && cell < about.grid?.rows * about.grid?.columns) {
    found.place = { kind: "cell", index: cell };
  }
  return found;
}

let writing = 0;

function writeAddress() {
  clearTimeout(writing);
  writing = setTimeout(() => history.replaceState(null, "", addressOf()), 300);
}

function listenToExport() {
  document.getElementById("save-series").addEventListener("click", () => {
    const name = state.place.kind === "station" ? about.stations.code[state.place.index] : `cell-${state.place.index}`;
    save(new Blob([seriesTable()], { type: "text/csv" }), `${name.replace(/[^\p{L}\p{N}_-]+/gu, "_")}.csv`);
  });
  document.getElementById("save-map").addEventListener("click", () => {
    draw();
    const hour = stamp(about.hours[state.round][state.step]).replace(":", "");
    mapPicture().toBlob((content) => save(content, `map-${state.layer}-${hour}.png`));
  });
  window.addEventListener("hashchange", () => {
    if (location.hash.includes("hour=")) change(changesOf(location.hash));
  });
}
