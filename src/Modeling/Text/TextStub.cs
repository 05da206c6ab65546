#pragma warning disable CA1822
namespace InferenceServer.Modeling.Text;
public sealed class ModelTokenizer { public string Decode(ReadOnlySpan<int> tokens, bool skipSpecial = true) => ""; public int[] Encode(string text, bool allowSpecial = true) => []; }
public sealed class IncrementalDetokenizer(ModelTokenizer tokenizer) { public string Append(int token) => tokenizer.Decode([token]); public string Flush() => tokenizer.Decode([]); }
public sealed class StopStrings(IReadOnlyList<string> stops) { public (string Emit, bool Stopped) Append(string delta) => (delta, stops.Contains(delta)); public string Flush() => stops[0]; }
