import numpy as np
import pandas as pd
import pytest

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.assembly.station_tables import find_columns, read_station_table


def write(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "stations.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_padded_fields_in_the_encodings_of_the_archives(tmp_path, encoding):
    text = "监测点编码 , 监测点名称,城市,经度 ,纬度\n 1001A, 环保大楼\u3000,北京, 116.5 ,39.25\n1002A,定陵,北京,-,\n"
    table = read_station_table(write(tmp_path, text, encoding))
    expected = pd.DataFrame(
        {
            "longitude": [116.5, np.nan],
            "latitude": [39.25, np.nan],
            "name": ["环保大楼", "定陵"],
            "city": ["北京", "北京"],
        },
        index=["1001A", "1002A"],
    )
    pd.testing.assert_frame_equal(table, expected, check_names=False, check_dtype=False, check_index_type=False)
    assert table["longitude"].dtype == np.float64


def test_codes_are_text_and_lines_without_code_are_left_out(tmp_path):
    table = read_station_table(write(tmp_path, "station_id,lon,lat,elevation\n007,1,2,3\n,4,5,6\n007,7,8,x\n"))
    assert table.index.tolist() == ["007", "007"]
    assert table["elevation"].tolist()[0] == 3
    assert np.isnan(table["elevation"].tolist()[1])


def test_the_first_matching_column_is_used():
    assert find_columns(["Station", "code", "Longitude", "lat", "name"]) == {
        "station": "code",
        "longitude": "Longitude",
        "latitude": "lat",
        "name": "name",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"stations\.csv: not a station table"),
        (
            "code,x,y\n1,2,3\n",
            r"stations\.csv: no column for longitude and latitude among code, x, y; name it longitude",
        ),
        ("<html><body>404</body></html>", r"stations\.csv: no column for station"),
    ],
)
def test_files_that_are_not_tables_are_rejected(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read_station_table(write(tmp_path, text))


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.csv: the station table cannot be read"):
        read_station_table(tmp_path / "nowhere.csv")


def test_western_tables_of_spreadsheets(tmp_path):
    path = tmp_path / "stations.csv"
    path.write_text("code;name;longitude;latitude\nG1;Gänsdorf;14,1;47,2\n", encoding="cp1252")
    table = read_station_table(path)
    assert table.loc["G1", "name"] == "Gänsdorf"
    assert table.loc["G1", ["longitude", "latitude"]].tolist() == [14.1, 47.2]


def test_lines_before_the_header_and_names_in_place_of_codes(tmp_path):
    text = "Catálogo de estaciones\n\nNombre de la estación|Latitud|Longitud|\nSão Tomé|33°30' S|70°15' W|\nÑuñoa|-33,45|-70,6|\n"
    table = read_station_table(write(tmp_path, text, "cp1252"))
    assert table.index.tolist() == ["São Tomé", "Ñuñoa"]
    assert table[["longitude", "latitude"]].to_numpy().tolist() == [[-70.25, -33.5], [-70.6, -33.45]]


def test_rows_with_too_few_fields_have_no_coordinates(tmp_path):
    table = read_station_table(write(tmp_path, "code,name,lon,lat\nA,a,1,2\nB,b\n"))
    assert np.isnan(table.loc["B", "longitude"])
    assert table.loc["A", "latitude"] == 2


def test_repeated_names_of_columns(tmp_path):
    table = read_station_table(write(tmp_path, "code,name,lon,lat,note,note\nA,a,1,2,x,y\n"))
    assert table.loc["A", ["longitude", "latitude"]].tolist() == [1, 2]
