"""CNEMC: daily files, which the reader opens with station lists."""

import pytest
from archives.archive_server import PAGE, cnemc_day

from aqnet_pyg import read
from aqnet_pyg.archives import fetch
from aqnet_pyg.errors import InputError

DAYS = ["2025-01-01", "2025-01-02"]


@pytest.fixture
def cnemc(server):
    for day in DAYS:
        server.files[f"/air/data/china_sites_{day.replace('-', '')}.csv"] = cnemc_day(day)
    return server


def run(server, folder, **options):
    return fetch("cnemc", folder, start=DAYS[0], end=DAYS[1], base=server.base, wait=lambda seconds: None, **options)


def test_the_reader_opens_the_files(cnemc, tmp_path):
    fetched = run(cnemc, tmp_path / "days")
    assert "--stations=FOLDER" in fetched.command
    assert "quotsoft.net/air" in str(fetched)
    lists = tmp_path / "站点列表-2022.02.13起.csv"
    lists.write_text(
        "监测点编码,监测点名称,城市,经度,纬度\n1001A,甲,北京,116.4,39.9\n1002A,乙,北京,116.5,39.8\n", encoding="utf-8"
    )
    data, report = read(fetched.archive, fetched.path, **fetched.options | {"stations": lists})
    assert report.files_read == 2
    assert data.sizes == {"time": 48, "station": 2}


def test_the_file_of_another_day(cnemc, tmp_path):
    cnemc.files["/air/data/china_sites_20250102.csv"] = cnemc_day("2025-01-01")
    with pytest.raises(InputError, match=r"china_sites_20250102.csv: .* a line begins with b'20250101,0,PM2.5"):
        run(cnemc, tmp_path)


def test_a_page_in_place_of_a_day(cnemc, tmp_path):
    cnemc.files["/air/data/china_sites_20250102.csv"] = PAGE
    with pytest.raises(
        InputError, match=r"1 of 2 files could not be downloaded \(first china_sites_20250102.csv: .*HTML page"
    ):
        run(cnemc, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["china_sites_20250101.csv", "fetched.json"]
