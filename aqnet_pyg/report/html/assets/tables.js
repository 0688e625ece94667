// Tables that can be sorted by a click on a heading.

function sortBy(table, column, button) {
  const body = table.tBodies[0];
  const heading = button.closest("th");
  const downwards = heading.getAttribute("aria-sort") === "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", downwards ? "descending" : "ascending");
  const key = (line) => line.cells[column].dataset.value ?? line.cells[column].textContent;
  const compare = (a, b) => {
    const [one, two] = [key(a), key(b)];
    const numbers = [Number(one), Number(two)];
    if (one === "" || two === "") return (one === "") - (two === ""); // missing values last in both directions
    const order = numbers.some(Number.isNaN) ? one.localeCompare(two) : numbers[0] - numbers[1];
    return downwards ? -order : order;
  };
  body.append(...[...body.rows].sort(compare));
}

function listenToTables() {
  for (const table of document.querySelectorAll("table.sortable")) {
    [...table.tHead.rows[0].cells].forEach((heading, column) => {
      const button = element("button", heading.textContent, { type: "button" });
      button.addEventListener("click", () => sortBy(table, column, button));
      heading.replaceChildren(button);
    });
  }
  for (const button of document.querySelectorAll("button[data-station]")) {
    button.addEventListener("click", () => {
      const place = { kind: "station", index: about.stations.code.indexOf(button.dataset.station) };
      change({ place });
      centerOn(...whereIs(place));
      document.getElementById("explore").scrollIntoView();
    });
  }
}
