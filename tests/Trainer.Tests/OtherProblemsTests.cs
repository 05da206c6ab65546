using InferenceServer.Shared;
using InferenceServer.Trainer.Effects;
using InferenceServer.Trainer.Recipes;

namespace InferenceServer.Trainer.Tests;

public sealed class OtherProblemsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ReadGsm8k_Lines_GiveQuestionsWithWholeAnswers()
    {
        string path = Write("""
            {"question": "How many  apples?", "answer": "He has 2*600 = <<2*600=1200>>1200.\n#### 1,200"}
            {"question": "How much?", "answer": "#### 2.5"}

            {"question": "How far?", "answer": "#### -3"}
            {"question": "How many pears?", "answer": "#### 7"}
            """);
        Assert.Equal([("How many apples?", 1200), ("How many pears?", 7)], OtherProblems.ReadGsm8k(path).Select(p => (p.Question, p.Answer!.Value)));
    }

    [Fact]
    public void ReadMawps_Rows_HaveTheirNumbersFilledIn()
    {
        string path = Write("""
            Question,Numbers,Equation,Answer,Body
            "Dan has number0 pens , and number1 caps . How many pens ?",8.0 2.0,- number0 number1,6,x
            How much is number0 and number10 ?,1.5,x,6.0,x
            Half ?,1,x,0.5,x
            """);
        Assert.Equal([("Dan has 8 pens, and 2 caps. How many pens?", 6), ("How much is 1.5 and number10?", 6)], OtherProblems.ReadMawps(path).Select(p => (p.Question, p.Answer!.Value)));
    }

    [Theory]
    [InlineData("{\"question\": \"x\", \"answer\": \"#### 1\"}\n{\"question\": \"x\"}", "line 2")]
    [InlineData("no JSON", "line 1")]
    public void ReadGsm8k_OtherForm_NamesTheLine(string text, string expected) => AssertRefused(expected, () => OtherProblems.ReadGsm8k(Write(text)));

    [Theory]
    [InlineData("Question,Answer\nx,1", "no column 'Numbers'")]
    [InlineData("", "no column 'Question'")]
    [InlineData("Question,Numbers,Answer\nx,1", "2 columns")]
    [InlineData("Question,Numbers,Answer\n\"x,1,1", "cannot read")]
    public void ReadMawps_OtherForm_SaysWhatIsWrong(string text, string expected) => AssertRefused(expected, () => OtherProblems.ReadMawps(Write(text)));

    [Fact]
    public void Read_MissingFile_NamesIt()
    {
        AssertRefused("nothing.jsonl", () => OtherProblems.ReadGsm8k(_folder.File("nothing.jsonl")));
        AssertRefused("nothing.csv", () => OtherProblems.ReadMawps(_folder.File("nothing.csv")));
    }

    private string Write(string text)
    {
        string path = _folder.File("problems");
        File.WriteAllText(path, text);
        return path;
    }

    private static void AssertRefused(string expected, Action read) => Assert.Contains(expected, Assert.Throws<RecipeException>(read).Message);
}
