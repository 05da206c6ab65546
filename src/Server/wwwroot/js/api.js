// This server's API: JSON in and out, event streams, and errors in the server's own words.

import { askForKey, currentKey } from "./key.js";
import { readEvents } from "./sse.js";

export class ApiError extends Error {
  constructor(status, error) {
    super(error.message ?? `The server answered ${status}.`);
    Object.assign(this, { status, code: error.code, param: error.param });
  }
}

export const get = (path, signal) => send("GET", path, undefined, signal);

/** One request with an optional JSON body; gives the JSON of its answer, null when that has none. */
export async function send(method, path, body, signal) {
  const response = await request(method, path, body, signal);
  const text = await response.text();
  return text === "" ? null : JSON.parse(text);
}

/** A request whose answer is an event stream. Each event's data is given to the listener as it comes; ends with the stream. */
export async function stream(path, body, listener, signal) {
  const response = await request("POST", path, body, signal);
  for await (const data of readEvents(response.body)) {
    if (data.error) throw new ApiError(response.status, data.error);
    listener(data);
  }
}

async function request(method, path, body, signal) {
  for (;;) {
    const headers = {};
    if (currentKey()) headers.authorization = `Bearer ${currentKey()}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    const response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal }).catch(unreachable);
    if (response.ok) return response;
    const error = await errorOf(response);
    if (response.status !== 401 || !await askForKey(error.message)) throw error;
  }
}

async function errorOf(response) {
  const text = await response.text();
  try {
    return new ApiError(response.status, JSON.parse(text).error ?? {});
  } catch {
    return new ApiError(response.status, {});
  }
}

function unreachable(error) {
  if (error.name === "AbortError") throw error;
  throw new Error("The server cannot be reached. Is it still running?");
}

/** Saves the answer of a GET under this name. A plain link could not carry the API key. */
export async function download(path, name, signal) {
  const response = await request("GET", path, undefined, signal);
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  Object.assign(link, { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
