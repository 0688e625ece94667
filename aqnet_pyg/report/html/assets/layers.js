// Layers of the map: values of cells and stations, and their color scale.

const intervalWidth = (kind) => (row, index) =>
  shownValue(`${kind}_upper`, row, index) - shownValue(`${kind}_lower`, row, index);
const valueOf = (name) => (row, index) => shownValue(name, row, index);

const LAYERS = {
  both: {
    title: "predicted; measured at stations",
    scale: "value",
    cell: valueOf("cell_value"),
    station: valueOf("station_measured"),
  },
  predicted: {
    title: "predicted",
    scale: "value",
    cell: valueOf("cell_value"),
    station: valueOf("station_value"),
  },
  measured: { title: "measured", scale: "value", station: valueOf("station_measured") },
  width: {
    title: "width of the 90 % interval",
    scale: "width",
    cell: intervalWidth("cell"),
    station: intervalWidth("station"),
  },
  error: {
    title: "error at stations (predicted − measured)",
    scale: "error",
    station: (row, index) => shownValue("station_value", row, index) - shownValue("station_measured", row, index),
  },
  departure: {
    title: "predicted − ordinary kriging",
    scale: "departure",
    cell: valueOf("cell_departure"),
    station: () => NaN,
  },
  distance: {
    title: "distance to the nearest visible station",
    scale: "distance",
    units: "km",
    cell: (row, index) => value("cell_distance", 0, index),
    station: (row, index) => about.stations.km[index] ?? NaN,
  },
};

function layerTitle(layer) {
  if (state.average === "hour" || layer.scale === "distance") return layer.title;
  return layer.scale === "width" ? `mean ${layer.title}s of the hours` : `${layer.title}, daily mean`;
}

function layerUnits(layer) {
  return layer.units ?? about.units;
}

// Not drawn.
function isBlank(row, cell) {
  return state.masked === "blank" && isMasked(row, cell);
}

// Too far from visible stations, or too uncertain.
function isMasked(row, cell) {
  const reach = value("cell_sea", 0, cell) === 1 ? Math.min(about.sea_km, state.maxDistance) : state.maxDistance;
  return (
    value("cell_distance", 0, cell) > reach || intervalWidth("cell")(row, cell) > state.maxWidth
  );
}
