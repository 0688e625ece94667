// Formatting of numbers and hours.

const digits = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

function number(x) {
  return Number.isFinite(x) ? digits.format(x).replace("-", "−") : "–";
}

function withUnits(x) {
  return Number.isFinite(x) ? `${number(x)} ${about.units}` : "–";
}

function clock(zone, options) {
  try {
    return new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", ...options });
  } catch {
    return new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", hourCycle: "h23", ...options });
  }
}

const TIME = { hour: "2-digit", minute: "2-digit" };
const DAY = { day: "numeric", month: "short" };
const localHour = clock(about.zone, { weekday: "short", ...DAY, year: "numeric", ...TIME });
const localDate = clock(about.zone, { weekday: "short", ...DAY, year: "numeric" });
const localDay = clock(about.zone, DAY);
const localTime = clock(about.zone, TIME);
const utcHour = clock("UTC", { ...DAY, ...TIME });

// Hours are counted from 1970 and labeled by their end.
const asDate = (hour) => new Date(hour * 3600000);

function localText(hour) {
  return `${localHour.format(asDate(hour))} ${about.zone_name}`;
}

function utcText(hour) {
  return `${utcHour.format(asDate(hour))} UTC`;
}
