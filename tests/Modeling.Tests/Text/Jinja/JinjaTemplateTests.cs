using InferenceServer.Modeling.Text.Jinja;
using Microsoft.Extensions.Time.Testing;

namespace InferenceServer.Modeling.Tests.Text.Jinja;

public sealed class JinjaTemplateTests
{
    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("{{ 'a' }}-{{ \"b\" }}", "a-b")]
    [InlineData("{{ 1 + 2 * 3 - 4 // 3 }} {{ 2 ** 3 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }}", "6 8 -4 2 3.5")]
    [InlineData("{{ 10 % 4 ~ 'x' ~ none ~ true }}", "2xNoneTrue")]
    [InlineData("{{ [1, 'a', none, true, 1.0, {'k': \"it's\"}] }}", "[1, 'a', None, True, 1.0, {'k': \"it's\"}]")]
    [InlineData("{{ (1, 2) | join('+') }}", "1+2")]
    [InlineData("{% if a %}A{% elif b %}B{% else %}C{% endif %}", "B")]
    [InlineData("{% for x, y in [[1, 2], [3, 4]] %}{{ loop.index }}{{ x }}{{ y }}{{ loop.revindex0 }} {% endfor %}", "1121 2340 ")]
    [InlineData("{% for x in [1, 2, 3] %}{{ loop.previtem if not loop.first else '-' }}{{ loop.nextitem is defined }}{% endfor %}", "-True1True2False")]
    [InlineData("{% set a, c = 'x', 'y' %}{{ a }}{{ c }}", "xy")]
    [InlineData("{{ 'a b c'.rsplit(' ', 1) }}", "['a b', 'c']")]
    [InlineData("{{ 'a b c'.split(' ', 1) }}", "['a', 'b c']")]
    [InlineData("{{ 'aXbX'.find('X') }}{{ 'aXbX'.count('X') }}", "12")]
    [InlineData("{{ 'x\ny' | indent(2) }}|{{ 'x\ny' | indent(2, true) }}", "x\n  y|  x\n  y")]
    [InlineData("{{ '12' | int + 1 }} {{ 'x' | int(7) }} {{ '1.5' | float }}", "13 7 1.5")]
    [InlineData("{{ {'b': 1, 'a': 2} | dictsort | tojson }}", "[[\"a\", 2], [\"b\", 1]]")]
    [InlineData("{{ [1, 2, 2, 3] | unique | select('odd') | list }}", "[1, 3]")]
    [InlineData("{{ [{'a': 1}, {'a': none}] | rejectattr('a') | list | length }}", "1")]
    [InlineData("{{ 6 is divisibleby 3 }} {{ 6 is divisibleby(4) }} {{ 2 is even and 3 is odd }}", "True False True")]
    [InlineData("{{ not b is defined }}", "False")]
    [InlineData("{{ range(1, 7, 2) | list }} {{ range(3, 0, -1) | list }}", "[1, 3, 5] [3, 2, 1]")]
    [InlineData("{{ 'é' | tojson }} {{ '\\u00e9' }}", "\"é\" é")]
    [InlineData("{%- set ns = namespace(a=1) %}{% set ns.b = ns.a + 1 %}{{ ns.a }}{{ ns.b }}", "12")]
    [InlineData("{% set x = 1 %}{% for i in [1, 2] %}{% set x = x + i %}{{ x }}{% endfor %}{{ x }}", "231")]
    [InlineData("{{ 'xxayy'.strip('xy') }}{{ 'xxayy'.lstrip('x') }}{{ 'aBC' | capitalize }}", "aayyAbc")]
    [InlineData("{{ [{'k': 1}, {'k': 2}] | selectattr('k', 'equalto', 2) | map(attribute='k') | list }}", "[2]")]
    [InlineData("{{ undefined_thing }}{% for x in undefined_thing %}never{% endfor %}", "")]
    [InlineData("{{ {'items': 5}['items'] }}{{ {'get': 5}.get('get') }}", "55")]
    public void Render_Construct_GivesText(string template, string expected) =>
        Assert.Equal(expected, JinjaTemplate.Parse(template).Render([new("b", 1L)], TimeProvider.System));

    [Fact]
    public void Render_Date_ComesFromTheTimeProvider()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 3, 5, 14, 7, 9, TimeSpan.Zero));
        Assert.Equal("05 Mar 2026 02:07 PM 100%", JinjaTemplate.Parse("{{ strftime_now('%d %b %Y %I:%M %p 100%%') }}").Render([], time));
    }

    [Theory]
    [InlineData("a\n{{ b", 2, "not closed")]
    [InlineData("{% if a %}x", 1, "'endif' is missing")]
    [InlineData("\n\n{% for x in y %}", 3, "'endfor' is missing")]
    [InlineData("{% endif %}", 1, "'endif'")]
    [InlineData("{% include 'x' %}", 1, "'include'")]
    [InlineData("{{ 'a }}", 1, "string is not closed")]
    [InlineData("{# a", 1, "not closed")]
    [InlineData("x\n{{ a $ b }}", 2, "'$'")]
    [InlineData("{{ (1 }}", 1, "not closed")]
    [InlineData("{{ (1] }}", 1, "expected ')'")]
    [InlineData("{{ 1 + }}", 1, "expected an expression")]
    [InlineData("{% set %}", 1, "the name of a variable")]
    [InlineData("{{ a.}}", 1, "a name after '.'")]
    [InlineData("{{ '\\uZZZZ' }}", 1, "hexadecimal")]
    public void Parse_Malformed_NamesLineAndConstruct(string template, int line, string construct)
    {
        var e = Assert.Throws<JinjaException>(() => JinjaTemplate.Parse(template));
        Assert.Contains(construct, e.Message, StringComparison.Ordinal);
        Assert.Equal(line, e.Line);
    }

    [Theory]
    [InlineData("\n{{ missing.name }}", 2, "'missing' is undefined")]
    [InlineData("{{ missing() }}", 1, "'missing' is undefined")]
    [InlineData("{{ 'a' | nonsense }}", 1, "no filter 'nonsense'")]
    [InlineData("{{ 'a' is nonsense }}", 1, "no test 'nonsense'")]
    [InlineData("{{ 'a' + 1 }}", 1, "cannot join a string and a number")]
    [InlineData("{{ 1 / 0 }}", 1, "division by zero")]
    [InlineData("{{ none + 1 }}", 1, "none is no number")]
    [InlineData("{{ [] < {} }}", 1, "cannot compare")]
    [InlineData("{% for x in 5 %}{% endfor %}", 1, "cannot be gone through")]
    [InlineData("{% for x, y in [[1]] %}{% endfor %}", 1, "1 values for the 2 variables")]
    [InlineData("{% set d = {} %}\n{% set d.x = 1 %}", 2, "no namespace")]
    [InlineData("{{ 'a'[::0] }}", 1, "step of a slice")]
    [InlineData("{{ range(1000000000) }}", 1, "range")]
    [InlineData("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", 1, "deep")]
    [InlineData("{% for i in range(99999) %}{{ 'x' * 99999 }}{% endfor %}", 1, "exceeds")]
    [InlineData("{{ raise_exception('no') }}", 1, "no")]
    public void Render_GoesWrong_NamesLineAndReason(string template, int line, string reason)
    {
        var e = Assert.Throws<JinjaException>(() => JinjaTemplate.Parse(template).Render([], TimeProvider.System));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        Assert.Equal(line, e.Line);
        Assert.Equal(template.Contains("raise_exception", StringComparison.Ordinal), e.Raised);
    }
}
