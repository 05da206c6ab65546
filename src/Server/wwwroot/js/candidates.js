// The candidates of one run, put together from its events as they come, or read from a stored trace.

export class Candidates {
  constructor() {
    this.all = [];
    this.answer = null;
  }

  /** Takes one event of POST /api/generate with "stream": true; gives the candidate that it changed, if there is one. */
  take(event) {
    const candidate = this.#of(event.candidate);
    switch (event.type) {
      case "candidate_started":
        Object.assign(candidate, { parent: event.parent ?? null, inherited: event.text ?? "", startedMs: event.elapsed_ms, state: "running", reason: null });
        break;
      case "text":
        candidate.tokens.push({ text: event.text ?? "", logprob: event.token === undefined ? undefined : event.logprob, entropy: event.entropy, value: event.value, elapsedMs: event.elapsed_ms });
        if (event.token !== undefined) candidate.sampled++;
        break;
      case "forced":
        candidate.tokens.push({ text: event.text ?? "", forced: event.tokens, elapsedMs: event.elapsed_ms });
        break;
      case "rewound":
        rewind(candidate, (event.text ?? "").length);
        break;
      case "score":
        candidate.score = event.score ?? null;
        candidate.scores.push({ scorer: event.scorer, score: event.score, elapsedMs: event.elapsed_ms, at: candidate.sampled });
        break;
      case "verified":
        candidate.verdicts.push({ verifier: event.scorer, outcome: event.outcome, feedback: event.reason ?? "" });
        break;
      case "rejected":
        Object.assign(candidate, { state: "rejected", reason: event.reason, endedMs: event.elapsed_ms, rejectedAt: candidate.sampled });
        break;
      case "finished":
        if (candidate.state !== "rejected") Object.assign(candidate, { state: "finished", reason: event.reason, endedMs: event.elapsed_ms });
        break;
      case "answer":
        this.answer = event.text;
        break;
      default:
        return null;
    }
    return candidate;
  }

  /** Takes the whole response: who was selected, final scores. */
  complete(response) {
    this.answer = response.text;
    for (const body of response.candidates) {
      const candidate = this.#of(body.index);
      Object.assign(candidate, { selected: body.selected, score: body.score ?? candidate.score });
      if (candidate.state === "running") Object.assign(candidate, { state: body.finish_reason === "stop" || body.finish_reason === "length" ? "finished" : "stopped", reason: body.finish_reason });
      if (candidate.tokens.length === 0 && body.text !== "") candidate.tokens.push({ text: body.text });
    }
  }

  /** The candidates of a stored trace. */
  static ofTrace(trace) {
    const run = new Candidates();
    const events = trace.events ?? [];
    for (const body of trace.candidates ?? []) {
      const candidate = run.#of(body.index);
      const started = events.find(event => event.type === "candidate_started" && event.candidate === body.index);
      const rejected = body.rejected_at_ms !== undefined && body.rejected_at_ms !== null;
      Object.assign(candidate, {
        parent: body.parent ?? null,
        inherited: started?.text ?? "",
        startedMs: started?.elapsed_ms ?? 0,
        score: body.score ?? null,
        selected: body.selected,
        sampled: body.token_count ?? body.tokens?.length ?? 0,
        state: rejected ? "rejected" : "finished",
        reason: events.find(event => event.type === "rejected" && event.candidate === body.index)?.reason ?? body.finish_reason,
        endedMs: rejected ? body.rejected_at_ms : body.tokens?.at(-1)?.elapsed_ms,
        rejectedAt: body.rejected_at_token,
        tokens: body.tokens?.length ? body.tokens.map(token => ({ ...token, text: token.token ?? token.text ?? "", elapsedMs: token.elapsed_ms })) : [{ text: body.text ?? "" }],
        scores: events.filter(event => event.type === "score" && event.candidate === body.index).map(event => ({ scorer: event.scorer, score: event.score, elapsedMs: event.elapsed_ms })),
        verdicts: events.filter(event => event.type === "verified" && event.candidate === body.index).map(event => ({ verifier: event.scorer, outcome: event.outcome, feedback: event.reason ?? "" })),
      });
    }
    run.answer = trace.answer ?? trace.text;
    return run;
  }

  #of(index) {
    return this.all[index] ??= { index, parent: null, inherited: "", tokens: [], sampled: 0, scores: [], verdicts: [], score: null, state: "running", reason: null, selected: false };
  }
}

/** What a candidate wrote, without what it inherited from its parent. */
export const textOf = candidate => candidate.tokens.map(token => token.text).join("");

/** The process reward along the text, where there is one. */
export const valuesOf = candidate => candidate.tokens.map(token => token.value).filter(value => typeof value === "number");

function rewind(candidate, length) {
  let left = Math.max(0, length - candidate.inherited.length);
  candidate.inherited = candidate.inherited.slice(0, length);
  const kept = [];
  for (const token of candidate.tokens) {
    if (left <= 0) break;
    kept.push({ ...token, text: token.text.slice(0, left) });
    left -= token.text.length;
  }
  Object.assign(candidate, { tokens: kept, sampled: kept.filter(token => token.logprob !== undefined).length, state: "running", reason: null });
}
