// Start of the page.

async function main() {
  const status = document.getElementById("status");
  try {
    await unpack();
  } catch (error) {
    status.textContent = `The data of this page could not be loaded (${error.message}). Use a browser released in 2023 or later.`;
    return;
  }
  listenToTime();
  listenToLayers();
  listenToMask();
  listenToSearch();
  listenToTheme();
  listenToTables();
  listenToPointers();
  listenToKeys();
  watchers.push((what) => {
    if ("step" in what || "round" in what) showHour();
    if ("place" in what) markStation();
    if ("place" in what || "round" in what) showPlace();
    else if ("step" in what) {
      showNow();
      drawSeries();
    }
    showLegend();
    drawMap();
  });
  new ResizeObserver(fitCanvas).observe(canvas);
  new ResizeObserver(drawSeries).observe(chart);
  window.addEventListener("beforeprint", stop);
  // Select a hidden station, if there is one.
  const first = Math.max(0, about.stations.visible.indexOf(0));
  change({ step: 0, place: stationCount ? { kind: "station", index: first } : null });
  status.hidden = true;
}

main();
