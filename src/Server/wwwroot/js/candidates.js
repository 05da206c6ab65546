// The candidates of one run, put together from its events as they come, or read from a stored trace.

/** Stands for a token whose text was not kept; its numbers were. */
const hiddenToken = "▪ ";

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

  /** The candidates of a stored trace, those of further choices after those of the first. */
  static ofTrace(trace) {
    const run = new Candidates(), bodies = trace.candidates ?? [];
    const positionOf = (choice, index) => bodies.findIndex(body => (body.choice ?? 0) === choice && body.index === index);
    bodies.forEach((body, position) => {
      const choice = body.choice ?? 0;
      const events = (trace.events ?? []).filter(event => event.candidate === body.index && (event.choice ?? 0) === choice);
      const of = type => events.filter(event => event.type === type);
      const tokens = (body.tokens ?? []).map(({ elapsed_ms, token, ...rest }, i) => ({ ...rest, text: token ?? hiddenToken, elapsedMs: elapsed_ms, inherited: i < (body.inherited ?? 0), forced: rest.logprob === undefined && body.tokens.length > 0 ? 1 : undefined }));
      const isRejected = typeof body.rejected_at_ms === "number";
      Object.assign(run.#of(position), {
        parent: typeof body.parent === "number" ? positionOf(choice, body.parent) : null,
        startedMs: of("candidate_started")[0]?.elapsed_ms ?? 0,
        endedMs: isRejected ? body.rejected_at_ms : of("finished")[0]?.elapsed_ms ?? tokens.at(-1)?.elapsedMs,
        score: body.score ?? null,
        selected: body.selected,
        sampled: body.token_count ?? tokens.length,
        state: isRejected ? "rejected" : "finished",
        reason: of("rejected")[0]?.reason ?? body.finish_reason,
        rejectedAt: body.rejected_at_token,
        tokens: tokens.length > 0 ? tokens : [{ text: body.text ?? "" }],
        scores: of("score").map(event => ({ scorer: event.scorer, score: event.score, elapsedMs: event.elapsed_ms })),
        verdicts: of("verified").map(event => ({ verifier: event.scorer, outcome: event.outcome, feedback: event.reason ?? "" })),
      });
    });
    run.answer = trace.answer;
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
