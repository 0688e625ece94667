// Time series of the selected place: predictions with intervals, and measurements.

const chart = document.getElementById("series");
const SVG = "http://www.w3.org/2000/svg";
const MARGIN = { left: 42, right: 12, top: 12, bottom: 30 };

function shape(tag, attributes, text) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, content] of Object.entries(attributes)) element.setAttribute(name, content);
  if (text !== undefined) element.textContent = text;
  return element;
}

function drawSeries() {
  chart.replaceChildren();
  const width = chart.clientWidth;
  const height = chart.clientHeight;
  if (!state.place || !width) return;
  const { kind, index } = state.place;
  const [begin, end] = spanOf();
  const hours = about.hours[state.round].slice(begin, end + 1);
  const read = (name) => hours.map((_, step) => value(`${kind}_${name}`, row(begin + step), index));
  const [predicted, measured, lower, upper] = ["value", "measured", "lower", "upper"].map(read);
  const highest = Math.max(1e-9, ...[predicted, measured, upper].flat().filter(Number.isFinite));
  const x = (step) => MARGIN.left + ((width - MARGIN.left - MARGIN.right) * (step + 0.5)) / hours.length;
  const y = (amount) => height - MARGIN.bottom - ((height - MARGIN.top - MARGIN.bottom) * amount) / highest;
  chart.setAttribute("viewBox", `0 0 ${width} ${height}`);
  drawAxes(hours, highest, x, y, width, height);
  const bounds = hours.map((_, step) => [upper[step], lower[step]]);
  for (const [first, last] of runsOf(bounds, ([high]) => Number.isFinite(high))) {
    const steps = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    const there = steps.map((step) => `${x(step)},${y(upper[step])}`);
    const back = steps.reverse().map((step) => `${x(step)},${y(lower[step])}`);
    chart.append(shape("polygon", { class: "interval", points: [...there, ...back].join(" ") }));
  }
  for (const [name, values] of [["measured", measured], ["predicted", predicted]]) {
    for (const [first, last] of runsOf(values, Number.isFinite)) {
      const points = values.slice(first, last + 1).map((amount, i) => `${x(first + i)},${y(amount)}`);
      if (points.length > 1) chart.append(shape("polyline", { class: name, points: points.join(" ") }));
      else chart.append(shape("circle", { class: name, cx: x(first), cy: y(values[first]), r: 1.5 }));
    }
  }
  const now = x(state.step - begin);
  if (state.step >= begin && state.step <= end) {
    chart.append(shape("line", { class: "now", x1: now, x2: now, y1: MARGIN.top, y2: y(0) }));
  }
}

// First and last hour of the time series.
function spanOf() {
  return state.span ?? [0, latest()];
}

function stepAt(event) {
  const { left, width } = chart.getBoundingClientRect();
  const [begin, end] = spanOf();
  const part = (event.clientX - left - MARGIN.left) / (width - MARGIN.left - MARGIN.right);
  return within(begin + Math.floor(part * (end - begin + 1)), begin, end);
}

// Half of the hours, about the hour of the map.
function zoomInTime() {
  const [begin, end] = spanOf();
  const count = Math.max(6, Math.ceil((end - begin + 1) / 2));
  const first = within(state.step - Math.floor(count / 2), 0, Math.max(0, latest() - count + 1));
  change({ span: [first, Math.min(latest(), first + count - 1)] });
}

// A click sets the hour, a drag the hours of the time series.
function listenToSeries() {
  let start = null;
  chart.addEventListener("pointerdown", (event) => {
    start = event;
    chart.setPointerCapture(event.pointerId);
  });
  chart.addEventListener("pointerup", (event) => {
    if (!start) return;
    const [from, to] = [stepAt(start), stepAt(event)].sort((a, b) => a - b);
    const dragged = Math.abs(event.clientX - start.clientX) > 8 && to - from >= 3;
    start = null;
    change(dragged ? { span: [from, to] } : { step: to });
  });
  chart.addEventListener("pointercancel", () => (start = null));
  document.getElementById("zoom-time").addEventListener("click", zoomInTime);
  document.getElementById("whole-period").addEventListener("click", () => change({ span: null }));
}

// First and last index of each run of known values.
function runsOf(values, known) {
  const runs = [];
  values.forEach((x, i) => {
    if (!known(x)) return;
    if (runs.length && runs.at(-1)[1] === i - 1) runs.at(-1)[1] = i;
    else runs.push([i, i]);
  });
  return runs;
}

function drawAxes(hours, highest, x, y, width, height) {
  const between = roundStep(highest / 4);
  for (let amount = 0; amount <= highest; amount += between) {
    chart.append(shape("line", { class: "rule", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(amount), y2: y(amount) }));
    chart.append(shape("text", { class: "tick", x: MARGIN.left - 6, y: y(amount) + 4, "text-anchor": "end" }, number(amount)));
  }
  // Ticks at local midnight; for short periods, every three hours.
  const short = hours.length <= 30;
  const wanted = short ? (time) => Number(time.slice(0, 2)) % 3 === 0 : (time) => time === "00:00";
  const marks = hours.map((_, step) => step).filter((step) => wanted(localTime.format(asDate(hours[step]))));
  const room = Math.max(1, Math.floor((width - MARGIN.left) / 56));
  const every = Math.ceil(marks.length / room);
  marks.forEach((step, i) => {
    if (i % every) return;
    const label = (short ? localTime : localDay).format(asDate(hours[step]));
    chart.append(shape("line", { class: "rule", x1: x(step), x2: x(step), y1: y(0), y2: y(0) + 5 }));
    if (x(step) > width - 20) return; // the label would be cut off
    chart.append(shape("text", { class: "tick", x: x(step), y: height - 10, "text-anchor": "middle" }, label));
  });
}
