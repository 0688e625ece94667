// Section of the map: an equirectangular projection that is true to angles at the central latitude.

const [WEST, EAST, SOUTH, NORTH] = about.bounds;
const SHORTER = Math.cos((((SOUTH + NORTH) / 2) * Math.PI) / 180);

const view = { x: (WEST + EAST) / 2, y: (SOUTH + NORTH) / 2, zoom: 1, width: 1, height: 1 };

// Pixels per degree of latitude.
function pixels() {
  return view.zoom * Math.min(view.width / ((EAST - WEST) * SHORTER), view.height / (NORTH - SOUTH));
}

function toScreen([longitude, latitude]) {
  const scale = pixels();
  return [
    view.width / 2 + (longitude - view.x) * SHORTER * scale,
    view.height / 2 - (latitude - view.y) * scale,
  ];
}

function toDegrees([x, y]) {
  const scale = pixels();
  return [view.x + (x - view.width / 2) / (SHORTER * scale), view.y - (y - view.height / 2) / scale];
}

function within(x, low, high) {
  return Math.min(high, Math.max(low, x));
}

function centerOn(longitude, latitude) {
  view.x = within(longitude, WEST, EAST);
  view.y = within(latitude, SOUTH, NORTH);
  drawMap();
}

// Move by pixels.
function pan(right, down) {
  const scale = pixels();
  centerOn(view.x + right / (SHORTER * scale), view.y - down / scale);
}

// Zoom about a point of the canvas.
function zoomBy(factor, point = [view.width / 2, view.height / 2]) {
  const [longitude, latitude] = toDegrees(point);
  view.zoom = within(view.zoom * factor, 1, 60);
  const [x, y] = toScreen([longitude, latitude]);
  pan(x - point[0], y - point[1]);
}

function showAll() {
  view.zoom = 1;
  centerOn((WEST + EAST) / 2, (SOUTH + NORTH) / 2);
}
