// Details of the selected station or grid cell.

const heading = document.getElementById("place-name");
const facts = document.getElementById("place-facts");
const nowFacts = document.getElementById("place-now");
const list = document.getElementById("neighbors");

function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, content] of Object.entries(attributes)) made.setAttribute(name, content);
  return made;
}

function position(place) {
  const [longitude, latitude] = whereIs(place);
  const east = ((((longitude + 180) % 360) + 360) % 360) - 180;
  const side = (degrees, names) => `${Math.abs(degrees).toFixed(2)}° ${names[degrees < 0 ? 1 : 0]}`;
  return `${side(latitude, "NS")}, ${side(east, "EW")}`;
}

function showPlace() {
  if (!state.place) return;
  const { kind, index } = state.place;
  const station = kind === "station";
  heading.textContent = station ? stationName(index) : `Cell at ${position(state.place)}`;
  const km = station ? about.stations.km[index] : value("cell_distance", 0, index);
  const words = station ? [isVisible(index) ? "visible station" : "hidden station", position(state.place)] : ["grid cell"];
  if (Number.isFinite(km) && !(station && isVisible(index) && km === 0)) {
    words.push(`nearest ${station && isVisible(index) ? "other " : ""}visible station ${number(km)} km away`);
  }
  facts.textContent = words.join(" · ");
  showNow();
  drawSeries();
  listNeighbors();
}

function showNow() {
  if (!state.place) return;
  const { kind, index } = state.place;
  const read = (name) => shownValue(`${kind}_${name}`, row(), index);
  const daily = state.average === "day";
  const rows = [["Predicted", withUnits(read("value"))]];
  if (arrays[`${kind}_lower`]) rows.push([daily ? "Mean of the hourly 90 % intervals" : "90 % interval", `${number(read("lower"))} to ${withUnits(read("upper"))}`]);
  if (kind === "station") {
    rows.push(["Measured", withUnits(read("measured"))]);
    rows.push(["Error", withUnits(read("value") - read("measured"))]);
  }
  nowFacts.replaceChildren(...rows.flatMap(([name, text]) => [element("dt", name), element("dd", text)]));
  for (const item of list.children) {
    item.lastChild.textContent = neighborFacts(Number(item.dataset.station), Number(item.dataset.km));
  }
}

function neighborFacts(station, km) {
  return ` ${number(km)} km, ${withUnits(shownValue("station_measured", row(), station))}`;
}

function listNeighbors() {
  const found = neighborsOf(state.place);
  document.getElementById("neighbors-block").hidden = !found.length;
  list.replaceChildren(
    ...found.map(({ station, km }) => {
      const item = element("li", "", { "data-station": station, "data-km": km });
      const button = element("button", stationName(station), { type: "button", class: "link" });
      button.addEventListener("click", () => change({ place: { kind: "station", index: station } }));
      item.append(button, document.createTextNode(neighborFacts(station, km)));
      return item;
    }),
  );
}
