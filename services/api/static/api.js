// The API, by GET, with its problem documents as errors.

export class ApiProblem extends Error {
  /** `retryAfter` in seconds or null. */
  constructor(status, title, detail, errors = [], retryAfter = null) {
    super(detail || title);
    Object.assign(this, { status, title, detail, errors, retryAfter });
  }
}

// An API that others can reach asks for a key; it is kept as long as the tab is open.
const KEY = "bulletins-api-key";
export const hasKey = () => sessionStorage.getItem(KEY) !== null;
export const useKey = (key) => sessionStorage.setItem(KEY, key);

function headers() {
  const key = sessionStorage.getItem(KEY);
  return { Accept: "application/json", ...(key === null ? {} : { Authorization: `Bearer ${key}` }) };
}

/** The answer of `path` with `pairs` as its query. Throws ApiProblem; an AbortError where `signal` ended it. */
export async function get(path, pairs = [], signal = undefined) {
  let reply;
  try {
    reply = await fetch(link(path, pairs), { signal, headers: headers() });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiProblem(0, "unreachable", "");
  }
  if (reply.ok) return reply.json();
  const problem = await reply.json().catch(() => ({}));
  const seconds = Number.parseInt(reply.headers.get("Retry-After") ?? "", 10);
  throw new ApiProblem(
    reply.status, problem.title ?? reply.statusText, problem.detail ?? "", problem.errors ?? [], Number.isNaN(seconds) ? null : seconds,
  );
}

export function link(path, pairs) {
  const query = new URLSearchParams(pairs).toString();
  return query ? `${path}?${query}` : path;
}
