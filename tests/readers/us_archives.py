"""Files in the formats of the archives of the United States, with simulated values."""

import csv
import io

HOURLY = [
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

DAILY = [
    "State Code",
    "County Code",
    "Site Num",
    "Parameter Code",
    "POC",
    "Latitude",
    "Longitude",
    "Datum",
    "Parameter Name",
    "Sample Duration",
    "Pollutant Standard",
    "Date Local",
    "Units of Measure",
    "Event Type",
    "Observation Count",
    "Observation Percent",
    "Arithmetic Mean",
    "1st Max Value",
    "1st Max Hour",
    "AQI",
    "Method Code",
    "Method Name",
    "Local Site Name",
    "Address",
    "State Name",
    "County Name",
    "City Name",
    "CBSA Name",
    "Date of Last Change",
]

AIRDATA = [
    "Date",
    "Source",
    "Site ID",
    "POC",
    "{quantity}",
    "Units",
    "Daily AQI Value",
    "Local Site Name",
    "Daily Obs Count",
    "Percent Complete",
    "AQS Parameter Code",
    "AQS Parameter Description",
    "Method Code",
    "CBSA Code",
    "CBSA Name",
    "State FIPS Code",
    "State",
    "County FIPS Code",
    "County",
    "Site Latitude",
    "Site Longitude",
]

OLD_AIRDATA_NAMES = {
    "Units": "UNITS",
    "Daily AQI Value": "DAILY_AQI_VALUE",
    "Local Site Name": "Site Name",
    "Percent Complete": "PERCENT_COMPLETE",
    "AQS Parameter Code": "AQS_PARAMETER_CODE",
    "State": "STATE",
    "Site Latitude": "SITE_LATITUDE",
    "Site Longitude": "SITE_LONGITUDE",
}
"""Column names of exports of earlier years, by the present ones."""

UNITS = {
    "88101": "Micrograms/cubic meter (LC)",
    "88502": "Micrograms/cubic meter (LC)",
    "81102": "Micrograms/cubic meter (25 C)",
    "85101": "Micrograms/cubic meter (LC)",
    "42401": "Parts per billion",
    "42602": "Parts per billion",
    "44201": "Parts per million",
    "42101": "Parts per million",
}
"""Units by parameter code."""

AQ_OBS = [
    "AQSID",
    "SiteName",
    "Status",
    "EPARegion",
    "Latitude",
    "Longitude",
    "Elevation",
    "GMTOffset",
    "CountryCode",
    "StateName",
    "ValidDate",
    "ValidTime",
    "DataSource",
    "ReportingArea_PipeDelimited",
    "OZONE_AQI",
    "PM10_AQI",
    "PM25_AQI",
    "NO2_AQI",
    "OZONE_Measured",
    "PM10_Measured",
    "PM25_Measured",
    "NO2_Measured",
    "PM25",
    "PM25_Unit",
    "OZONE",
    "OZONE_Unit",
    "NO2",
    "NO2_Unit",
    "CO",
    "CO_Unit",
    "SO2",
    "SO2_Unit",
    "PM10",
    "PM10_Unit",
]

SITES_V2 = (
    "StationID|AQSID|FullAQSID|Parameter|MonitorType|SiteCode|SiteName|Status|AgencyID|AgencyName|EPARegion|Latitude|Longitude|"
    "Elevation|GMTOffset|CountryFIPS|CBSA_ID|CBSA_Name|StateAQSCode|StateAbbreviation|CountyAQSCode|CountyName"
)


def csv_text(header, rows):
    """A quoted CSV table of dictionaries by column; absent columns are empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, header, restval="", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def hourly_row(day, time, value, site="27-003-1002", parameter="88101", poc=1, **columns):
    """A row of an hourly file of AQS; local times are six hours behind, which a reader must not use."""
    state, county, number = site.split("-")
    return {
        "State Code": state,
        "County Code": county,
        "Site Num": number,
        "Parameter Code": parameter,
        "POC": poc,
        "Latitude": 45.1,
        "Longitude": -93.2,
        "Date Local": "1999-01-01",
        "Time Local": "13:00",
        "Date GMT": day,
        "Time GMT": time,
        "Sample Measurement": value,
        "Units of Measure": UNITS.get(parameter, ""),
        "State Name": "Minnesota",
    } | columns


def daily_row(day, value, site="27-003-1002", parameter="88101", poc=1, **columns):
    """A row of a daily file of AQS."""
    state, county, number = site.split("-")
    return {
        "State Code": state,
        "County Code": county,
        "Site Num": number,
        "Parameter Code": parameter,
        "POC": poc,
        "Latitude": 45.1,
        "Longitude": -93.2,
        "Sample Duration": "24-HR BLK AVG",
        "Date Local": day,
        "Units of Measure": UNITS.get(parameter, ""),
        "Event Type": "None",
        "Observation Percent": 100.0,
        "Arithmetic Mean": value,
        "1st Max Value": 999,
        "Local Site Name": "Airport",
        "City Name": "Blaine",
        "State Name": "Minnesota",
    } | columns


def airdata_row(day, value, site="270031002", quantity="Daily Mean PM2.5 Concentration", **columns):
    """A row of a daily export of AirData."""
    return {
        "Date": day,
        "Source": "AQS",
        "Site ID": site,
        "POC": 1,
        quantity: value,
        "Units": "ug/m3 LC",
        "Local Site Name": "Airport",
        "Percent Complete": "100.0",
        "AQS Parameter Code": "88101",
        "State": "Minnesota",
        "Site Latitude": 45.1,
        "Site Longitude": -93.2,
    } | columns


def data_line(day, time, value, site="270031002", parameter="PM2.5", units="UG/M3", name="Airport", offset="-6"):
    """A line of HourlyData."""
    return f"{day}|{time}|{site}|{name}|{offset}|{parameter}|{units}|{value}|Agency"


def obs_row(day, time, site="270031002", **columns):
    """A row of HourlyAQObs; the indices of columns before the values are those of other averages."""
    return {
        "AQSID": site,
        "SiteName": "Airport",
        "Status": "Active",
        "Latitude": 45.1,
        "Longitude": -93.2,
        "GMTOffset": -6,
        "StateName": "MN",
        "ValidDate": day,
        "ValidTime": time,
        "PM25_AQI": 99,
        "PM25_Measured": 1,
    } | columns


def site_line(site="270031002", longitude=-93.2, latitude=45.1, elevation="280.0", name="Airport"):
    """A line of ``Monitoring_Site_Locations_V2.dat``."""
    return (
        f"{site}|{site}|840{site}|PM2.5|Permanent|1002|{name}|Active|MN1|Agency|R5|{latitude}|{longitude}|{elevation}|"
        "-6.00|US|33460|Minneapolis|27|MN|003|ANOKA"
    )


def old_site_line(site="270031002", longitude=-93.2, latitude=45.1, elevation="280.0", name="Airport"):
    """A line of ``monitoring_site_locations.dat``, which has no header."""
    return (
        f"{site}|PM2.5|1002|{name}|Active|MN1|Agency|R5|{latitude}|{longitude}|{elevation}|-6.00|US|||33460|Minneapolis|27|MN|003|"
        "ANOKA||"
    )


def write(path, text, encoding="utf-8"):
    """Write text, and return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path
