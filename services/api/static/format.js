// Numbers, sums and days as a reader expects them.

import { current, t } from "./i18n.js";

const number = (value, digits = 2) =>
  new Intl.NumberFormat(current() === "zh" ? "zh-CN" : "en-GB", { maximumFractionDigits: digits }).format(value);

export const count = (value) => number(value, 0);
export const percent = (value) => `${value > 0 ? "+" : ""}${number(value)}`;
export const plainPercent = (value) => number(value);

const CURRENCIES = { zh: { CNY: "元", USD: "美元", EUR: "欧元", HKD: "港元", JPY: "日元" }, en: { CNY: "CN¥", USD: "US$", EUR: "€", HKD: "HK$", JPY: "JP¥" } };
const UNITS = { zh: [[1e8, "亿"], [1e4, "万"], [1, ""]], en: [[1e9, " bn"], [1e6, " m"], [1e3, " k"], [1, ""]] };
const BOUNDS = { exact: "", at_least: "≥ ", at_most: "≤ ", approx: "≈ " };

/** `240.7亿元`, `CN¥24.07 bn`; a second value makes a range. */
export function sum(value, currency = "CNY", upper = null) {
  const units = UNITS[current()];
  const [size, unit] = units.find(([least]) => (upper ?? value) >= least) ?? units[units.length - 1];
  const figure = upper === null ? number(value / size) : `${number(value / size)}–${number(upper / size)}`;
  const money = CURRENCIES[current()][currency] ?? currency;
  return current() === "zh" ? `${figure}${unit}${money}` : `${money}${figure}${unit}`;
}

/** A contract's amount, with a sign for its bound. */
export const amount = ({ value, value_max: upper, currency, bound }) => `${BOUNDS[bound] ?? ""}${sum(value, currency, upper)}`;

/** `2025-01` for a whole month, `2025` for a whole year, else the days. */
export function period({ start, end }) {
  if (!start && !end) return "";
  if (!start) return t("until", { day: end });
  if (!end) return t("since", { day: start });
  if (start === end) return start;
  const [year, month] = start.split("-");
  if (start === `${year}-01-01` && end === `${year}-12-31`) return year;
  const lastOfMonth = new Date(Date.UTC(Number(year), Number(month), 0)).toISOString().slice(0, 10);
  if (start === `${year}-${month}-01` && end === lastOfMonth) return `${year}-${month}`;
  return `${start} – ${end}`;
}

/** The last day of the interval (`month`, `quarter`, `year`) that begins on `start`, and what to call the interval. */
export function interval(start, kind) {
  const [year, month] = start.split("-").map(Number);
  const months = { month: 1, quarter: 3, year: 12 }[kind];
  const last = new Date(Date.UTC(year, month - 1 + months, 0)).toISOString().slice(0, 10);
  const name = { month: start.slice(0, 7), quarter: `${year} Q${Math.ceil(month / 3)}`, year: String(year) }[kind];
  return { last, name };
}

/** What an event is about, in one line. */
export function headline(event) {
  if (event.event_type === "project_milestone") return event.project;
  if (event.event_type === "accolade") return [event.recipient, event.honor].filter(Boolean).join(" · ");
  return event.subject ?? event.section?.title ?? t(event.metric);
}

/** What it says of it, in one word or two. */
export const claim = (event) => t(event.stage ?? event.metric ?? event.level ?? event.event_type);
