// Means over local days. An hour is labeled by its end, so that the one that ends at midnight is in the day before.

const MIN_HOURS = 18; // of a daily mean
const dayKey = clock(about.zone, { year: "numeric", month: "2-digit", day: "2-digit" });
const daysOf = about.hours.map((hours) => hours.map((hour) => dayKey.format(asDate(hour - 1))));
const means = new Map();

// First and last step of the local day of a step.
function daySteps(step = state.step, round = state.round) {
  const days = daysOf[round];
  let [first, last] = [step, step];
  while (first > 0 && days[first - 1] === days[step]) first--;
  while (last < days.length - 1 && days[last + 1] === days[step]) last++;
  return [first, last];
}

// Value of a place at the hour of a row, or mean over its day: NaN with fewer than 18 values.
function shownValue(name, now, index) {
  return state.average === "day" ? dailyMean(name, now, index) : value(name, now, index);
}

function dailyMean(name, now, index) {
  const length = about.hours[0].length;
  const start = now - (now % length);
  const [first, last] = daySteps(now % length, Math.floor(now / length));
  const key = `${name} ${start + first}`;
  if (!means.has(key)) {
    if (means.size > 40) means.clear();
    means.set(key, new Float64Array(arrays[name]?.width ?? 0).map((_, place) => {
      let [sum, count] = [0, 0];
      for (let step = first; step <= last; step++) {
        const x = value(name, start + step, place);
        if (!Number.isNaN(x)) [sum, count] = [sum + x, count + 1];
      }
      return count < MIN_HOURS ? NaN : sum / count;
    }));
  }
  return means.get(key)[index] ?? NaN;
}
