using InferenceServer.Shared;
using InferenceServer.Strategies;

namespace InferenceServer.Evaluation.Tests;

public class RecipeTests
{
    private static EvaluationRecipe Load(string json)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("recipe.json"), json);
        return EvaluationRecipe.Load(folder.File("recipe.json"));
    }

    [Fact]
    public void Load_ShippedRecipe_BindsEveryPlan()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "InferenceServer.sln")))
            folder = folder.Parent;
        EvaluationRecipe recipe = EvaluationRecipe.Load(Path.Combine(folder.FullName, "recipes", "results.json"));
        Assert.Equal(0, recipe.Plans[0].Temperature);
        Assert.All(recipe.Plans, plan => Assert.True(plan.Strategies is not { } json || StrategyCatalog.BuiltIn.Bind(json).Count > 0));
    }

    [Theory]
    [InlineData("""{"plans":[]}""", "model", "missing")]
    [InlineData("""{"model":"m"}""", "plans", "missing")]
    [InlineData("""{"model":"m","plans":[{"name":"a","temprature":1}]}""", "plans[0].temprature", "'temperature'")]
    [InlineData("""{"model":"m","plans":[{"name":"a","samples":0}]}""", "plans[0].samples", "from 1 to 256")]
    [InlineData("""{"model":"m","plans":[],"count":"many"}""", "count", "whole number")]
    [InlineData("[]", "recipe.json", "an object")]
    [InlineData("{", "recipe.json", "")]
    public void Load_Mistake_SaysWhereAndWhatIsAllowed(string json, string where, string reason)
    {
        string message = Assert.Throws<EvaluationException>(() => Load(json)).Message;
        Assert.Contains(where, message, StringComparison.Ordinal);
        Assert.Contains(reason, message, StringComparison.Ordinal);
    }
}
