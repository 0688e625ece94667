// What is shown, and who wants to know when that changes.

const state = {
  round: 0, // of the forecasts; a reconstruction has one
  step: 0, // hours since its first
  layer: "both",
  palette: "scale", // of all hours, or of this "hour", or a standard, for its categories
  reach: 50, // km to a visible station, beyond which a cell is doubtful
  widest: Infinity, // interval, likewise
  doubtful: "blank",
  place: null, // { kind: "station" | "cell", index }
};

const watchers = [];

function change(what) {
  Object.assign(state, what);
  for (const watch of watchers) watch(what);
}

// The row of the arrays of values that the hour is in.
function row(step = state.step) {
  return state.round * about.hours[0].length + step;
}
