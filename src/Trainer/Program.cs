using System.Diagnostics;
using InferenceServer.Modeling;
using InferenceServer.Trainer.Models;
using InferenceServer.Trainer.Objectives;
using InferenceServer.Trainer.Tasks;
using InferenceServer.Trainer.Tokenizing;
using InferenceServer.Trainer.Training;
using TorchSharp;

torch.set_num_threads(1);
if (args[0] == "data")
{
    var task = new WordProblemTask(ulong.Parse(args[1]));
    foreach (var p in task.Problems(0, int.Parse(args[2])))
        Console.WriteLine($"[{p.Family}] {p.Question}\n{p.Solution}\n  {StepVerifier.Grade(p, p.Solution)} {StepVerifier.Check(p.Solution)}");
}
if (args[0] == "tok")
{
    var task = new WordProblemTask(1);
    var vocabulary = BytePairTrainer.Train(task.Problems(0, 20000).Select(p => ChatFormat.Prompt(p.Question)["<|user|>".Length..].Replace("<|assistant|>", "") + p.Solution), 1024, ChatFormat.SpecialTokens);
    vocabulary.Save("/tmp/tokenizer.json");
    var enc = new BytePairEncoder(vocabulary);
    Console.WriteLine($"{vocabulary.Tokens.Count} tokens; {task.Problems(50000, 2000).Average(p => enc.Encode(ChatFormat.Prompt(p.Question)).Length)} + {task.Problems(50000, 2000).Average(p => enc.Encode(p.Solution).Length)}");
    var all = task.Problems(50000, 2000).Select(p => enc.Encode(ChatFormat.Prompt(p.Question) + ChatFormat.Completion(p.Solution)).Length).Max();
    Console.WriteLine(all);
}
if (args[0] == "bench")
{
    int layers = int.Parse(args[1]), kv = int.Parse(args[2]);
    var enc = BytePairEncoder.Load("/tmp/tokenizer.json");
    var config = new ModelConfig { VocabSize = enc.VocabSize, HiddenSize = 192, IntermediateSize = 512, Layers = layers, Heads = 3, KeyValueHeads = kv, HeadDim = 64, ContextLength = 512, TiedEmbeddings = true };
    using var model = new TorchTransformer(config, new RandomWeights(1)) { Precision = args[3] == "bf16" ? torch.ScalarType.BFloat16 : torch.ScalarType.Float32 };
    var task = new WordProblemTask(1);
    int pad = enc.TokenId(ChatFormat.Padding)!.Value;
    var buckets = new LengthBuckets(i => { var p = task.Problem(i); var prompt = enc.Encode(ChatFormat.Prompt(p.Question)); return new([.. prompt, .. enc.Encode(ChatFormat.Completion(p.Solution))], prompt.Length); }, 16, 32, 1);
    var loop = new TrainingLoop<TokenBatch>(model, new SupervisedFineTuning(new()), s => { var b = TokenBatch.From(buckets.Batch(s), pad); return (b, b.Tokens); }, new() { Steps = int.Parse(args[4]) });
    long tokens = 0; var sw = Stopwatch.StartNew();
    loop.Run(r => { tokens += r.Tokens; if (r.Step % 10 == 0) { Console.WriteLine($"{r.Step} {r.Loss:f3} {r.GradientNorm:f2} {tokens / sw.Elapsed.TotalSeconds:f0} tok/s {Process.GetCurrentProcess().WorkingSet64 >> 20} MB"); tokens = 0; sw.Restart(); } });
}
