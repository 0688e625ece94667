import numpy as np
import pytest
import readers.us_archives as us

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.airnow_sites import encoding_of, find_site_lists, read_site_lists


@pytest.mark.parametrize("old", [False, True])
def test_both_formats(tmp_path, old):
    line = us.old_site_line if old else us.site_line
    lines = ([] if old else [us.SITES_V2]) + [line(), line("840", 0, 0), line("000010102", -52.7, 47.6, elevation="0")]
    name = "monitoring_site_locations.dat" if old else "Monitoring_Site_Locations_V2.dat"
    path = us.write(tmp_path / name, "\n".join(lines) + "\n")
    assert find_site_lists(tmp_path) == [path]
    assert find_site_lists(tmp_path / "HourlyData_2023010100.dat") == [path]
    sites = read_site_lists([path])
    assert sites.index.tolist() == ["270031002", "000010102"] + ([] if old else ["840270031002", "840000010102"])
    assert sites.loc["270031002"].to_dict() == {
        "longitude": -93.2,
        "latitude": 45.1,
        "elevation": 280.0,
        "name": "Airport",
        "province": "MN",
    }
    assert np.isnan(sites.loc["000010102", "elevation"])


def test_the_last_list_counts(tmp_path):
    first = us.write(tmp_path / "1.dat", "\n".join([us.SITES_V2, us.site_line(), us.site_line("1")]))
    last = us.write(tmp_path / "2.dat", "\n".join([us.SITES_V2, us.site_line(longitude=-90)]))
    sites = read_site_lists([first, last])
    assert (sites.loc["270031002", "longitude"], sites.loc["1", "longitude"]) == (-90, -93.2)


def test_station_table(tmp_path):
    path = us.write(tmp_path / "stations.csv", "code,longitude,latitude\n001,1,2\n")
    assert read_site_lists([path]).index.tolist() == ["001"]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp437"])
def test_encodings(tmp_path, encoding):
    text = "\n".join([us.SITES_V2, us.site_line(name="Coyoacán")])
    path = us.write(tmp_path / "sites.dat", text, encoding)
    assert read_site_lists([path]).loc["270031002", "name"] == "Coyoacán"
    if encoding != "utf-8":
        assert encoding_of(text.encode(encoding)) == encoding


@pytest.mark.parametrize("text", ["", "a|b\n1|2\n", "<html></html>"])
def test_other_files(tmp_path, text):
    path = us.write(tmp_path / "sites.dat", text)
    with pytest.raises(InputError, match="not a list of AirNow sites"):
        read_site_lists([path])


def test_a_column_that_occurs_twice(tmp_path):
    header = us.SITES_V2.replace("Longitude", "Latitude")
    assert header.count("Latitude") == 2
    header = f"{header}|Longitude"
    path = us.write(tmp_path / "sites.dat", f"{header}\n{us.site_line()}|1\n")
    with pytest.raises(InputError, match="the column Latitude occurs more than once"):
        read_site_lists([path])


def test_no_file_and_no_coordinates(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_site_lists([tmp_path / "nowhere.dat"])
    path = us.write(tmp_path / "sites.dat", "\n".join([us.SITES_V2, us.site_line(longitude=0, latitude=0)]))
    with pytest.raises(InputError, match="no site has coordinates"):
        read_site_lists([path])
