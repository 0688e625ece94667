// Drawing of the map, at most once per animation frame.

const canvas = document.getElementById("map");
const pen = canvas.getContext("2d");
const field = document.createElement("canvas");
let waiting = false;

function drawMap() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    draw();
  });
}

function fitCanvas() {
  const { width, height } = canvas.getBoundingClientRect();
  if (!width || !height) return;
  const dense = window.devicePixelRatio || 1;
  Object.assign(view, { width, height });
  canvas.width = Math.round(width * dense);
  canvas.height = Math.round(height * dense);
  pen.setTransform(dense, 0, 0, dense, 0, 0);
  draw();
}

function draw() {
  const layer = LAYERS[state.layer];
  pen.lineJoin = "round";
  pen.fillStyle = themeColor("sea");
  pen.fillRect(0, 0, view.width, view.height);
  const ends = scaleOf(layer);
  if (about.grid && layer.cell) drawField(layer, ends);
  drawBorders();
  if (state.place) drawNeighbors();
  drawStations(layer, ends);
  if (state.place) drawChosen();
  drawCities();
  drawScaleBar();
  if (canvas.matches(":focus-visible")) drawCrosshair();
}

function drawField(layer, ends) {
  const { columns, rows, west, east, south, north } = about.grid;
  const now = row();
  field.width = columns;
  field.height = rows;
  const brush = field.getContext("2d");
  const image = brush.createImageData(columns, rows);
  const hatched = [];
  for (let cell = 0; cell < columns * rows; cell++) {
    const x = layer.cell(now, cell);
    if (Number.isNaN(x)) continue;
    if (state.masked !== "shown" && layer.scale !== "distance" && isMasked(now, cell)) {
      if (state.masked === "blank") continue;
      hatched.push(cell);
    }
    const upwards = rows - 1 - Math.floor(cell / columns); // images begin in the north
    image.data.set([...colorOf(x, layer, ends), 255], 4 * (upwards * columns + (cell % columns)));
  }
  brush.putImageData(image, 0, 0);
  const [left, top] = toScreen([west, north]);
  const [right, bottom] = toScreen([east, south]);
  pen.fillStyle = themeColor("unknown");
  pen.fillRect(left, top, right - left, bottom - top);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(field, left, top, right - left, bottom - top);
  if (hatched.length) hatch(hatched, (right - left) / columns, (bottom - top) / rows, left, bottom);
}

function hatch(cells, width, height, left, bottom) {
  const { columns } = about.grid;
  pen.save();
  pen.beginPath();
  for (const cell of cells) {
    pen.rect(left + (cell % columns) * width, bottom - (Math.floor(cell / columns) + 1) * height, width, height);
  }
  pen.clip();
  pen.beginPath();
  for (let x = -view.height; x < view.width; x += 7) {
    pen.moveTo(x, view.height);
    pen.lineTo(x + view.height, 0);
  }
  pen.strokeStyle = themeColor("hatch");
  pen.lineWidth = 1.6;
  pen.stroke();
  pen.restore();
}

function drawBorders() {
  pen.beginPath();
  for (const line of about.borders) {
    for (let i = 0; i < line.length; i += 2) {
      const [x, y] = toScreen([line[i], line[i + 1]]);
      if (i) pen.lineTo(x, y);
      else pen.moveTo(x, y);
    }
  }
  pen.strokeStyle = themeColor("border");
  pen.lineWidth = 0.8;
  pen.stroke();
}

function radius() {
  const crowded = within(Math.sqrt(9000 / stationCount), 2.6, 6);
  return Math.min(9, crowded * Math.sqrt(Math.min(view.width, 700) / 700) * view.zoom ** 0.35);
}

function outline(station, size) {
  const [x, y] = toScreen(whereIs({ kind: "station", index: station }));
  pen.beginPath();
  if (isVisible(station)) pen.arc(x, y, size, 0, 2 * Math.PI);
  else {
    const side = 1.45 * size;
    pen.moveTo(x, y - side);
    pen.lineTo(x + 0.87 * side, y + side / 2);
    pen.lineTo(x - 0.87 * side, y + side / 2);
    pen.closePath();
  }
}

function drawStations(layer, ends) {
  const now = row();
  const size = radius();
  // Hidden stations on top.
  for (const visible of [true, false]) {
    for (let station = 0; station < stationCount; station++) {
      if (isVisible(station) !== visible) continue;
      const x = layer.station(now, station);
      const known = !Number.isNaN(x);
      outline(station, known ? size : 0.6 * size);
      // A white edge inside a black one stands out from every color.
      pen.strokeStyle = known ? "#000c" : themeColor("faint");
      pen.lineWidth = known ? 2.8 : 1;
      pen.stroke();
      if (!known) continue;
      pen.strokeStyle = "#fff";
      pen.lineWidth = 1.6;
      pen.stroke();
      pen.fillStyle = `rgb(${colorOf(x, layer, ends).join()})`;
      pen.fill();
    }
  }
}

function drawNeighbors() {
  const from = toScreen(whereIs(state.place));
  for (const [color, width] of [["#000a", 2.6], ["#fff", 1.2]]) {
    pen.beginPath();
    for (const { station } of neighborsOf(state.place)) {
      pen.moveTo(...from);
      pen.lineTo(...toScreen(whereIs({ kind: "station", index: station })));
    }
    pen.strokeStyle = color;
    pen.lineWidth = width;
    pen.stroke();
  }
}

function drawChosen() {
  const { kind, index } = state.place;
  for (const [color, width] of [["#fff", 5], [themeColor("accent"), 2.5]]) {
    if (kind === "station") outline(index, radius() + 3.5);
    else {
      const { west, east, south, north, columns, rows } = about.grid;
      const [longitude, latitude] = whereIs(state.place);
      const [halfWide, halfHigh] = [(east - west) / columns / 2, (north - south) / rows / 2];
      const [left, top] = toScreen([longitude - halfWide, latitude + halfHigh]);
      const [right, bottom] = toScreen([longitude + halfWide, latitude - halfHigh]);
      pen.beginPath();
      pen.rect(left, top, right - left, bottom - top);
    }
    pen.strokeStyle = color;
    pen.lineWidth = width;
    pen.stroke();
  }
}

function drawCities() {
  pen.font = `600 12px ${getComputedStyle(document.body).fontFamily}`;
  pen.textAlign = "center";
  const taken = [];
  const most = view.zoom > 2 ? 30 : Math.round(view.width / 60);
  for (const { name, at } of about.cities) {
    if (taken.length >= most) break;
    const [x, y] = toScreen(at);
    const half = pen.measureText(name).width / 2 + 6;
    const box = [x - half, x + half, y - radius() - 20, y - radius() - 2];
    const outside = box[0] < 0 || box[1] > view.width || box[2] < 0 || box[3] > view.height - 34;
    const meets = ([left, right, top, bottom]) => left < box[1] && box[0] < right && top < box[3] && box[2] < bottom;
    if (outside || taken.some(meets)) continue;
    taken.push(box);
    pen.strokeStyle = "#fffd";
    pen.lineWidth = 3.5;
    pen.strokeText(name, x, y - radius() - 6);
    pen.fillStyle = "#222";
    pen.fillText(name, x, y - radius() - 6);
  }
}

function drawScaleBar() {
  const perPixel = kilometers([view.x, view.y], [view.x, view.y + 1 / pixels()]);
  const rough = 110 * perPixel;
  const power = 10 ** Math.floor(Math.log10(rough));
  const length = [5, 2, 1].find((times) => times * power <= rough) * power;
  const [left, bottom] = [14, view.height - 14];
  const text = `${number(length)} km`;
  for (const [color, width] of [["#fffd", 4.5], ["#222", 1.8]]) {
    pen.strokeStyle = color;
    pen.lineWidth = width;
    pen.beginPath();
    pen.moveTo(left, bottom - 4);
    pen.lineTo(left, bottom);
    pen.lineTo(left + length / perPixel, bottom);
    pen.lineTo(left + length / perPixel, bottom - 4);
    pen.stroke();
  }
  pen.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  pen.textAlign = "left";
  pen.strokeStyle = "#fffd";
  pen.lineWidth = 3;
  pen.strokeText(text, left + 5, bottom - 6);
  pen.fillStyle = "#222";
  pen.fillText(text, left + 5, bottom - 6);
}

function drawCrosshair() {
  const [x, y] = [view.width / 2, view.height / 2];
  for (const [color, width] of [["#fff", 4], ["#000", 1.5]]) {
    pen.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      pen.moveTo(x + 5 * dx, y + 5 * dy);
      pen.lineTo(x + 15 * dx, y + 15 * dy);
    }
    pen.strokeStyle = color;
    pen.lineWidth = width;
    pen.stroke();
  }
}
