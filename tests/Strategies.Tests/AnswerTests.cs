using InferenceServer.Strategies.Answers;

namespace InferenceServer.Strategies.Tests;

public class AnswerTests
{
    [Theory]
    [InlineData("So it is \\boxed{42}.", "42")]
    [InlineData("\\boxed{1} then \\boxed{\\frac{1}{2}}", "\\frac{1}{2}")]
    [InlineData("\\boxed{7} and \\boxed{8", "7")]
    [InlineData("\\boxed{} but 9", "9")]
    [InlineData("\\boxed{5}\n#### 6", "5")]
    [InlineData("3*13=39\n#### 13", "13")]
    [InlineData("#### 12\nwait\n#### 13\n", "13")]
    [InlineData("Answer: 5 apples", "5 apples")]
    [InlineData("**Answer:** 5", "5")]
    [InlineData("The answer is Paris.", "Paris.")]
    [InlineData("answer:\n8", "8")]
    [InlineData("first 12, then 3,400 in all", "3,400")]
    [InlineData("It costs -2.50 now", "-2.50")]
    [InlineData("about 3/4 of it", "3/4")]
    [InlineData("#### unknown", "unknown")]
    [InlineData("12+5=17", "17")]
    public void Extract_Text_FindsTheFinalAnswer(string text, string expected) => Assert.Equal(expected, AnswerExtractor.Extract(text)!.Text);

    [Theory]
    [InlineData("")]
    [InlineData("I don't know")]
    [InlineData("####")]
    [InlineData("\\boxed{")]
    public void Extract_NoAnswer_IsNull(string text) => Assert.Null(AnswerExtractor.Extract(text));

    [Theory]
    [InlineData("1,234.50", 1234.5, "")]
    [InlineData("3/4", 0.75, "")]
    [InlineData("\\frac{3}{4}", 0.75, "")]
    [InlineData("\\dfrac{3}{4}", 0.75, "")]
    [InlineData("1 3/4", 1.75, "")]
    [InlineData("-7", -7, "")]
    [InlineData("−7", -7, "")]
    [InlineData("$12", 12, "dollar")]
    [InlineData("12 dollars", 12, "dollar")]
    [InlineData("$12$", 12, "dollar")]
    [InlineData("50%", 50, "%")]
    [InlineData("50 \\%", 50, "%")]
    [InlineData("3.5 km", 3.5, "km")]
    [InlineData("3.5km", 3.5, "km")]
    [InlineData("60 km/h", 60, "km/h")]
    [InlineData("12 apples.", 12, "apple")]
    [InlineData("\\text{12}", 12, "")]
    [InlineData("**12**", 12, "")]
    [InlineData(".5", 0.5, "")]
    public void Normalize_Number_ReadsValueAndUnit(string text, double number, string unit)
    {
        ExtractedAnswer answer = AnswerNormalizer.Normalize(text);
        Assert.Equal((number, unit), (answer.Number, answer.Unit));
    }

    [Theory]
    [InlineData("12", "12.0", true)]
    [InlineData("1,000", "1000", true)]
    [InlineData("1/2", "0.5", true)]
    [InlineData("1/3", "0.3333333", true)]
    [InlineData("1/3", "0.333", false)]
    [InlineData("1000000", "1000000.9", true)]
    [InlineData("1000000", "1000002", false)]
    [InlineData("12 apples", "12", true)]
    [InlineData("12 apples", "12 apple", true)]
    [InlineData("12 apples", "12 pears", false)]
    [InlineData("$5", "5 dollars", true)]
    [InlineData("50%", "0.5", true)]
    [InlineData("50%", "50", true)]
    [InlineData("50%", "5", false)]
    [InlineData("50%", "50 percent", true)]
    [InlineData("The Eiffel Tower.", "eiffel tower", true)]
    [InlineData("Paris", "London", false)]
    [InlineData("5x", "5", false)]
    [InlineData("x = 5", "5", false)]
    [InlineData("٣٥", "35", false)]
    [InlineData("٣/٥", "٣/٥", true)]
    [InlineData("1/0", "1/0", true)]
    [InlineData("1/0", "2/0", false)]
    [InlineData("unknown", "0", false)]
    [InlineData("۸", "8", false)]
    [InlineData("۸", "۸", true)]
    public void Same_TwoAnswers_ComparesByValue(string a, string b, bool same)
    {
        ExtractedAnswer x = AnswerNormalizer.Normalize(a), y = AnswerNormalizer.Normalize(b);
        Assert.Equal((same, same), (AnswerEquality.Same(x, y), AnswerEquality.Same(y, x)));
    }

    [Fact]
    public void Matches_NoAnswer_IsWrong() => Assert.False(AnswerEquality.Matches(null, "5"));

    [Theory]
    [InlineData("5 6 5", "5: 0 2; 6: 1")]
    [InlineData("6 5 5 6", "6: 0 3; 5: 1 2")]
    [InlineData("- - 5 -", "5: 2")]
    [InlineData("- -", "")]
    [InlineData("0.5 1/2 50%", "0.5: 0 1 2")]
    public void Count_Votes_GroupsEqualAnswersBiggestFirst(string answers, string expected)
    {
        var clusters = Vote.Count([.. answers.Split(' ').Select(text => text == "-" ? null : AnswerNormalizer.Normalize(text))]);
        Assert.Equal(expected, string.Join("; ", clusters.Select(c => $"{c.Answer.Text}: {string.Join(' ', c.Members)}")));
        Assert.All(clusters, c => Assert.Equal((c.Members.Count, c.Members[0]), (c.Votes, c.First)));
    }
}
