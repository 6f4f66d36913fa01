// @ts-check
// Numbers with their units, as Grafana shows them.

/** @param {number} value @param {string} unit Grafana's id @param {number} [decimals] */
export function shown(value, unit, decimals) {
  if (!Number.isFinite(value)) return "–";
  switch (unit) {
    case "ms":
      return value >= 1000 ? `${digits(value / 1000, decimals === undefined ? undefined : decimals + 2)} s` : `${digits(value, decimals)} ms`;
    case "s":
      return value >= 1 || value === 0 ? `${digits(value, decimals)} s` : `${digits(value * 1000, decimals)} ms`;
    case "percentunit":
      return `${digits(value * 100, decimals)} %`;
    case "reqps":
      return `${scaled(value, 1000, ["", "K", "M"], decimals)} req/s`;
    case "bytes":
      return scaled(value, 1024, [" B", " KiB", " MiB", " GiB"], decimals);
    case "Bps":
      return `${scaled(value, 1024, [" B", " KiB", " MiB"], decimals)}/s`;
    case "none":
      return digits(value, decimals);
    default:
      return scaled(value, 1000, ["", " K", " Mil"], decimals);
  }
}

/** @param {number} value @param {number} base @param {string[]} names @param {number} [decimals] */
function scaled(value, base, names, decimals) {
  let rest = value;
  let index = 0;
  while (rest >= base && index < names.length - 1) {
    rest /= base;
    index += 1;
  }
  return `${digits(rest, index ? undefined : decimals)}${names[index]}`;
}

/** Three significant digits, unless it is said how many decimals. @param {number} value @param {number} [decimals] */
function digits(value, decimals) {
  if (decimals !== undefined) return value.toFixed(decimals);
  if (value === 0) return "0";
  const places = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return `${Number(value.toFixed(Math.min(places, 6)))}`;
}

/** The time of day in UTC. @param {number} seconds @param {boolean} [precise] with seconds */
export const timeOfDay = (seconds, precise) => new Date(seconds * 1000).toISOString().slice(11, precise ? 19 : 16);
