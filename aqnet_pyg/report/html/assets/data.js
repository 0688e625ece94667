// Values of the page, packed by packing.py.

const about = JSON.parse(document.getElementById("about").textContent);
const arrays = {};

async function unpack() {
  const packed = document.getElementById("values").textContent.trim();
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const planes = new Uint8Array(await new Response(stream).arrayBuffer());
  const count = planes.length / 2;
  let start = 0;
  for (const { name, shape, step } of about.arrays) {
    const size = shape.reduce((product, length) => product * length, 1);
    const width = shape[0] ? size / shape[0] : 0;
    const steps = new Int16Array(size);
    for (let i = 0; i < size; i++) {
      const difference = planes[start + i] | (planes[count + start + i] << 8);
      steps[i] = difference + (i < width ? 0 : steps[i - width]);
    }
    arrays[name] = { steps, width, step };
    start += size;
  }
}

// NaN for missing values and missing arrays.
function value(name, row, column) {
  const array = arrays[name];
  if (!array) return NaN;
  const steps = array.steps[row * array.width + column];
  return steps === about.missing ? NaN : steps * array.step;
}

const stationCount = about.stations.code.length;

function isVisible(station) {
  return about.stations.visible[station] === 1;
}

function stationName(station) {
  const { code, name, city } = about.stations;
  const words = [name[station], city[station]].filter((word) => word && word !== code[station]);
  return words.length ? `${words.join(", ")} (${code[station]})` : code[station];
}

// Longitude and latitude of a place: { kind: "station" | "cell", index }.
function whereIs({ kind, index }) {
  if (kind === "station") return [about.stations.longitude[index], about.stations.latitude[index]];
  const { west, east, south, north, columns, rows } = about.grid;
  const row = Math.floor(index / columns);
  return [
    west + ((index % columns) + 0.5) * ((east - west) / columns),
    south + (row + 0.5) * ((north - south) / rows),
  ];
}

// Index of the grid cell at a point, or null.
function cellAt(longitude, latitude) {
  if (!about.grid) return null;
  const { west, east, south, north, columns, rows } = about.grid;
  const column = Math.floor(((longitude - west) / (east - west)) * columns);
  const row = Math.floor(((latitude - south) / (north - south)) * rows);
  const inside = column >= 0 && column < columns && row >= 0 && row < rows;
  return inside ? row * columns + column : null;
}

// The nearest visible stations, nearest first, with their distances.
function neighborsOf(place) {
  const name = `${place.kind}_neighbors`;
  const found = [];
  for (let n = 0; n < (arrays[name]?.width ?? 0); n++) {
    const station = value(name, place.index, n);
    if (Number.isNaN(station)) break;
    found.push({ station, km: kilometers(whereIs(place), whereIs({ kind: "station", index: station })) });
  }
  return found;
}

function kilometers([longitude, latitude], [toLongitude, toLatitude]) {
  const radians = Math.PI / 180;
  const half = (degrees) => Math.sin((degrees * radians) / 2) ** 2;
  const chord =
    half(toLatitude - latitude) +
    Math.cos(latitude * radians) * Math.cos(toLatitude * radians) * half(toLongitude - longitude);
  return 2 * about.radius_km * Math.asin(Math.sqrt(Math.min(1, chord)));
}
