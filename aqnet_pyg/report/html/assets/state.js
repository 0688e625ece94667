// State of the page, and functions to call when it changes.

const state = {
  round: 0, // index of the forecast; a reconstruction has only one
  step: 0, // index of the hour in it
  average: "hour", // or "day": means over the local day of the hour
  layer: "both",
  palette: "scale", // one scale for all hours, "hour" for that of this hour, or the name of a standard
  logarithmic: false, // color scale of concentrations
  maxDistance: 100, // km to the nearest visible station, beyond which a cell is masked
  maxWidth: Infinity, // width of the interval, above which a cell is masked
  masked: "blank", // or "hatched" or "shown"
  span: null, // first and last hour of the time series; null for all
  place: null, // { kind: "station" | "cell", index }
};

const watchers = [];

function change(changes) {
  Object.assign(state, changes);
  for (const watch of watchers) watch(changes);
}

// Row of an hour in the arrays of values.
function row(step = state.step) {
  return state.round * about.hours[0].length + step;
}
