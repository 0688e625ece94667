"""Conventions of the archives: label of the hour, time zone, units, missing values, flags and instruments, with their sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Convention:
    """Conventions of one archive, each a short text for the table in the documentation.

    Args:
        label: The end of the averaging period that times label.
        zone: Time zone of the times.
        resolution: Averaging period, such as ``1 hour``.
        units: Units of the values.
        temperature: Reference temperature in °C of the mass concentrations of gases, or that at which mixing ratios are
            converted; None where no gas is read.
        missing: Codes of missing values.
        flags: Flags of the archive, and the values that are read or left out by them.
        instruments: Rule for several instruments at a site.
        sources: Addresses of the documents that state the above.
    """

    label: Literal["beginning", "ending"]
    zone: str
    resolution: str
    units: str
    temperature: float | None
    missing: str
    flags: str
    instruments: str
    sources: tuple[str, ...]


CONVENTIONS: dict[str, Convention] = {
    "cnemc": Convention(
        label="ending",
        zone="Asia/Shanghai (UTC+8)",
        resolution="1 hour",
        units="µg/m³, CO mg/m³",
        temperature=25.0,
        missing="empty",
        flags="none",
        instruments="one column a station",
        sources=("https://quotsoft.net/air/",),
    ),
    "bjmemc": Convention(
        label="ending",
        zone="Asia/Shanghai (UTC+8)",
        resolution="1 hour",
        units="µg/m³, CO mg/m³",
        temperature=25.0,
        missing="empty",
        flags="none",
        instruments="one column a station",
        sources=("https://quotsoft.net/air/",),
    ),
    "uci_beijing": Convention(
        label="ending",
        zone="Asia/Shanghai (UTC+8)",
        resolution="1 hour",
        units="µg/m³, CO too (converted to mg/m³)",
        temperature=25.0,
        missing="NA",
        flags="none",
        instruments="one file a station",
        sources=("https://doi.org/10.24432/C5RK5G",),
    ),
    "openaq": Convention(
        label="ending",
        zone="UTC, or an offset in each time",
        resolution="1 hour, or readings within the hour",
        units="in each row: µg/m³, mg/m³, ppm or ppb",
        temperature=25.0,
        missing="empty, -1, -9, -99, -999, -9999, -99999",
        flags="isMobile: mobile locations are left out",
        instruments="sensors of a location: the lowest number with a value in each hour",
        sources=(
            "https://docs.openaq.org/using-the-api/dates-datetimes",
            "https://docs.openaq.org/aws/about",
        ),
    ),
    "purpleair": Convention(
        label="beginning",
        zone="seconds since 1970, or an offset in each time; without it UTC",
        resolution="averages of 10, 30 or 60 minutes, or readings of 2 minutes, whose times are those of arrival",
        units="µg/m³",
        temperature=None,
        missing="empty, null",
        flags="channels A and B that differ by at least 5 µg/m³ and 61 %: left out",
        instruments="mean of the channels A and B; each sensor is a station",
        sources=(
            "https://community.purpleair.com/t/loop-api-calls-for-historical-data/4623",
            "https://community.purpleair.com/t/api-history-fields-descriptions/4652",
            "https://doi.org/10.5194/amt-14-4617-2021",
        ),
    ),
    "sensor_community": Convention(
        label="ending",
        zone="UTC",
        resolution="readings about every 150 seconds",
        units="µg/m³; P1 is PM10, P2 is PM2.5",
        temperature=None,
        missing="empty, nan, unknown, unavailable",
        flags="PPD42NS counts particles: left out; SDS011 and SDS021 at 1999.9 (PM10) or 999.9 (PM2.5): left out",
        instruments="each sensor is a station; indoor sensors are left out",
        sources=(
            "https://github.com/opendata-stuttgart/feinstaub-api/issues/25",
            "https://github.com/opendata-stuttgart/meta/issues/153",
        ),
    ),
    "taiwan_epa": Convention(
        label="beginning",
        zone="Asia/Taipei (UTC+8)",
        resolution="1 hour",
        units="PM µg/m³, SO2, NO2 and O3 ppb, CO ppm",
        temperature=25.0,
        missing="empty",
        flags="#, *, x and A, behind a number or alone: invalid, left out",
        instruments="one series a station",
        sources=(
            "https://airtw.moenv.gov.tw/CHT/Query/His_Data.aspx",
            "https://github.com/kuotunyu/air-quality/blob/main/docs/archive-formats.md",
        ),
    ),
    "cpcb": Convention(
        label="beginning",
        zone="Asia/Kolkata (UTC+5:30)",
        resolution="15 minutes or 1 hour; daily means on request",
        units="in the header; without them µg/m³, CO mg/m³",
        temperature=25.0,
        missing="empty, None, NA",
        flags="none",
        instruments="one file a station",
        sources=("https://airquality.cpcb.gov.in/ccr/#/caaqm-dashboard-all/caaqm-landing",),
    ),
    "airkorea": Convention(
        label="ending",
        zone="Asia/Seoul (UTC+9)",
        resolution="1 hour, numbered 1 to 24; daily means of Seoul on request",
        units="PM µg/m³, gases ppm",
        temperature=25.0,
        missing="empty, -999",
        flags="none",
        instruments="one series a station",
        sources=(
            "https://www.airkorea.or.kr/web/last_amb_hour_data",
            "https://data.seoul.go.kr/dataList/OA-2218/S/1/datasetView.do",
        ),
    ),
    "sinca": Convention(
        label="ending",
        zone="not stated; UTC-4 (standard time of Chile) by default",
        resolution="1 hour; daily means on request",
        units="PM and SO2 µg/m³, NO2 and O3 ppb, CO to be given",
        temperature=25.0,
        missing="empty",
        flags="validated, preliminary, not validated: one of three columns; all are read by default",
        instruments="one file a station and pollutant",
        sources=(
            "https://sinca.mma.gob.cl/",
            "https://github.com/maigonzalezh/py-atmchile/blob/main/docs/sinca-internals.md",
            "https://github.com/MinCiencia/Datos-CambioClimatico/issues/3",
        ),
    ),
    "cnemc_text": Convention(
        label="ending",
        zone="Asia/Shanghai (UTC+8)",
        resolution="1 hour; daily means on request",
        units="µg/m³, CO mg/m³",
        temperature=25.0,
        missing="-9999",
        flags="none",
        instruments="one line a station",
        sources=("https://github.com/Qinxiaoying/ShanTou/blob/master/ShanTou/data/readme.txt",),
    ),
    "airmonitor": Convention(
        label="beginning",
        zone="UTC",
        resolution="1 hour",
        units="for each device: µg/m³, ppb or ppm",
        temperature=25.0,
        missing="NA",
        flags="none; checked before publication",
        instruments="several devices a location; the first one (by ID) with a value",
        sources=(
            "https://mazamascience.github.io/AirMonitor/articles/Data_Model.html",
            "https://github.com/pnwairfire/AirMonitorIngest",
        ),
    ),
    "knowair": Convention(
        label="ending",
        zone="UTC",
        resolution="every 3 hours",
        units="µg/m³",
        temperature=None,
        missing="none",
        flags="none",
        instruments="one value a city",
        sources=("https://github.com/shuowang-ai/PM2.5-GNN",),
    ),
    "aqs": Convention(
        label="beginning",
        zone="GMT; days in local standard time",
        resolution="1 hour, 1 day",
        units="ppm, ppb, µg/m³",
        temperature=25.0,
        missing="no row",
        flags="daily files: rows without exceptional events, or of less than 75 % of the samples, left out; qualifiers not used",
        instruments="POC: lowest number with a value; PM2.5 88101 before 88502, PM10 81102 before 85101",
        sources=("https://aqs.epa.gov/aqsweb/airdata/FileFormats.html",),
    ),
    "airnow": Convention(
        label="beginning",
        zone="UTC",
        resolution="1 hour",
        units="ppb, ppm, µg/m³",
        temperature=25.0,
        missing="-999, empty",
        flags="none (preliminary data)",
        instruments="one value a site",
        sources=(
            "https://docs.airnowapi.org/docs/HourlyDataFactSheet.pdf",
            "https://docs.airnowapi.org/docs/HourlyAQObsFactSheet.pdf",
            "https://docs.airnowapi.org/docs/MonitoringSiteV2FactSheet.pdf",
        ),
    ),
    "eea": Convention(
        label="beginning",
        zone="UTC+1 all year in Parquet files of the download service; offset in CSV files",
        resolution="1 hour; daily means on request",
        units="in the files: µg/m³, CO mg/m³",
        temperature=20.0,
        missing="empty",
        flags="Validity above 0 is valid (2 and 3: below the detection limit), others are left out; Verification is noted",
        instruments="several sampling points a station; the first one (by name) with a value",
        sources=(
            "https://eeadmz1-downloads-webapp.azurewebsites.net/content/documentation/How_To_Downloads.pdf",
            "https://www.eea.europa.eu/ds_resolveuid/6c6bc4e9a2f64838b4c15ceb24278e9d",
            "https://dd.eionet.europa.eu/vocabulary/aq/observationvalidity",
        ),
    ),
    "uk_air": Convention(
        label="ending",
        zone="GMT; hours 01:00 to 24:00",
        resolution="1 hour",
        units="in the files: µg/m³, CO mg/m³",
        temperature=20.0,
        missing="empty, No data",
        flags="R, V ratified; P, P*, N provisional; S suspect, left out",
        instruments="one series a site and pollutant",
        sources=(
            "https://uk-air.defra.gov.uk/data/data_selector_service",
            "https://github.com/openair-project/openair/issues/223",
            "https://github.com/openair-project/openair/issues/235",
        ),
    ),
    "openair": Convention(
        label="beginning",
        zone="GMT",
        resolution="1 hour, or 15 minutes; daily means on request",
        units="µg/m³, CO mg/m³; ppb and ppm where `units` gives them",
        temperature=20.0,
        missing="NA",
        flags="none; ratified and provisional values are not told apart",
        instruments="one series a site and pollutant",
        sources=(
            "https://openair-project.github.io/openair/reference/importUKAQ.html",
            "https://github.com/openair-project/openair/issues/223",
        ),
    ),
}
"""Conventions by the name of the reader."""
