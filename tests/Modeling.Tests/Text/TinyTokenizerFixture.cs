using InferenceServer.Modeling.Text;
using InferenceServer.Shared;

namespace InferenceServer.Modeling.Tests.Text;

public sealed class TinyTokenizerFixture : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TinyTokenizerFixture()
    {
        TinyTokenizer.Write(Path);
        Tokenizer = ModelTokenizer.Load(Path);
    }

    public string Path => _folder.File("tokenizer.json");

    public ModelTokenizer Tokenizer { get; }

    public void Dispose() => _folder.Dispose();
}
