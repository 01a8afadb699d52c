// What a refusal of the API means, in the reader's language, with the API's own words beside it.

import { ApiProblem } from "./api.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";

const KNOWN = [0, 401, 422, 429, 503];
// How a parameter is written, by its kind.
const FORMS = {
  form_amount: ["amount_min", "amount_max"],
  form_day: ["period_from", "period_to", "published_from", "published_to"],
  form_region: ["region_code"],
  form_id: ["bulletin_id", "fact_id", "event_id"],
  form_choice: ["event_type", "stage", "metric", "level", "status", "sort"],
  form_text: ["q", "project", "organization", "subject", "recipient", "honor", "region"],
};

export const asProblem = (error) => (error instanceof ApiProblem ? error : new ApiProblem(-1, "", String(error)));

/** The key of its words; those of what to do have `_hint` behind it. */
export const refusal = ({ status }) => (KNOWN.includes(status) ? `problem_${status}` : "problem");

/** The name of the parameter that `pointer` leads to, whichever of its values it is. */
export const parameter = (pointer) => pointer.split("/")[2] ?? "";

/** What is wrong, place by place, or else the API's own words. */
export function details(problem) {
  if (problem.errors.length) return h("ul", {}, problem.errors.map(wrong));
  return problem.detail && problem.status !== 422 ? h("p", { class: "quiet" }, t("api_says"), said(problem.detail)) : null;
}

function wrong({ pointer, detail }) {
  const name = parameter(pointer);
  const form = Object.keys(FORMS).find((key) => FORMS[key].includes(name));
  return h("li", {}, form ? [h("strong", {}, t(name)), ` ${t(form)} `] : [h("code", {}, name), " "], h("span", { class: "quiet" }, t("api_says"), said(detail)));
}

const said = (words) => h("span", { lang: "en" }, words);
