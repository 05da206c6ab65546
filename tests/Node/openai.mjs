// Drives a server with OpenAI's own npm client and prints what it saw as JSON; the .NET test that starts it checks that. Usage: node openai.mjs BASE_URL MODEL
import OpenAI, { BadRequestError, NotFoundError } from "openai";

const [baseURL, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: "none", maxRetries: 0 });
const request = {
  model,
  messages: [{ role: "user", content: [{ type: "text", text: "How many stamps?" }] }],
  max_completion_tokens: 16,
  temperature: 0.9,
  seed: 11,
  ignore_eos: true,
};

const refusal = async (call) => {
  try {
    await call();
    return null;
  } catch (error) {
    return { status: error.status, code: error.code, param: error.param, type: error.type, bad: error instanceof BadRequestError, missing: error instanceof NotFoundError };
  }
};

const seen = {};

const whole = await client.chat.completions.create({ ...request, n: 2, logprobs: true, top_logprobs: 2 });
seen.texts = whole.choices.map((choice) => choice.message.content);
seen.logprobs = whole.choices.map((choice) => choice.logprobs.content.length);
seen.finish = whole.choices.map((choice) => choice.finish_reason);
seen.completionTokens = whole.usage.completion_tokens;

const streamed = ["", ""];
let usage = null;
for await (const chunk of await client.chat.completions.create({ ...request, n: 2, stream: true, stream_options: { include_usage: true } })) {
  for (const choice of chunk.choices) streamed[choice.index] += choice.delta.content ?? "";
  usage = chunk.usage ?? usage;
}
seen.streamed = streamed;
seen.streamedTokens = usage.completion_tokens;

const planned = await client.chat.completions.create({ ...request, strategies: [{ name: "best_of_n", n: 3, select: "likelihood" }], include: ["bill"] });
seen.plan = planned.strategies[0].name;
seen.discarded = planned.bill.tokens.discarded;

const suffixed = await client.chat.completions.create({ ...request, model: `${model}:best_of_n` }).withResponse();
seen.suffixPlan = [suffixed.data.strategies[0].name, suffixed.response.headers.get("x-strategies-source")];
const byHeader = await client.chat.completions.create(request, { headers: { "X-Strategy": '{"name":"best_of_n","n":2}' } });
seen.headerPlan = byHeader.strategies[0].n;

const kept = await client.chat.completions.create({ ...request, store: true, metadata: { topic: "stamps" } });
const again = await client.chat.completions.retrieve(kept.id);
seen.stored = [again.choices[0].message.content === kept.choices[0].message.content, again.metadata.topic];
seen.deleted = (await client.chat.completions.delete(kept.id)).deleted;
seen.goneResponse = await refusal(() => client.chat.completions.retrieve(kept.id));

const events = [];
for await (const chunk of await client.chat.completions.create({ ...request, stream: true, strategies: [{ name: "best_of_n", n: 2 }] })) events.push(chunk.object);
seen.strictStream = [...new Set(events)];

const completion = await client.completions.create({ model, prompt: ["Emma has", "bags"], max_tokens: 4, logprobs: 1, echo: true, ignore_eos: true });
seen.echoes = completion.choices.map((choice) => choice.text.slice(0, 4));

let text = "";
for await (const chunk of await client.completions.create({ model, prompt: "Emma has", max_tokens: 4, stream: true, seed: 3 })) text += chunk.choices[0].text;
seen.completion = text;
seen.completionWhole = (await client.completions.create({ model, prompt: "Emma has", max_tokens: 4, seed: 3 })).choices[0].text;

seen.models = (await client.models.list()).data.map((entry) => entry.id);
seen.model = (await client.models.retrieve(model)).id;

seen.unknownModel = await refusal(() => client.chat.completions.create({ ...request, model: "gpt-5" }));
seen.badTemperature = await refusal(() => client.chat.completions.create({ ...request, temperature: 9 }));
seen.badStream = await refusal(() => client.chat.completions.create({ ...request, stream: true, strategies: [{ name: "nonsense" }] }));

// Leaves in the middle of a stream; the test looks whether the engine is empty afterwards.
const left = await client.chat.completions.create({ ...request, max_completion_tokens: 150, stream: true });
for await (const chunk of left) if (chunk.choices[0]?.delta.content) break;
seen.left = true;

process.stdout.write(JSON.stringify(seen));
