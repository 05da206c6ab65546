namespace InferenceServer.Modeling.Tests.Text.Jinja;

/// <summary>Templates written here that use what the templates of the known model families use, each in its family's manner.</summary>
internal static class TemplateFamilies
{
    /// <summary>Tools as JSON, reasoning cut out of earlier answers, a reversed search, a namespace.</summary>
    public const string ReasoningWithTools = """
        {%- if tools %}
            {{- '<|im_start|>system\n' }}
            {%- if messages[0].role == 'system' %}
                {{- messages[0].content + '\n\n' }}
            {%- endif %}
            {{- "Functions:" }}
            {%- for tool in tools %}
                {{- "\n" }}
                {{- tool | tojson }}
            {%- endfor %}
            {{- "<|im_end|>\n" }}
        {%- else %}
            {%- if messages[0].role == 'system' %}
                {{- '<|im_start|>system\n' + messages[0].content + '<|im_end|>\n' }}
            {%- endif %}
        {%- endif %}
        {%- set ns = namespace(searching=true, last_query=messages|length - 1) %}
        {%- for message in messages[::-1] %}
            {%- set index = (messages|length - 1) - loop.index0 %}
            {%- if ns.searching and message.role == "user" and message.content is string and not(message.content.startswith('<tool>') and message.content.endswith('</tool>')) %}
                {%- set ns.searching = false %}
                {%- set ns.last_query = index %}
            {%- endif %}
        {%- endfor %}
        {%- for message in messages %}
            {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
                {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>' + '\n' }}
            {%- elif message.role == "assistant" %}
                {%- set content = message.content %}
                {%- set reasoning = '' %}
                {%- if message.reasoning_content is defined and message.reasoning_content is not none %}
                    {%- set reasoning = message.reasoning_content %}
                {%- elif '</think>' in content %}
                    {%- set reasoning = content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') %}
                    {%- set content = content.split('</think>')[-1].lstrip('\n') %}
                {%- endif %}
                {%- if loop.index0 > ns.last_query and (loop.last or (not loop.last and reasoning)) %}
                    {{- '<|im_start|>' + message.role + '\n<think>\n' + reasoning.strip('\n') + '\n</think>\n\n' + content.lstrip('\n') }}
                {%- else %}
                    {{- '<|im_start|>' + message.role + '\n' + content }}
                {%- endif %}
                {{- '<|im_end|>\n' }}
            {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt %}
            {{- '<|im_start|>assistant\n' }}
            {%- if enable_thinking is defined and enable_thinking is false %}
                {{- '<think>\n\n</think>\n\n' }}
            {%- endif %}
        {%- endif %}
        """;

    /// <summary>Headers, a date, macros, slices, indented JSON.</summary>
    public const string Headers = """
        {{- bos_token }}
        {%- if not date_string is defined %}
            {%- set date_string = "01 Jan 2025" %}
        {%- endif %}
        {%- macro header(role) -%}
        <|start|>{{ role }}<|end|>{{ "\n\n" }}
        {%- endmacro -%}
        {%- if messages[0]['role'] == 'system' %}
            {%- set system_message = messages[0]['content']|trim %}
            {%- set messages = messages[1:] %}
        {%- else %}
            {%- set system_message = "" %}
        {%- endif %}
        {{- header('system') }}
        {{- "Today: " + date_string + "\n" }}
        {%- if tools is not none and tools is defined %}
            {%- for t in tools %}
                {{- t | tojson(indent=4) }}
                {{- "\n\n" }}
            {%- endfor %}
        {%- endif %}
        {{- system_message ~ "<|eot|>" }}
        {%- for message in messages %}
            {%- if message.role not in ['user', 'assistant', 'tool'] %}
                {{- raise_exception('Unexpected role ' + message.role) }}
            {%- endif %}
            {{- header(message['role']) + message['content'] | trim + '<|eot|>' }}
        {%- endfor %}
        {%- if add_generation_prompt %}
            {{- header('assistant') }}
        {%- endif %}
        """;

    /// <summary>On one line, no minus signs, alternation checked by remainder.</summary>
    public const string Instructions =
        "{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}" +
        "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}" +
        "{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}" +
        "{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token}}{% else %}" +
        "{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}";

    /// <summary>Roles renamed, the system message in front of the first turn, content as a list of parts, statements on lines of their own.</summary>
    public const string Turns = """
        {{ bos_token }}
        {%- if messages[0]['role'] == 'system' -%}
            {%- set prefix = messages[0]['content'] + '\n\n' -%}
            {%- set loop_messages = messages[1:] -%}
        {%- else -%}
            {%- set prefix = "" -%}
            {%- set loop_messages = messages -%}
        {%- endif -%}
        {% for message in loop_messages %}
            {% if message['role'] == 'assistant' %}
                {% set role = "model" %}
            {% else %}
                {% set role = message['role'] %}
            {% endif %}
        {{ '<turn>' + role + '\n' + (prefix if loop.first else "") }}
            {% if message['content'] is string %}
        {{ message['content'] | trim }}
            {% elif message['content'] is iterable %}
                {% for item in message['content'] %}
                    {% if item['type'] == 'text' %}
        {{ item['text'] | trim }}
                    {% endif %}
                {% endfor %}
            {% else %}
        {{ raise_exception("Invalid content type") }}
            {% endif %}
        {{ '<end>\n' }}
        {% endfor %}
        {% if add_generation_prompt %}
            {{ '<turn>model\n' }}
        {% endif %}
        """;

    public static readonly IReadOnlyList<string> All = [ReasoningWithTools, Headers, Instructions, Turns];
}
