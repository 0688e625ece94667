// What the map can show: the values of cells and stations, and the scale that they are on.

const intervalWidth = (kind) => (row, index) => value(`${kind}_upper`, row, index) - value(`${kind}_lower`, row, index);
const valueOf = (name) => (row, index) => value(name, row, index);

const LAYERS = {
  both: {
    title: "predicted, and measured at stations",
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
    station: (row, index) => value("station_value", row, index) - value("station_measured", row, index),
  },
  distance: {
    title: "distance to the nearest visible station",
    scale: "distance",
    units: "km",
    cell: (row, index) => value("cell_distance", 0, index),
    station: (row, index) => about.stations.km[index] ?? NaN,
  },
};

function layerUnits(layer) {
  return layer.units ?? about.units;
}

// Left out of the map.
function isBlank(row, cell) {
  return state.doubtful === "blank" && isDoubtful(row, cell);
}

// Nothing that was measured is near enough to tell.
function isDoubtful(row, cell) {
  return (
    value("cell_distance", 0, cell) > state.reach || intervalWidth("cell")(row, cell) > state.widest
  );
}
