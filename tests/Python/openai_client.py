"""Drives a server with OpenAI's own Python client and prints what it saw as JSON; the .NET test that starts it checks that. Usage: openai_client.py BASE_URL MODEL"""

import json
import sys

from openai import BadRequestError, NotFoundError, OpenAI

base_url, model = sys.argv[1:]
client = OpenAI(base_url=base_url, api_key="none", max_retries=0)
request = {
    "model": model,
    "messages": [{"role": "user", "content": "How many stamps?"}],
    "max_completion_tokens": 16,
    "temperature": 0.9,
    "seed": 11,
}
ignore_eos = {"ignore_eos": True}


def refusal(call):
    try:
        call()
    except (BadRequestError, NotFoundError) as error:
        return {"status": error.status_code, "code": error.code, "param": error.param, "type": error.type, "kind": type(error).__name__}


seen = {}

whole = client.chat.completions.create(**request, n=2, logprobs=True, top_logprobs=2, extra_body=ignore_eos)
seen["texts"] = [choice.message.content for choice in whole.choices]
seen["logprobs"] = [len(choice.logprobs.content) for choice in whole.choices]
seen["completion_tokens"] = whole.usage.completion_tokens

streamed = ["", ""]
for chunk in client.chat.completions.create(**request, n=2, stream=True, stream_options={"include_usage": True}, extra_body=ignore_eos):
    for choice in chunk.choices:
        streamed[choice.index] += choice.delta.content or ""
    if chunk.usage:
        seen["streamed_tokens"] = chunk.usage.completion_tokens
seen["streamed"] = streamed

# Unknown members of an answer become attributes of the client's objects.
planned = client.chat.completions.create(**request, extra_body={**ignore_eos, "strategies": [{"name": "best_of_n", "n": 3, "select": "likelihood"}], "include": ["bill"]})
seen["plan"] = planned.strategies[0]["name"]
seen["discarded"] = planned.bill["tokens"]["discarded"]

suffixed = client.chat.completions.with_raw_response.create(**{**request, "model": f"{model}:best_of_n"}, extra_body=ignore_eos)
seen["suffix_plan"] = [suffixed.parse().strategies[0]["name"], suffixed.headers["x-strategies-source"]]
seen["header_plan"] = client.chat.completions.create(**request, extra_headers={"X-Strategy": '{"name":"best_of_n","n":2}'}, extra_body=ignore_eos).strategies[0]["n"]

seen["completion"] = client.completions.create(model=model, prompt="Emma has", max_tokens=4, echo=True, extra_body=ignore_eos).choices[0].text[: len("Emma has")]
seen["models"] = [entry.id for entry in client.models.list()]
seen["unknown_model"] = refusal(lambda: client.chat.completions.create(**{**request, "model": "gpt-5"}))
seen["bad_strategy"] = refusal(lambda: client.chat.completions.create(**request, extra_body={"strategies": [{"name": "no_such"}]}))

print(json.dumps(seen))
