// Mouse, touch and keyboard input on the map.

const readout = document.getElementById("readout");
const pointers = new Map();
let moved = 0;

function at(event) {
  const { left, top } = canvas.getBoundingClientRect();
  return [event.clientX - left, event.clientY - top];
}

// The station at a point, or else the grid cell, or null.
function placeAt(point) {
  let [nearest, best] = [null, Math.max(12, radius() + 6)];
  for (let station = 0; station < stationCount; station++) {
    const [x, y] = toScreen(whereIs({ kind: "station", index: station }));
    const distance = Math.hypot(x - point[0], y - point[1]);
    if (distance < best) [nearest, best] = [station, distance];
  }
  if (nearest !== null) return { kind: "station", index: nearest };
  const cell = cellAt(...toDegrees(point));
  return cell === null ? null : { kind: "cell", index: cell };
}

function showReadout(place) {
  readout.hidden = place === null;
  if (place === null) return;
  const layer = LAYERS[state.layer];
  const x = layer[place.kind]?.(row(), place.index) ?? NaN;
  const name = place.kind === "station" ? stationName(place.index) : position(place);
  readout.textContent = Number.isFinite(x) ? `${name}: ${number(x)} ${layerUnits(layer)}` : name;
}

function listenToPointers() {
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, at(event));
    if (pointers.size === 1) moved = 0;
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) {
      showReadout(placeAt(at(event)));
      return;
    }
    const now = at(event);
    moved += Math.hypot(now[0] - before[0], now[1] - before[1]);
    const others = [...pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
    if (others.length === 1) {
      const apart = ([x, y]) => Math.hypot(x - others[0][0], y - others[0][1]);
      const middle = [(now[0] + others[0][0]) / 2, (now[1] + others[0][1]) / 2];
      zoomBy(apart(now) / Math.max(1, apart(before)), middle);
      pan((before[0] - now[0]) / 2, (before[1] - now[1]) / 2);
    } else if (moved > 4) pan(before[0] - now[0], before[1] - now[1]);
    pointers.set(event.pointerId, now);
  });
  canvas.addEventListener("pointerup", (event) => {
    if (pointers.delete(event.pointerId) && !pointers.size && moved <= 4) {
      const place = placeAt(at(event));
      if (place) change({ place });
    }
  });
  canvas.addEventListener("pointercancel", (event) => pointers.delete(event.pointerId));
  canvas.addEventListener("pointerleave", () => showReadout(null));
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      zoomBy(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), at(event));
    },
    { passive: false },
  );
}

function listenToKeys() {
  const stride = () => Math.min(view.width, view.height) / 12;
  const keys = {
    ArrowLeft: () => pan(-stride(), 0),
    ArrowRight: () => pan(stride(), 0),
    ArrowUp: () => pan(0, -stride()),
    ArrowDown: () => pan(0, stride()),
    "+": () => zoomBy(1.4),
    "=": () => zoomBy(1.4),
    "-": () => zoomBy(1 / 1.4),
    0: showAll,
    Enter: () => {
      const place = placeAt([view.width / 2, view.height / 2]);
      if (place) change({ place });
    },
  };
  canvas.addEventListener("keydown", (event) => {
    if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  for (const name of ["focus", "blur"]) canvas.addEventListener(name, drawMap);
  document.getElementById("zoom-in").addEventListener("click", () => zoomBy(1.6));
  document.getElementById("zoom-out").addEventListener("click", () => zoomBy(1 / 1.6));
  document.getElementById("show-all").addEventListener("click", showAll);
}
