"""The page in a browser: mouse, touch and keyboard input, without errors or network requests."""

import math
import re
import shutil
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.image import imread
from report.html_runs import METRICS, simulated_run, synthetic_run, write_run

from aqnet_pyg.commands.report import run_report
from aqnet_pyg.commands.settings import ReportSettings
from aqnet_pyg.io.cf import from_cf
from aqnet_pyg.local_dates import local_days

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed; install aqnet-pyg[dev]")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: the page cannot be opened")


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def reconstruction(tmp_path_factory):
    folder = simulated_run(tmp_path_factory.mktemp("reconstruction"))
    run_report(ReportSettings(str(folder)))
    return folder


@contextmanager
def opened(browser, folder, fragment="", **options):
    """The page of a folder; console messages and requests make the test fail."""
    context = browser.new_context(**({"viewport": {"width": 1200, "height": 900}} | options))
    page = context.new_page()
    page.set_default_timeout(5000)
    faults, asked = [], []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    address = (folder / "report.html").as_uri()
    page.goto(address + fragment)
    page.locator("#status").wait_for(state="hidden")
    yield page
    context.close()
    assert not faults
    assert [url for url in asked if not url.startswith("blob:")] == [address]


@pytest.fixture
def page(browser, reconstruction):
    with opened(browser, reconstruction) as page:
        yield page


def picture(page):
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page.evaluate("document.getElementById('map').toDataURL()")


def where(page, code):
    """Pixel position of a station on the whole map."""
    about = page.evaluate("JSON.parse(document.getElementById('about').textContent)")
    number = about["stations"]["code"].index(code)
    longitude, latitude = (about["stations"][axis][number] for axis in ("longitude", "latitude"))
    west, east, south, north = about["bounds"]
    box = page.locator("#map").bounding_box()
    shorter = math.cos(math.radians((south + north) / 2))
    scale = min(box["width"] / ((east - west) * shorter), box["height"] / (north - south))
    x = box["width"] / 2 + (longitude - (west + east) / 2) * shorter * scale
    return {"x": x, "y": box["height"] / 2 - (latitude - (south + north) / 2) * scale}


def test_the_page_opens_at_the_peak_hour_with_cells_within_100_km(page, reconstruction):
    stations = from_cf(xr.open_dataset(reconstruction / "stations.nc"))
    assert page.input_value("#hour") == str(int(stations.pm25.mean("station").values.argmax()))
    assert page.input_value("#max-distance") == "100"
    assert "within 100 km" in page.inner_text("#legend-mask")


def test_the_slider_sets_the_hour(page):
    page.fill("#hour", "0")
    first, drawn = page.inner_text("#when"), picture(page)
    page.focus("#hour")
    page.keyboard.press("ArrowRight")
    assert page.input_value("#hour") == "1"
    assert page.inner_text("#when") != first
    assert page.inner_text("#when") in page.get_attribute("#hour", "aria-valuetext")
    assert picture(page) != drawn
    page.click("#earlier")
    assert page.inner_text("#when") == first
    assert picture(page) == drawn
    assert "Asia/Shanghai" in first
    assert "UTC" in page.inner_text("#when-utc")


def test_hours_play(page):
    page.click("#play")
    assert page.get_attribute("#play", "aria-label") == "Pause"
    first = page.inner_text("#when")
    playwright.expect(page.locator("#when")).not_to_have_text(first)
    page.click("#play")
    assert page.get_attribute("#play", "aria-label") == "Play"


def test_layers(page):
    pictures, titles = {picture(page)}, {page.inner_text("#legend-title")}
    for layer in ("predicted", "measured", "width", "error", "distance"):
        page.select_option("#layer", layer)
        pictures.add(picture(page))
        titles.add(page.inner_text("#legend-title"))
    assert len(pictures) == len(titles) == 6
    # An untrained network is its background, and differs from it nowhere.
    page.select_option("#layer", "departure")
    assert page.inner_text("#legend-title").startswith("PM₂.₅, predicted − ordinary kriging")
    assert page.evaluate("getComputedStyle(document.getElementById('map')).display") != "none"


def test_the_layer_of_departures_needs_a_background(browser, tmp_path):
    stations, grid = synthetic_run()
    for name, there in (("without", 0), ("with", 1)):
        part = grid.assign(pm25_background=grid.pm25 - 10.0) if there else grid
        (tmp_path / name).mkdir()
        folder = write_run(tmp_path / name, stations, part)
        run_report(ReportSettings(str(folder)))
        with opened(browser, folder) as page:
            assert page.locator("#layer option[value=departure]").count() == there
            if there:
                page.select_option("#layer", "departure")
                page.select_option("#masked", "shown")
                box = page.locator("#map").bounding_box()
                middle = f"[...pen.getImageData({box['width'] / 2}, {box['height'] / 2}, 1, 1).data]"
                picture(page)
                script = (
                    f"(() => {{ const pen = document.getElementById('map').getContext('2d'); return {middle}; }})()"
                )
                red, _, blue, _ = page.evaluate(script)
                assert red > blue + 50, "predicted above kriging is red"


def test_daily_means(page, reconstruction):
    stations = from_cf(xr.open_dataset(reconstruction / "stations.nc"))
    days = local_days(stations.indexes["time"], "Asia/Shanghai")
    day = days[0] + np.bincount(days - days[0]).argmax()  # a whole one
    page.fill("#hour", str(int(np.argmax(days == day))))
    hourly = picture(page)
    page.select_option("#average", "day")
    assert picture(page) != hourly
    assert "daily mean" in page.inner_text("#legend-title")
    assert page.inner_text("#when").endswith("daily mean")
    assert "24 hours" in page.inner_text("#when-utc")
    code = page.inner_text("#place-name").rsplit("(", 1)[1].rstrip(")")
    mean = float(stations.pm25.sel(station=code)[days == day].mean())
    assert page.inner_text("#place-now dd >> nth=0") == f"{mean:.3g} µg m⁻³"
    shown = page.inner_text("#when")
    page.click("#later")
    assert page.inner_text("#when") != shown
    page.fill("#hour", "0")  # the first day has few hours
    count = int((days == days[0]).sum())
    assert count < 18
    assert f"{count} hours of the day Asia/Shanghai, too few" in page.inner_text("#when-utc")
    assert page.inner_text("#place-now dd >> nth=0") == "–"


def test_ticks_are_round_and_values_beyond_the_scale_have_an_arrow(page):
    about = page.evaluate("JSON.parse(document.getElementById('about').textContent)")
    for layer, scale in (("both", "value"), ("width", "width"), ("error", "error"), ("distance", "distance")):
        page.select_option("#layer", layer)
        ticks = [float(text.replace("−", "-")) for text in page.locator("#legend-ticks span").all_inner_texts()]
        assert len(ticks) >= 3
        np.testing.assert_allclose(np.diff(ticks), ticks[1] - ticks[0], rtol=1e-6)
        assert f"{ticks[1] - ticks[0]:e}"[0] in "125"
        ends = about["scales"][scale]
        assert ends["low"] <= ticks[0] < ticks[-1] <= ends["high"]
        assert page.locator("#legend-bar i.above").count() == ends["above"]
        assert page.locator("#legend-bar i.below").count() == ends["below"]


def test_logarithmic_colors(page):
    drawn = picture(page)
    page.check("#logarithmic")
    assert picture(page) != drawn
    places = page.locator("#legend-ticks span").evaluate_all("all => all.map(one => parseFloat(one.style.left))")
    ticks = [float(text) for text in page.locator("#legend-ticks span").all_inner_texts()]
    np.testing.assert_allclose(
        np.diff(places) / np.diff(np.log(ticks)), (places[1] - places[0]) / np.log(ticks[1] / ticks[0])
    )
    page.select_option("#layer", "error")
    assert page.locator("#logarithmic").is_hidden()


def test_colors(page):
    pictures = {picture(page)}
    for palette in ("hour", "china", "epa"):
        page.select_option("#palette", palette)
        pictures.add(picture(page))
        assert ("daily means" in page.inner_text("#legend-title")) == (palette != "hour")
    assert len(pictures) == 4


def test_masked_cells(page):
    drawn = picture(page)
    page.select_option("#masked", "hatched")
    hatched = picture(page)
    page.select_option("#masked", "shown")
    assert len({drawn, hatched, picture(page)}) == 3
    page.select_option("#masked", "blank")
    page.fill("#max-distance", "")
    far = picture(page)
    page.fill("#max-width", "1")
    assert len({drawn, far, picture(page)}) == 3
    assert "wider than 1 µg" in page.inner_text("#legend-mask")


def test_a_click_on_a_station_shows_it(page):
    page.click("#map", position=where(page, "S0010"))
    assert "(S0010)" in page.inner_text("#place-name")
    assert "visible station" in page.inner_text("#place-facts")
    assert page.locator("#neighbors li").count() == 5
    assert page.locator("#series polyline.predicted").count() >= 1
    assert page.locator("#series polygon.interval").count() >= 1
    assert "µg" in page.inner_text("#place-now")
    page.fill("#hour", "0")
    before = page.inner_text("#place-now")
    page.click("#series", position={"x": 200, "y": 60})
    assert page.inner_text("#place-now") != before
    neighbor = page.locator("#neighbors button").first
    name = neighbor.inner_text()
    neighbor.click()
    assert page.inner_text("#place-name") == name


def test_a_click_on_a_cell_shows_it(page):
    box = page.locator("#map").bounding_box()
    page.click("#map", position={"x": box["width"] * 0.5, "y": box["height"] * 0.12})
    assert "Cell at" in page.inner_text("#place-name")
    assert page.locator("#neighbors li").count() == 5


def test_stations_are_found_by_keyboard_alone(page):
    page.focus("#search")
    page.keyboard.type("hidden")
    assert page.inner_text("#found") == "3 of 24"
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    chosen = page.inner_text("#place-name")
    assert "hidden station" in page.inner_text("#place-facts")
    # The map is centered on it: Enter selects the place in the center, also after moving away and back.
    page.focus("#map")
    drawn = picture(page)
    for key in ("+", "+", "ArrowLeft", "ArrowLeft", "ArrowUp", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    assert picture(page) != drawn
    assert page.inner_text("#place-name") != chosen
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    assert page.inner_text("#place-name") == chosen


def test_the_wheel_zooms_and_a_drag_moves(page):
    seen = {picture(page)}
    box = page.locator("#map").bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    page.mouse.wheel(0, -400)
    seen.add(picture(page))
    page.mouse.down()
    page.mouse.move(box["x"] + 280, box["y"] + 240, steps=4)
    page.mouse.up()
    seen.add(picture(page))
    assert len(seen) == 3
    page.click("#show-all")


def test_tables_are_sorted_and_lead_to_the_map(page):
    table = page.locator("#errors table.sortable")
    heading = table.locator("th button", has_text="RMSE")
    heading.click()
    assert heading.locator("..").get_attribute("aria-sort") == "ascending"
    column = "lines => lines.map(line => Number(line.cells[6].dataset.value))"
    values = table.locator("tbody tr").evaluate_all(column)
    assert values == sorted(values)
    heading.click()
    assert table.locator("tbody tr").evaluate_all(column) == values[::-1]
    code = table.locator("button.link").first
    name = code.inner_text()
    code.click()
    assert f"({name})" in page.inner_text("#place-name")


def test_tables_are_sorted_by_keyboard(page):
    page.locator("#errors table.sortable th button").nth(2).focus()
    page.keyboard.press("Enter")
    assert page.locator("#errors table.sortable th").nth(2).get_attribute("aria-sort") == "ascending"
    page.keyboard.press("Space")
    assert page.locator("#errors table.sortable th").nth(2).get_attribute("aria-sort") == "descending"


def test_the_series_is_zoomed_and_saved(page, reconstruction, tmp_path):
    stations = from_cf(xr.open_dataset(reconstruction / "stations.nc"))
    box = page.locator("#series").bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 60)
    page.mouse.up()
    assert saved_series(page, tmp_path).time_utc.size < stations.sizes["time"]
    page.click("#whole-period")
    page.click("#zoom-time")
    assert saved_series(page, tmp_path).time_utc.size == -(-stations.sizes["time"] // 2)
    page.click("#whole-period")
    table = saved_series(page, tmp_path)
    one = stations.sel(station=table.place[0])
    for name, variable in (("predicted", "pm25"), ("lower", "pm25_lower"), ("measured", "pm25_measured")):
        np.testing.assert_allclose(table[name], one[variable], atol=0.051)
    np.testing.assert_array_equal(pd.to_datetime(table.time_utc).dt.tz_localize(None), one.time)


def saved_series(page, folder):
    with page.expect_download() as download:
        page.click("#save-series")
    download.value.save_as(folder / "series.csv")
    return pd.read_csv(folder / "series.csv")


def test_the_map_is_saved(page, tmp_path):
    with page.expect_download() as download:
        page.click("#save-map")
    download.value.save_as(tmp_path / "map.png")
    box = page.locator("#map").bounding_box()
    height, width = imread(tmp_path / "map.png").shape[:2]
    assert (width, height) == (round(box["width"]), round(box["height"]) + 84)


def test_the_address_holds_the_state(browser, page, reconstruction):
    page.fill("#hour", "5")
    page.select_option("#layer", "width")
    page.select_option("#average", "day")
    page.check("#logarithmic")
    page.click("#map", position=where(page, "S0010"))
    page.wait_for_url(re.compile("S0010"))
    with opened(browser, reconstruction, fragment=page.evaluate("location.hash")) as other:
        for shown in ("#when", "#place-name", "#legend-title"):
            assert other.inner_text(shown) == page.inner_text(shown)
        assert other.input_value("#hour") == "5"
        assert other.input_value("#layer") == "width"
        assert other.is_checked("#logarithmic")
    nonsense = "#hour=yesterday&layer=<img>&average=&station=__proto__&cell=1e9&palette=none"
    with opened(browser, reconstruction, fragment=nonsense) as other:
        assert other.input_value("#layer") == "both"
        assert other.locator("img").count() == 0


def test_a_code_that_is_a_formula_is_saved_as_text(browser, tmp_path):
    stations = synthetic_run(count=3, hours=4)[0]
    stations = stations.assign_coords(station=["=1+1", 'b,"c', "d"])
    write_run(tmp_path, stations, metrics=METRICS | {"tasks": {}})
    run_report(ReportSettings(str(tmp_path)))
    with opened(browser, tmp_path) as page:
        for code, saved in (("=1+1", "'=1+1"), ('b,"c', 'b,"c')):
            page.select_option("#stations", label=page.locator("#stations option", has_text=code).inner_text())
            assert set(saved_series(page, tmp_path).place) == {saved}


def test_dark_and_light(page):
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("#theme")
    assert page.get_attribute("#theme", "aria-pressed") == "true"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light


def test_dark_color_scheme_of_the_system(browser, reconstruction):
    with opened(browser, reconstruction, color_scheme="dark") as page:
        assert page.get_attribute("#theme", "aria-pressed") == "true"


def test_a_phone(browser, reconstruction):
    with opened(
        browser, reconstruction, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    ) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.locator("#map").scroll_into_view_if_needed()
        assert page.locator("#map-keys").is_hidden(), "a phone has no wheel"
        assert page.locator(".note.touch").is_visible()
        page.tap("#map", position=where(page, "S0010"))
        assert "(S0010)" in page.inner_text("#place-name")


def test_controls_have_names(page):
    nameless = page.locator("button, select, input, canvas, svg[role=img]").evaluate_all(
        "all => all.filter(one => !(one.ariaLabel || one.labels?.length || one.textContent.trim())).map(one => one.outerHTML)"
    )
    assert not nameless


def test_a_forecast_is_chosen(browser, tmp_path):
    write_run(tmp_path, *synthetic_run(lead=6))
    run_report(ReportSettings(str(tmp_path)))
    with opened(browser, tmp_path) as page:
        page.fill("#hour", "0")
        page.select_option("#issued", "0")
        first = page.inner_text("#when"), page.inner_text("#place-now")
        assert "1 h ahead" in page.inner_text("#when-utc")
        assert page.locator("#issued option").count() == 4
        page.select_option("#issued", "2")
        assert (page.inner_text("#when"), page.inner_text("#place-now")) != first
        assert "1 h ahead" in page.inner_text("#when-utc")


@pytest.mark.parametrize("count", [1, 1000])
def test_few_and_many_stations_without_a_grid(browser, tmp_path, count):
    stations = synthetic_run(count=count, hours=4)[0].drop_vars(["pm25_lower", "pm25_upper"])
    write_run(tmp_path, stations, metrics=METRICS | {"tasks": {}})
    run_report(ReportSettings(str(tmp_path)))
    with opened(browser, tmp_path) as page:
        layers = page.locator("#layer option").evaluate_all("all => all.map(one => one.value)")
        assert layers == ["predicted", "measured", "error", "distance"]
        assert page.inner_text("#found") == f"{count} of {count}"
        assert "S0000" in page.inner_text("#place-name")
