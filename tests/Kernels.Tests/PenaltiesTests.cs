namespace InferenceServer.Kernels.Tests;

public class PenaltiesTests
{
    [Fact]
    public void Apply_Repetition_DividesPositiveAndMultipliesNegative()
    {
        float[] logits = [2f, -2f, 2f];
        Penalties.Apply(logits, [0, 1], [0, 0], repetition: 2f, frequency: 0f, presence: 0f);
        Assert.Equal([1f, -4f, 2f], logits);
    }

    [Fact]
    public void Apply_FrequencyAndPresence_CountSampledTokensAlone()
    {
        float[] logits = [1f, 1f, 1f];
        Penalties.Apply(logits, [0, 1], [0, 3], repetition: 1f, frequency: 0.5f, presence: 0.25f);
        Assert.Equal([1f, -0.75f, 1f], logits);
    }

    [Fact]
    public void LogitBias_Tokens_AreAdded()
    {
        float[] logits = [1f, 1f, 1f];
        LogitBias.Apply(logits, [2, 0], [5f, -100f]);
        Assert.Equal([-99f, 1f, 6f], logits);
    }
}
