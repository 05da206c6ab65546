using InferenceServer.Evaluation.Claims;
using InferenceServer.Shared;

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
    public void Load_ShippedRecipes_HaveEveryClaimAndFindTheirFiles()
    {
        EvaluationRecipe[] recipes = [.. ((string[])["results.json", "experiments.json"]).Select(name => EvaluationRecipe.Load(Path.Combine(RepositoryRoot.Path, "recipes", name)))];
        var claims = recipes.SelectMany(recipe => recipe.Claims).ToList();
        Assert.All(recipes, recipe => Assert.Equal(recipe.Claims.Count, new ClaimCatalog().Bind(recipe.Claims).Count));
        Assert.Equal(new ClaimCatalog().Claims.Select(claim => claim.Name), claims.Select(claim => claim.GetProperty("name").GetString()).Order(StringComparer.Ordinal));
        foreach (var claim in claims)
            if (claim.TryGetProperty("problems", out var file))
                Assert.NotEmpty(ProblemFile.Load(Path.Combine(RepositoryRoot.Path, file.GetString()!), 1));
    }

    [Fact]
    public void FirstLook_NamedClaim_KeepsItWithFewerProblemsAndWritesNothing()
    {
        EvaluationRecipe recipe = Load("""{"model":"m","outputs":["a.md"],"readme":"b.md","plans":[{"name":"p"}],"claims":[{"name":"echo","count":300},{"name":"heart"}]}""").FirstLook(["echo"], 5);
        Assert.Equal("""{"name":"echo","count":5,"validation":5}""", Assert.Single(recipe.Claims).GetRawText());
        Assert.Equal((0, 0, null), (recipe.Plans.Count, recipe.Outputs.Count, recipe.Readme));
        Assert.Contains("echo, heart", Assert.Throws<EvaluationException>(() => Load("""{"model":"m","claims":[{"name":"echo"},{"name":"heart"}]}""").FirstLook(["ehco"], null)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""[{"name":"ehco"}]""", "claims[0].name", "'echo'")]
    [InlineData("""[{"name":"echo"},{"name":"heart","rounds":99}]""", "claims[1].rounds", "from 1 to 16")]
    [InlineData("""[{"name":"sampling","samples":"many"}]""", "claims[0].samples", "whole number")]
    public void Bind_BadClaim_SaysWhereAndWhatIsAllowed(string claims, string where, string reason)
    {
        string message = Assert.Throws<EvaluationException>(() => new ClaimCatalog().Bind(Load($$"""{"model":"m","claims":{{claims}}}""").Claims)).Message;
        Assert.Contains(where, message, StringComparison.Ordinal);
        Assert.Contains(reason, message, StringComparison.Ordinal);
    }

    [Theory]
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
