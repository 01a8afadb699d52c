// What a refusal of the API means, in the reader's language, with the API's own words beside it.

import { ApiProblem } from "./api.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";

const KNOWN = [0, 401, 422, 429, 503];
const OPENING = [422, 429, 503];
// How a parameter is written, by its kind.
const FORMS = {
  form_amount: ["amount_min", "amount_max"],
  form_day: ["period_from", "period_to", "published_from", "published_to"],
  form_region: ["region_code"],
  form_id: ["bulletin_id", "fact_id", "event_id"],
  form_choice: ["event_type", "stage", "metric", "level", "status", "sort"],
  form_text: ["q", "project", "organization", "subject", "recipient", "honor", "region"],
};

/** What was thrown as a problem; an error of the page itself, which no answer of the API is, has the status -1. */
export const asProblem = (error) => (error instanceof ApiProblem ? error : new ApiProblem(-1, "", String(error)));

/** The key of its words; those of what to do have `_hint` behind it. */
export function refusal(error) {
  const { status } = asProblem(error);
  if (status < 0) return "problem_page";
  return KNOWN.includes(status) ? `problem_${status}` : "problem";
}

/** As `refusal`, where one thing was to be opened: it is asked for in the address, not by a filter, and not tried again by itself. */
export function openingRefusal(error) {
  const { status } = asProblem(error);
  if (status === 404) return "no_bulletin";
  if (OPENING.includes(status)) return `open_${status}`;
  const known = refusal(error);
  return known === "problem" ? "open_failed" : known;
}

/** The name of the parameter that `pointer` leads to, whichever of its values it is. */
export const parameter = (pointer) => pointer.split("/")[2] ?? "";

/** What is wrong, place by place, or else the API's own words, or the page's. */
export function details(problem) {
  if (problem.errors.length) return h("ul", {}, problem.errors.map(wrong));
  return problem.detail && problem.status !== 422 ? h("p", { class: "quiet" }, problem.status > 0 ? t("api_says") : null, said(problem.detail)) : null;
}

function wrong({ pointer, detail }) {
  const name = parameter(pointer);
  const form = Object.keys(FORMS).find((key) => FORMS[key].includes(name));
  return h("li", {}, form ? [h("strong", {}, t(name)), ` ${t(form)} `] : [h("code", {}, name), " "], h("span", { class: "quiet" }, t("api_says"), said(detail)));
}

const said = (words) => h("span", { lang: "en" }, words);
