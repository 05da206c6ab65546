using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Tests;

public sealed class WorksheetTests
{
    [Theory]
    [InlineData(13, '+', 24, "13+24=37")]
    [InlineData(8, '+', 7, "8+7=15")]
    [InlineData(47, '+', 5, "47+5=52")]
    [InlineData(47, '+', 85, "47+85: 47+80=127, 127+5=132")]
    [InlineData(367, '+', 285, "367+285: 367+200=567, 567+80=647, 647+5=652")]
    [InlineData(57, '-', 12, "57-12=45")]
    [InlineData(52, '-', 7, "52-7=45")]
    [InlineData(132, '-', 85, "132-85: 132-80=52, 52-5=47")]
    [InlineData(312, '-', 145, "312-145: 312-100=212, 212-40=172, 172-5=167")]
    [InlineData(7, '*', 8, "7*8=56")]
    [InlineData(3, '*', 20, "3*20=60")]
    [InlineData(10, '*', 17, "10*17=170")]
    [InlineData(4, '*', 37, "4*37: 4*30=120, 4*7=28, 120+28=148")]
    [InlineData(37, '*', 4, "37*4: 30*4=120, 7*4=28, 120+28=148")]
    [InlineData(3, '*', 115, "3*115: 3*100=300, 3*10=30, 3*5=15, 300+30=330, 330+15=345")]
    [InlineData(54, '/', 9, "54/9=6")]
    [InlineData(120, '/', 4, "120/4=30")]
    [InlineData(148, '/', 4, "148/4: 120/4=30, 28/4=7, 30+7=37")]
    public void Equation_WhereACarryBorrowOrSecondDigitIs_IsWrittenOutByPlaces(int a, char op, int b, string expected) => Assert.Equal(expected, Worksheet.Equation(a, op, b));

    [Fact]
    public void Equation_OfEverySmallCalculation_PassesTheCalculator()
    {
        foreach (char op in "+-*/")
            for (int a = 1; a <= 130; a++)
                for (int b = 1; b <= 130; b++)
                    if (Worksheet.Compute(a, op, b) is > 0 and <= ProblemDraft.Largest and var value && Worksheet.CanWrite(a, op, b))
                        Assert.Equal((true, value, null), StepVerifier.CheckStep("x: " + Worksheet.Equation(a, op, b)));
    }

    [Theory]
    [InlineData(3, '-', 5)]
    [InlineData(7, '/', 2)]
    [InlineData(7, '/', 0)]
    [InlineData(7, '%', 2)]
    public void Compute_ImpossibleOperations_HaveNoValue(int a, char op, int b) => Assert.Null(Worksheet.Compute(a, op, b));

    [Theory]
    [InlineData(12, '*', 15, false)]
    [InlineData(9, '*', 99, true)]
    [InlineData(180, '/', 60, true)]
    [InlineData(240, '/', 12, false)]
    public void CanWrite_TwoLongFactors_Cannot(int a, char op, int b, bool expected) => Assert.Equal(expected, Worksheet.CanWrite(a, op, b));
}
