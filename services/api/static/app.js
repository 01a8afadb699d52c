// The page: state from the address, data for the state, and what is shown of it.

import { get, useKey } from "./api.js";
import { erase } from "./chart.js";
import { announce, byId, fill, h } from "./dom.js";
import { FACET_FIELDS, active, build, show, showChips, showFacets } from "./filters.js";
import { current, t, use } from "./i18n.js";
import { datesOf, histogram, regions } from "./overview.js";
import { asProblem, details, openingRefusal, parameter, refusal } from "./problem.js";
import { panelHead, reader, scrollToChosen } from "./reader.js";
import { showEvents, showNothing, showOptions } from "./results.js";
import { address, changed, filterPairs, parse, without } from "./state.js";
import { openSubscription, stop } from "./subscribe.js";
import { timeline } from "./timeline.js";

const LIMIT = 20;
const RETRY_SECONDS = 10;
const THEMES = ["auto", "light", "dark"];

const page = {
  state: parse(location.search),
  limit: LIMIT,
  /** Divisions by code, as far as they are known. */
  regions: new Map(),
  nameOf: (code) => page.regions.get(code)?.name ?? code,
  go, load, more,
  /** Runs `work` when what is being shown stands in the page. */
  afterwards: (work) => requestAnimationFrame(work),
};
let loading = new AbortController();
let opening = new AbortController();
let retry = null;
let listed = null;
const overview = { months: null, places: null };

/** Goes to a state, with an entry in the browser's history. */
function go(state, { focus = true } = {}) {
  history.pushState(null, "", address(state));
  arrive({ focus });
}

function arrive({ focus = false } = {}) {
  const before = page.state;
  page.state = parse(location.search);
  if (before.lang !== page.state.lang) speak();
  const changedList = listed !== key(page.state);
  if (changedList || before.lang !== page.state.lang) load();
  else showFrame();
  openPanel(before, focus);
}

/** What the list and the overview depend on. */
const key = (state) => JSON.stringify([filterPairs(state), state.sort, state.reports, state.dates]);

function showFrame() {
  byId("q").value = page.state.q ?? "";
  show(page.state);
  showChips(page.state, page.regions);
  showOptions(page);
}

function listPairs(state) {
  const pairs = [...filterPairs(state), ["limit", LIMIT], ["sort", state.sort ?? "-published_on"]];
  return state.reports === "all" ? pairs : [...pairs, ["collapse", "fact_id"]];
}

/** Asks for everything that the state shows; what was asked before and has not come is dropped. */
async function load() {
  loading.abort();
  loading = new AbortController();
  clearInterval(retry);
  const { signal } = loading;
  const { state } = page;
  if (listed !== null && listed !== key(state)) stop();
  listed = key(state);
  showFrame();
  byId("results").setAttribute("aria-busy", "true");
  if (byId("events").childElementCount === 0) byId("count").textContent = t("loading");
  const parts = [loadFacets(state, signal), loadOverview(state, signal)];
  try {
    const reply = await get("/v1/events", listPairs(state), signal);
    fill(byId("problem"));
    if (reply.items.length === 0) showNothing(page);
    else showEvents(page, reply, false);
    announce(byId("count").textContent);
  } catch (error) {
    if (error.name === "AbortError") return;
    showProblem(error);
  }
  byId("results").removeAttribute("aria-busy");
  await Promise.allSettled(parts);
}

async function more(cursor) {
  const { signal } = loading;
  try {
    showEvents(page, await get("/v1/events", [...listPairs(page.state), ["cursor", cursor]], signal), true);
  } catch (error) {
    if (error.name === "AbortError") return;
    // The API keeps a list's place for some minutes only: begin anew.
    if (error.errors?.some(({ pointer }) => pointer === "#/query/cursor")) await load();
    else showProblem(error);
  }
}

/** Counts of each facet's values: of a facet with a choice, as if that choice were not made, so that others can be added. */
async function loadFacets(state, signal) {
  const chosen = FACET_FIELDS.filter((field) => state[field].length > 0);
  const fields = FACET_FIELDS.filter((field) => !chosen.includes(field)).map((field) => ["field", field]);
  const asked = chosen.map((field) => get("/v1/events/facets", [["field", field], ...filterPairs(state, field)], signal));
  if (fields.length) asked.push(get("/v1/events/facets", [...fields, ...filterPairs(state)], signal));
  const replies = await Promise.allSettled(asked);
  if (signal.aborted) return;
  const facets = Object.assign({}, ...replies.filter((reply) => reply.status === "fulfilled").map((reply) => reply.value.facets));
  showFacets(state, facets);
}

async function loadOverview(state, signal) {
  const [months, places] = await Promise.allSettled([
    get("/v1/events/histogram", [["date", datesOf(state)], ["interval", "month"], ...filterPairs(state)], signal),
    get("/v1/regions", filterPairs(state, "region_code"), signal),
  ]);
  if (signal.aborted) return;
  overview.months = months.status === "fulfilled" ? months.value.items : months.reason;
  overview.places = places.status === "fulfilled" ? places.value.items : places.reason;
  if (places.status === "fulfilled") {
    for (const item of places.value.items) page.regions.set(item.code, item);
    showChips(state, page.regions);
  }
  if (!page.state.bulletin && !page.state.timeline) showOverview();
}

function showOverview() {
  const panel = byId("panel");
  erase();
  panel.classList.remove("reading", "project");
  panel.classList.add("overview");
  panel.setAttribute("aria-label", t("overview"));
  byId("columns").classList.remove("opened");
  if (overview.months === null) fill(panel);
  else fill(panel, histogram(page, overview.months), regions(page, overview.places));
}

/** Shows what the state opens in the panel; the keyboard goes there, and back to where it came from. */
async function openPanel(before, focus) {
  const { bulletin, event, timeline: project, timeline_region: region } = page.state;
  opening.abort();
  opening = new AbortController();
  const { signal } = opening;
  if (!bulletin && !project) {
    showOverview();
    if (focus && before.event) document.querySelector(`[data-key="${CSS.escape(before.event)}"]`)?.focus();
    return;
  }
  // From event to event of the text that is shown; there is none where it could not be opened.
  const inside = before.bulletin === bulletin && byId("bulletin-text") !== null;
  byId("columns").classList.add("opened");
  for (const article of document.querySelectorAll("article.event")) article.classList.toggle("opened", article.dataset.event === event);
  try {
    const content = bulletin
      ? reader(page, await get(`/v1/bulletins/${encodeURIComponent(bulletin)}`, [], signal))
      : timeline(page, project, await get(`/v1/projects/${encodeURIComponent(project)}/timeline`, region ? [["region_code", region]] : [], signal).catch(noneFor404));
    const top = inside ? byId("bulletin-text").scrollTop : 0;
    showOpened(content, focus && !inside);
    if (inside) byId("bulletin-text").scrollTop = top;
    if (bulletin) scrollToChosen({ focus: false });
  } catch (error) {
    if (error.name === "AbortError") return;
    showOpened(unopened(error), focus);
  }
}

/** Puts what was opened, or why it was not, into the panel. */
function showOpened(content, focus) {
  const panel = byId("panel");
  const reading = Boolean(page.state.bulletin);
  erase();
  panel.classList.remove("overview", "reading", "project");
  panel.classList.add(reading ? "reading" : "project");
  panel.setAttribute("aria-label", t(reading ? "evidence" : "timeline_title"));
  fill(panel, content);
  if (focus) byId("panel-title").focus({ preventScroll: true });
}

function unopened(error) {
  const problem = asProblem(error);
  const known = openingRefusal(problem);
  // What is not there or asked for in a wrong way will not be there the next time, and after an error of its own the page is to be loaded anew.
  const again = problem.status < 0 || [404, 422].includes(problem.status) ? null : h("button", { type: "button", class: "primary", onclick: () => openPanel(page.state, true) }, t("retry"));
  return [
    panelHead(page, t(known)),
    h("div", { class: "failed" }, problem.status === 404 ? null : h("p", {}, t(`${known}_hint`)), details(problem), again),
  ];
}

function noneFor404(error) {
  if (error.status === 404) return null;
  throw error;
}

/** What failed, why, and what to do; tried again by itself where that may help. */
function showProblem(error) {
  const problem = asProblem(error);
  const known = refusal(problem);
  const wrong = new Set(problem.errors.map(({ pointer }) => parameter(pointer)));
  const again = h("button", { type: "button", class: "primary", onclick: load }, t("retry"));
  const rejected = active(page.state, page.regions).filter(({ name }) => wrong.has(name));
  byId("count").textContent = t(known);
  fill(byId("events"));
  fill(byId("more"));
  fill(byId("problem"), h("div", { class: "problem" }, h("h2", {}, t(known)), h("p", {}, t(`${known}_hint`)), details(problem),
    problem.status === 401 ? keyForm() : null,
    rejected.map(({ name, value, words }) => h("p", {}, h("a", { href: address(without(page.state, name, value)), dataset: { nav: "" } }, t("remove", { what: words })))), again));
  if (problem.status !== 503 && problem.status !== 429) return;
  let seconds = problem.retryAfter ?? RETRY_SECONDS;
  retry = setInterval(() => {
    seconds -= 1;
    again.textContent = t("retry_in", { seconds });
    if (seconds <= 0) load();
  }, 1000);
}

function keyForm() {
  const input = h("input", { type: "password", autocomplete: "off", required: true });
  const take = (event) => {
    event.preventDefault();
    useKey(input.value.trim());
    load();
    openPanel(page.state, false);
  };
  return h("form", { onsubmit: take }, h("label", {}, t("api_key"), input), h("button", { type: "submit" }, t("use_key")));
}

/** Puts the words of the language into the page's frame. */
function speak() {
  use(page.state.lang ?? localStorage.getItem("language") ?? (navigator.language.startsWith("zh") ? "zh" : "en"));
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = t(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", t(element.dataset.label));
  for (const element of document.querySelectorAll("[data-placeholder]")) element.placeholder = t(element.dataset.placeholder);
  document.title = t("title");
  const other = byId("language");
  other.textContent = t("other_language");
  other.lang = current() === "zh" ? "en" : "zh-CN";
  build(page);
  showTheme();
}

function showTheme() {
  const theme = THEMES.includes(localStorage.getItem("theme")) ? localStorage.getItem("theme") : "auto";
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  byId("theme").textContent = t(`theme_${theme}`);
  return theme;
}

function listen() {
  addEventListener("popstate", () => arrive({ focus: true }));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-nav]");
    if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(parse(new URL(link.href).search));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented && !byId("subscription").open) byId("panel").querySelector('[data-key="close"]')?.click();
  });
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    go(changed(page.state, { q: byId("q").value.trim() || null }));
  });
  byId("language").addEventListener("click", () => {
    const lang = current() === "zh" ? "en" : "zh";
    localStorage.setItem("language", lang);
    go(changed(page.state, { lang }));
  });
  byId("theme").addEventListener("click", () => {
    localStorage.setItem("theme", THEMES[(THEMES.indexOf(showTheme()) + 1) % THEMES.length]);
    showTheme();
    if (!page.state.bulletin && !page.state.timeline) showOverview();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => !page.state.bulletin && !page.state.timeline && showOverview());
  for (const [toggle, element] of [["filters-toggle", "filters"], ["overview-toggle", "panel"]]) {
    byId(toggle).addEventListener("click", () => byId(toggle).setAttribute("aria-expanded", String(byId(element).classList.toggle("open"))));
  }
  byId("subscribe").addEventListener("click", () => openSubscription(page));
}

listen();
speak();
load();
openPanel(page.state, false);
