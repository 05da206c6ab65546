using InferenceServer.Modeling.Text;
using InferenceServer.Shared;
using InferenceServer.Trainer.Tasks;
using InferenceServer.Trainer.Tokenizing;
using Tokenizers.DotNet;

namespace InferenceServer.Trainer.Tests;

public sealed class BytePairTrainerTests : IDisposable
{
    private static readonly WordProblem[] Problems = [.. new WordProblemTask(3).Problems(0, 400)];
    private readonly TemporaryFolder _folder = new();
    private readonly string _path;
    private readonly ModelTokenizer _tokenizer;

    public BytePairTrainerTests()
    {
        _path = _folder.File("tokenizer.json");
        BytePairTrainer.Train(Problems.Select(p => p.Question + "\n" + p.Solution), 700, ChatFormat.SpecialTokens).Save(_path);
        _tokenizer = ModelTokenizer.Load(_path);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Train_SameTexts_GivesTheSameFile()
    {
        BytePairTrainer.Train(Problems.Select(p => p.Question + "\n" + p.Solution), 700, ChatFormat.SpecialTokens).Save(_folder.File("again.json"));
        Assert.Equal(File.ReadAllText(_path), File.ReadAllText(_folder.File("again.json")));
        Assert.Equal(700, _tokenizer.VocabSize);
    }

    [Fact]
    public void Train_Digits_AreNeverMerged()
    {
        for (int id = ChatFormat.SpecialTokens.Length; id < _tokenizer.VocabSize; id++)
        {
            string text = _tokenizer.Decode([id]);
            Assert.False(text.Any(char.IsAsciiDigit) && text.Trim().Length > 1, $"token {id} is '{text}'");
        }
    }

    [Fact]
    public void Train_LineBreakAndSpecialTokens_AreSingleTokens()
    {
        Assert.Equal([_tokenizer.TokenId("\n")!.Value], _tokenizer.Encode("\n"));
        for (int i = 0; i < ChatFormat.SpecialTokens.Length; i++)
        {
            Assert.Equal([i], _tokenizer.Encode(ChatFormat.SpecialTokens[i]));
            Assert.True(_tokenizer.IsSpecial(i));
        }
    }

    [Fact]
    public void Train_ItsOwnKindOfText_IsShortAndComesBack()
    {
        int tokens = 0, characters = 0;
        foreach (var problem in Problems)
        {
            string text = problem.Question + "\n" + problem.Solution;
            int[] ids = _tokenizer.Encode(text);
            Assert.Equal(text, _tokenizer.Decode(ids));
            tokens += ids.Length;
            characters += text.Length;
        }
        // Words are a token or two; equations, at a token a digit, hold the average up.
        Assert.InRange((double)characters / tokens, 2, 5);
    }

    [Fact]
    public void ChatFormat_TokenizerConfig_RendersWhatTrainingUses()
    {
        ChatFormat.SaveTokenizerConfig(_folder.File("tokenizer_config.json"), 512);
        var template = ChatTemplate.Load(_folder.File("tokenizer_config.json"));
        Assert.Equal("<|user|>How many?\n<|assistant|>", ChatFormat.Prompt("How many?"));
        Assert.Equal(ChatFormat.Prompt("How many?"), template!.Render([new("user", "How many?")]));
    }

    [Fact]
    public void Train_FirstMerge_IsTheMostFrequentPair() =>
        Assert.Equal(("a", "b"), BytePairTrainer.Train(["abx aby abz xz"], 262, ChatFormat.SpecialTokens).Merges[0]);

    [Fact]
    public void Train_TextWithoutFurtherPairs_StopsEarly() =>
        Assert.Equal(ChatFormat.SpecialTokens.Length + 256 + 1, BytePairTrainer.Train(["ab"], 1000, ChatFormat.SpecialTokens).Tokens.Count);

    [Fact]
    public void Train_VocabularySmallerThanTheBytes_SaysWhatIsNeeded() =>
        Assert.Contains("at least 261", Assert.Throws<ArgumentException>(() => BytePairTrainer.Train(["ab"], 200, ChatFormat.SpecialTokens)).Message);

    [Fact]
    public void Encode_AnyText_EqualsHuggingFaces()
    {
        using var oracle = new Tokenizer(_path);
        var random = new Random(5);
        const string Letters = "aeinorst EMX 0123456789 \n\t .,:+-*/=#'\"äßé€漢字🙂<|>";
        foreach (string text in Problems.Take(100).Select(p => ChatFormat.Prompt(p.Question) + ChatFormat.Completion(p.Solution))
            .Concat(Enumerable.Range(0, 300).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => Letters[random.Next(Letters.Length)]))))
            .Where(text => !text.Any(char.IsSurrogate)))
            Assert.Equal(oracle.Encode(text).Select(id => (int)id), _tokenizer.Encode(text));
    }
}
