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
  listenToSeries();
  listenToExport();
  listenToPointers();
  listenToKeys();
  watchers.push((changes) => {
    if ("step" in changes || "round" in changes || "average" in changes) showHour();
    if ("place" in changes) markStation();
    showControls();
    if ("place" in changes || "round" in changes) showPlace();
    else if ("step" in changes || "average" in changes || "span" in changes) {
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
  const place = stationCount ? { kind: "station", index: first } : null;
  change({ ...about.start, place, ...changesOf(location.hash) });
  watchers.push(writeAddress);
  status.hidden = true;
}

main();
