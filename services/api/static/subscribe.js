// How to hear of what comes: live on this page, by feed, by program.

import { byId, fill, h } from "./dom.js";
import { get, hasKey, link } from "./api.js";
import { active } from "./filters.js";
import { count } from "./format.js";
import { t } from "./i18n.js";
import { address, filterPairs } from "./state.js";

const TYPES = ["investment_report", "project_milestone", "accolade"];
const TOPICS = { investment_report: "bulletins.event.investment-report.v1", project_milestone: "bulletins.event.project-milestone.v1", accolade: "bulletins.event.accolade.v1" };
// What `bulletins tail` can filter by.
const TAILED = { stage: "--stage" };

// A filter that only one type has.
const OF_TYPE = { metric: "investment_report", amount_min: "investment_report", amount_max: "investment_report", subject: "investment_report", stage: "project_milestone", project: "project_milestone", level: "accolade", recipient: "accolade", honor: "accolade" };

const REFUSED_MILLISECONDS = 5000;

let live = null;

/** Opens the dialog for the state that is looked at, with the ways that this API says it serves. */
export async function openSubscription(page) {
  const { paths } = await get("/openapi.json").catch(() => ({ paths: {} }));
  const dialog = byId("subscription");
  const pairs = filterPairs(page.state);
  const here = (path) => new URL(link(path, pairs), location.href).href;
  const words = active(page.state, page.regions).map((filter) => filter.words).join(" · ") || t("sub_everything");
  const types = typesOf(page.state);
  fill(dialog,
    h("div", { class: "panel-head" }, h("h2", { id: "subscription-title" }, t("sub_title")), h("button", { type: "button", onclick: () => dialog.close() }, t("close"))),
    h("p", {}, t("sub_intro", { filters: words })),
    paths["/v1/stream"] && h("section", {}, h("h3", {}, t("sub_live")), h("p", { class: "quiet" }, t(hasKey() ? "sub_live_key" : "sub_live_hint")),
      hasKey() ? null : h("button", { type: "button", class: "primary", id: "live-toggle", onclick: () => { if (live) stop(); else start(page); dialog.close(); } }, t(live ? "sub_stop" : "sub_start"))),
    paths["/v1/events.atom"] && snippet("sub_atom", here("/v1/events.atom"), "sub_atom_hint"),
    paths["/v1/stream"] && snippet("sub_http", `curl -N '${here("/v1/stream")}'`),
    snippet("sub_kafka", types.map((type) => TOPICS[type]).join("\n"), "sub_kafka_hint"),
    snippet("sub_cli", types.map((type) => tail(type, page.state)).join("\n")),
    snippet("share", new URL(address(page.state), location.href).href));
  dialog.showModal();
}

/** The types that the filters let through. */
function typesOf(state) {
  const only = Object.keys(OF_TYPE).filter((name) => state[name]?.length).map((name) => OF_TYPE[name]);
  return TYPES.filter((type) => (state.event_type.length === 0 || state.event_type.includes(type)) && only.every((other) => other === type));
}

function tail(type, state) {
  const options = Object.entries(TAILED).flatMap(([name, option]) => (name === "stage" && type !== "project_milestone" ? [] : state[name].map((value) => `${option} ${value}`)));
  const regions = state.region_code.map((code) => `--region ${code}`);
  return ["bulletins tail", type, ...regions, ...options].join(" ");
}

function snippet(title, text, hint) {
  const button = h("button", { type: "button", onclick: () => copy(text, button) }, t("copy"));
  return h("section", {}, h("h3", {}, t(title)), hint ? h("p", { class: "quiet" }, t(hint)) : null,
    h("div", { class: "snippet" }, h("pre", { tabindex: "0", "aria-label": t(title), role: "region" }, text), button));
}

async function copy(text, button) {
  await navigator.clipboard.writeText(text);
  button.textContent = t("copied");
}

function start(page) {
  let arrived = 0;
  const tell = (words, ...buttons) => fill(byId("live"), h("div", { class: "live" }, h("span", { class: "dot", "aria-hidden": "true" }), words, buttons,
    h("button", { type: "button", onclick: stop }, t("sub_stop"))));
  const show = () => { arrived = 0; tell(t("live_on")); page.load(); };
  listen(filterPairs(page.state), {
    opened: () => { if (arrived === 0) tell(t("live_on")); },
    broken: () => tell(t("live_broken")),
    received: () => { arrived += 1; tell(t("live_new", { count: count(arrived) }), h("button", { type: "button", onclick: show }, t("live_show"))); },
  });
}

/** A browser comes again by itself where a connection breaks, but not where it was refused, for lack of room, say. */
function listen(pairs, hear, lastId = "") {
  let id = lastId;
  let opened = false;
  const source = new EventSource(link("/v1/stream", lastId ? [...pairs, ["last_event_id", lastId]] : pairs));
  live = source;
  source.addEventListener("open", () => { opened = true; hear.opened(); });
  source.addEventListener("error", () => {
    if (live !== source) return;
    hear.broken();
    // An id that was not taken may be one that is no longer good.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => { if (live === source) listen(pairs, hear, opened ? id : ""); }, REFUSED_MILLISECONDS);
  });
  for (const name of TYPES) source.addEventListener(name, (event) => { id = event.lastEventId; hear.received(); });
}

/** Ends what is live; what it would say is about a query that is no longer looked at. */
export function stop() {
  live?.close();
  live = null;
  fill(byId("live"));
}
