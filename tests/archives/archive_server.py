"""A local server of the layouts of the archives, with the faults of real ones."""

import gzip
import io
import json
import threading
import zipfile
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

PAGE = b"<!DOCTYPE html>\n<html><body>Service Unavailable</body></html>"
ERROR = b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code></Error>'


@dataclass
class Reply:
    """An answer; ``sent`` bytes of it are sent before the connection is closed."""

    body: bytes = b""
    status: int = 200
    headers: dict = field(default_factory=dict)
    sent: int | None = None


def busy(status=429, retry_after="0"):
    return Reply(b"busy", status, {} if retry_after is None else {"Retry-After": retry_after})


def redirect(to):
    return Reply(b"", 302, {"Location": to})


def truncated(body):
    """The first half, with the length of the whole: a connection that broke."""
    return Reply(body, sent=len(body) // 2)


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Connections that a client closes early are no errors."""


class ArchiveServer:
    """Files by path (with the query, if any), replies that come first, and the requests that were made.

    With ``bucket``, it lists its files as Amazon S3 does; with ``locations``, it searches for them as the API of OpenAQ does.
    """

    def __init__(self):
        self.files = {}
        self.first = {}
        self.requests = []
        self.locations = None
        self.page = 1000
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 1 << 16  # head and body in one packet: otherwise each request waits for a delayed acknowledgment

            def log_message(self, *args):
                pass

            def do_GET(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                server.requests.append(
                    (self.command, self.path, dict(self.headers), json.loads(body) if body else None)
                )
                reply = server.reply(self.path, json.loads(body) if body else None, self.headers)
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body if reply.sent is None else reply.body[: reply.sent])
                self.close_connection = reply.sent is not None

            do_POST = do_GET

        self.http = _QuietServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()

    @property
    def paths(self):
        """Paths of the requests so far, without queries."""
        return [urlsplit(path).path for _, path, _, _ in self.requests]

    def reply(self, path, body, headers):
        split = urlsplit(path)
        for key in (path, split.path):
            if self.first.get(key):
                return self.first[key].pop(0)
        query = {name: values[0] for name, values in parse_qs(split.query).items()}
        if split.path == "/" and query.get("list-type") == "2":
            return self.listing(query)
        if split.path == "/v3/locations" and self.locations is not None:
            return self.search(query, headers)
        found = self.files.get(path, self.files.get(split.path))
        if callable(found):
            found = found(body)
        if isinstance(found, Reply):
            return found
        return Reply(b"not found", 404) if found is None else Reply(found)

    def listing(self, query):
        names = sorted(name[1:] for name in self.files if name.startswith("/" + query["prefix"]))
        begin = int(query.get("continuation-token", 0))
        shown = names[begin : begin + self.page]
        more = begin + self.page < len(names)
        entries = "".join(
            f"<Contents><Key>{name}</Key><Size>{len(self.files['/' + name])}</Size></Contents>" for name in shown
        )
        token = f"<NextContinuationToken>{begin + self.page}</NextContinuationToken>" if more else ""
        text = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{entries}{token}</ListBucketResult>"
        )
        return Reply(text.encode())

    def search(self, query, headers):
        if headers.get("X-API-Key") != "secret":
            return Reply(b'{"detail": "Unauthorized"}', 401)
        limit, page = int(query["limit"]), int(query["page"])
        found = self.locations
        if "bbox" in query:
            west, south, east, north = map(float, query["bbox"].split(","))
            found = [
                one
                for one in found
                if west <= one["coordinates"]["longitude"] <= east and south <= one["coordinates"]["latitude"] <= north
            ]
        if "iso" in query:
            found = [one for one in found if one["country"]["code"] == query["iso"]]
        results = found[(page - 1) * limit : page * limit]
        return Reply(json.dumps({"meta": {"found": len(found)}, "results": results}).encode())


def location(number, longitude, latitude, *, country="DE", mobile=False, pollutants=("pm25",), years=(2016, 2026)):
    """A location as the API of OpenAQ describes it."""
    first, last = (
        {"utc": f"{year}-01-01T00:00:00Z", "local": f"{year}-01-01T01:00:00+01:00"} for year in years or (0, 0)
    )
    return {
        "id": number,
        "name": f"Location {number}",
        "country": {"id": 1, "code": country, "name": country},
        "isMobile": mobile,
        "isMonitor": True,
        "coordinates": {"longitude": longitude, "latitude": latitude},
        "sensors": [{"id": number * 10, "parameter": {"name": name, "units": "µg/m³"}} for name in pollutants],
        "datetimeFirst": first if years else None,
        "datetimeLast": last if years else None,
    }


def zipped(members):
    """A zip file of these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


OPENAQ_COLUMNS = "location_id,sensors_id,location,datetime,lat,lon,parameter,units,value"


def openaq_day(number, day, longitude, latitude, more=0.5):
    """A daily file of OpenAQ: 24 hours of PM2.5, labeled by their ends, with a local offset."""
    rows = [
        f'{number},{number * 10},"Location {number}-{number}",{day}T{hour:02d}:00:00+00:00,{latitude},{longitude},pm25,µg/m³,'
        f"{hour + more}"
        for hour in range(24)
    ]
    return gzip.compress("\n".join([OPENAQ_COLUMNS, *rows, ""]).encode(), mtime=0)


def openaq_path(number, day):
    year, month, _ = day.split("-")
    name = f"location-{number}-{day.replace('-', '')}.csv.gz"
    return f"/records/csv.gz/locationid={number}/year={year}/month={month}/{name}"


def eea_parquet(sampling_point, start, values, pollutant=6001):
    """A parquet file of the download service: hours by their beginnings, in UTC+1 without a zone."""
    import datetime
    from decimal import Decimal

    begin = [datetime.datetime.fromisoformat(start) + datetime.timedelta(hours=hour) for hour in range(len(values))]
    count = len(values)
    frame = pa.table(
        {
            "Samplingpoint": [sampling_point] * count,
            "Pollutant": pa.array([pollutant] * count, pa.int32()),
            "Start": pa.array(begin, pa.timestamp("ns")),
            "End": pa.array([one + datetime.timedelta(hours=1) for one in begin], pa.timestamp("ns")),
            "Value": pa.array([Decimal(str(value)) for value in values], pa.decimal128(38, 18)),
            "Unit": ["ug.m-3"] * count,
            "AggType": ["hour"] * count,
            "Validity": pa.array([1] * count, pa.int32()),
            "Verification": pa.array([1] * count, pa.int32()),
            "ResultTime": pa.array(begin, pa.timestamp("ns")),
            "DataCapture": pa.array([None] * count, pa.decimal128(38, 18)),
            "FkObservationLog": ["x"] * count,
        }
    )
    buffer = io.BytesIO()
    pq.write_table(frame, buffer)
    return buffer.getvalue()


EEA_METADATA = (
    "Country,Timezone,Air Quality Network,Air Quality Station EoI Code,Air Quality Station Name,Sampling Point Id,"
    "Air Pollutant,Longitude,Latitude,Altitude"
)


def eea_metadata(stations):
    """The metadata of sampling points: ``(country, station, sampling point, longitude, latitude)``."""
    rows = [
        f"{country},UTC+01,NET,{station},Station {station},{point},PM2.5,{longitude},{latitude},10.0"
        for country, station, point, longitude, latitude in stations
    ]
    return zipped({"DataExtract.csv": "\n".join([EEA_METADATA, *rows, ""])})


AQS_COLUMNS = [
    "State Code",
    "County Code",
    "Site Num",
    "Parameter Code",
    "POC",
    "Latitude",
    "Longitude",
    "Datum",
    "Parameter Name",
    "Date Local",
    "Time Local",
    "Date GMT",
    "Time GMT",
    "Sample Measurement",
    "Units of Measure",
    "MDL",
    "Uncertainty",
    "Qualifier",
    "Method Type",
    "Method Code",
    "Method Name",
    "State Name",
    "County Name",
    "Date of Last Change",
]


def aqs_zip(year, days, sites, parameter=88101, value=lambda site, hour: hour + 0.5):
    """A pre-generated hourly file: ``sites`` of ``(state, county, site, longitude, latitude)``, in UTC-8."""
    import datetime

    rows = [",".join(f'"{name}"' for name in AQS_COLUMNS)]
    for number, (state, county, site, longitude, latitude) in enumerate(sites):
        for hour in range(24 * days):
            local = datetime.datetime(year, 1, 1) + datetime.timedelta(hours=hour)
            gmt = local + datetime.timedelta(hours=8)
            rows.append(
                f'"{state}","{county}","{site}","{parameter}",1,{latitude},{longitude},"WGS84","PM2.5 - Local Conditions",'
                f'"{local:%Y-%m-%d}","{local:%H:%M}","{gmt:%Y-%m-%d}","{gmt:%H:%M}",{value(number, hour)},'
                '"Micrograms/cubic meter (LC)",'
                '5.0,"","","FEM","170","Met One BAM-1020","California","Los Angeles","2023-05-01"'
            )
    name = f"hourly_{parameter}_{year}"
    return zipped({f"{name}.csv": "\n".join([*rows, ""])})


AIRNOW_SITES = (
    b"StationID|AQSID|FullAQSID|Parameter|MonitorType|SiteCode|SiteName|Status|AgencyID|AgencyName|EPARegion|Latitude|"
    b"Longitude|Elevation|GMTOffset|CountryFIPS|CBSA_ID|CBSA_Name|StateAQSCode|StateAbbreviation|CountyAQSCode|CountyName\n"
    b"840060371103|060371103|840060371103|PM2.5|Permanent|1103|Los Angeles|Active|CA1|South Coast|R9|34.0665|-118.2267|"
    b"87.0|-8.0|US|31080|Los Angeles|06|CA|037|LOS ANGELES\n"
)


def airnow_hour(day, hour):
    """An hourly file of one site."""
    year, month, number = day.split("-")
    return f"{month}/{number}/{year[2:]}|{hour:02d}:00|060371103|Los Angeles|-8|PM2.5|UG/M3|{hour + 0.5}|South Coast\n".encode()


def cnemc_day(day):
    """A daily file of the national network of China, of two stations."""
    digits = day.replace("-", "")
    rows = [f"{digits},{hour},PM2.5,{hour + 1},{hour + 2}" for hour in range(24)]
    return "\n".join(["date,hour,type,1001A,1002A", *rows, ""]).encode()
