using System.Text;
using InferenceServer.Server.Errors;
using InferenceServer.Server.Requests;

namespace InferenceServer.Server.Tests.Requests;

public sealed class JsonBodyTests
{
    [Fact]
    public void Parse_MalformedJson_NamesLineAndByte()
    {
        ApiError error = Refusal("{\n  \"n\": 1,,\n}");
        Assert.Equal("invalid_json", error.Code);
        Assert.Contains("line 2, byte 10", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \r\n\t")]
    public void Parse_NothingInIt_SaysEmpty(string body) => Assert.Contains("empty", Refusal(body).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("[]", "an array")]
    [InlineData("\"x\"", "a string")]
    [InlineData("17", "the number 17")]
    [InlineData("null", "null")]
    public void Parse_NotAnObject_SaysWhatItIs(string body, string kind) => Assert.Contains(kind, Refusal(body).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("{\"temperature\": NaN}")]
    [InlineData("{\"temperature\": Infinity}")]
    [InlineData("{\"a\": 01}")]
    [InlineData("{\"a\": 1} trailing")]
    [InlineData("{\"a\": \"cut off")]
    [InlineData("{'a': 1}")]
    public void Parse_JsonThatOnlyLooksLikeIt_IsInvalid(string body) => Assert.Equal("invalid_json", Refusal(body).Code);

    [Fact]
    public void Parse_FieldGivenTwice_IsInvalid() => Assert.Equal("invalid_json", Refusal("{\"n\": 1, \"n\": 2}").Code);

    [Fact]
    public void Parse_NestedWithoutEnd_IsInvalid() => Assert.Equal("invalid_json", Refusal("{\"a\":" + new string('[', 100_000)).Code);

    [Fact]
    public void Parse_InvalidUtf8_NamesTheFirstBadByte()
    {
        byte[] body = [.. "{\"a\": \"é"u8, 0xC3, 0x28, .. "\"}"u8];
        var error = Assert.Throws<ApiException>(() => JsonBody.Parse(body)).Error;
        Assert.Equal("invalid_utf8", error.Code);
        Assert.Contains("offset 9", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_ByteOrderMark_IsSkipped()
    {
        byte[] body = [0xEF, 0xBB, 0xBF, .. "{\"a\": 1}"u8];
        using var document = JsonBody.Parse(body);
        Assert.Equal(1, document.RootElement.GetProperty("a").GetInt32());
    }

    private static ApiError Refusal(string body) => Assert.Throws<ApiException>(() => JsonBody.Parse(Encoding.UTF8.GetBytes(body))).Error;
}
